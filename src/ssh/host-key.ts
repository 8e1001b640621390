import { BackupError } from '../errors.ts';
import { fingerprintOf, keyTypeOf } from './fingerprint.ts';
import type { KnownHosts } from './known-hosts.ts';

/** What we ever accept from a host, best first. Never RSA with SHA-1, never DSA. */
const offered = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

export type HostKeyAlgorithm = (typeof offered)[number];

/**
 * The algorithms to ask a host for: those of the keys known for it come first, since a host shows only one of its keys
 * and would else show one we cannot compare.
 */
export function hostKeyAlgorithms(known: KnownHosts, host: string, port: number): HostKeyAlgorithm[] {
  const types = known.keyTypes(host, port);
  const isKnown = (algorithm: HostKeyAlgorithm) => types.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...offered.filter(isKnown), ...offered.filter((algorithm) => !isKnown(algorithm))];
}

/** Why a host that shows `key` must not be spoken to; undefined if it is the one we know. */
export function hostKeyTrouble(known: KnownHosts, host: string, port: number, key: Buffer): BackupError | undefined {
  const verdict = known.judge(host, port, key);
  if (verdict.kind === 'known') return undefined;
  const address = `${host}:${port}`;
  const type = keyTypeOf(key);
  const seen = `${fingerprintOf(key)} (${type})`;
  if (verdict.kind === 'revoked') {
    return new BackupError('host-key-mismatch', `${address} shows a key that the known hosts revoke: ${seen}`);
  }
  if (verdict.kind === 'mismatch') {
    const expected = verdict.expected.map((other) => `${fingerprintOf(other)} (${keyTypeOf(other)})`).join(', ');
    return new BackupError(
      'host-key-mismatch',
      `${address} shows another key than the known hosts have for it: ${seen} instead of ${expected}`,
      { hint: `Somebody may be in between. If the host was set up anew: ${compareAndAdd(host, port, key, type)}` },
    );
  }
  return new BackupError('host-key-unknown', `${address} shows a key that the known hosts do not have: ${seen}`, {
    hint: compareAndAdd(host, port, key, type),
  });
}

function compareAndAdd(host: string, port: number, key: Buffer, type: string): string {
  const file = `ssh_host_${type.replace(/^ssh-/, '').replace(/-.*$/, '')}_key.pub`;
  const name = port === 22 ? host : `[${host}]:${port}`;
  return (
    `On the host itself, not over the network, run ssh-keygen -lf /etc/ssh/${file} and compare. ` +
    `Only if it shows the same fingerprint, add this line to the known hosts: ${name} ${type} ${key.toString('base64')}`
  );
}
