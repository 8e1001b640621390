import { BackupError } from '../errors.ts';
import type { KnownHosts } from './known-hosts.ts';
/** What we ever accept from a host, best first. Never RSA with SHA-1, never DSA. */
declare const offered: readonly ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521', 'rsa-sha2-512', 'rsa-sha2-256'];
export type HostKeyAlgorithm = (typeof offered)[number];
/**
 * The algorithms to ask a host for: those of the keys known for it come first, since a host shows only one of its keys
 * and would else show one we cannot compare.
 */
export declare function hostKeyAlgorithms(known: KnownHosts, host: string, port: number): HostKeyAlgorithm[];
/** Why a host that shows `key` must not be spoken to; undefined if it is the one we know. */
export declare function hostKeyTrouble(known: KnownHosts, host: string, port: number, key: Buffer): BackupError | undefined;
export {};
