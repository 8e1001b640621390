import * as z from 'zod';
import type { VaultApi } from './api.ts';
import type { Difference } from './compare.ts';
import { type Entry } from './entries.ts';
declare const schema: z.ZodObject<{
    run: z.ZodString;
    role: z.ZodEnum<{
        previous: "previous";
        undo: "undo";
    }>;
    at: z.ZodString;
    entries: z.ZodNumber;
    replaces: z.ZodOptional<z.ZodString>;
}, z.core.$strip>;
/** Written last into the store that keeps what a run changes: where it stands, the store is whole. */
export type UndoMarker = z.infer<typeof schema>;
/** What a run changes at one path. Undefined: no entry. */
export interface Change {
    readonly path: string;
    readonly previous: Entry | undefined;
    readonly next: Entry | undefined;
}
/** A store of ours in the living Vault. No marker: it was never whole, and nothing has been changed yet. */
export interface UndoStore {
    readonly run: string;
    readonly marker: UndoMarker | undefined;
}
/**
 * Keeps in Vault itself, behind its own seal, what is about to be changed: a KV store of the run's own. Written whole
 * before anything else is; the host's keys open it, so that undoing needs nothing of the backup's.
 */
export declare function writeUndo(api: VaultApi, marker: Omit<UndoMarker, 'entries' | 'role'>, differences: readonly Difference[]): Promise<void>;
/** The marker of a run's store; undefined if there is no store, or none that is whole. */
export declare function readMarker(api: VaultApi, run: string): Promise<UndoMarker | undefined>;
/** Writes the marker again: with another role it is all that tells a change that may be undone from one that is done. */
export declare function writeMarker(api: VaultApi, marker: UndoMarker): Promise<void>;
/** What the run changes, in the order in which it does. To be asked only where there is a marker. */
export declare function readChanges(api: VaultApi, { run, entries }: UndoMarker): Promise<Change[]>;
/** Removes a run's store and all in it; none there is no error. */
export declare function removeUndo(api: VaultApi, run: string): Promise<void>;
/** The stores of ours that are in this Vault, newest first. */
export declare function listUndo(api: VaultApi): Promise<UndoStore[]>;
export {};
