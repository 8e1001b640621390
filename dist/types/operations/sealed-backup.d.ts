import { type Readable } from 'node:stream';
import { type Evidence } from '../backups/evidence.ts';
import type { BackupId } from '../backups/ids.ts';
import type { BackupRef } from '../backups/layout.ts';
import type { Manifest, ManifestObject, PartName } from '../backups/manifest.ts';
import type { Site } from '../backups/site.ts';
import { BackupError } from '../errors.ts';
import type { Identity } from '../seal/identities.ts';
import type { PublicKey } from '../seal/minisign.ts';
import type { Store } from '../stores/store.ts';
import type { Context } from './context.ts';
/** Which backup to open, and with what. */
export interface OpeningRequest {
    readonly site: Site;
    /** Where to look, the nearest first; at least one. */
    readonly stores: readonly Store[];
    /** `latest`: the newest regular one that has every part asked for. */
    readonly backup: 'latest' | BackupId;
    /** Pinned by whoever asks: what the manifest must be signed with. */
    readonly publicKey: PublicKey;
}
/** One store's copy of a backup whose manifest is signed by the pinned key. Its objects have not been read yet. */
export interface SealedBackup {
    readonly ref: BackupRef;
    /** For people: where this copy is. */
    readonly where: string;
    readonly manifest: Manifest;
    readonly digest: string;
    /** The sealed bytes of an object; errors unless they are, to the last, what the manifest says. */
    readSealed(object: ManifestObject, signal: AbortSignal): Promise<Readable>;
    /** The plain bytes of an object; errors as well unless every chunk opens and the last one is the last. */
    readPlain(object: ManifestObject, identities: readonly Identity[], signal: AbortSignal): Promise<Readable>;
}
/** Where a backup is, and where it is not. */
export interface FoundCopies {
    /** The whole ones, the nearest first. */
    readonly whole: readonly [SealedBackup, ...SealedBackup[]];
    /** The stores without, and why. */
    readonly lacking: readonly {
        readonly store: string;
        readonly reason: BackupError;
    }[];
}
/**
 * Finds the backup, in whatever stores it is, and checks the signature over its manifest. `latest` is refused when a store
 * cannot be read: it may have a newer one.
 */
export declare function findCopies({ site, stores, backup, publicKey }: OpeningRequest, parts: readonly PartName[], context: Context): Promise<FoundCopies>;
/**
 * Carries out `work` with the nearest copy of a backup; when that turns out to be damaged or cannot be reached, with the
 * next. `work` must change nothing.
 */
export declare function withNearest<Result>(copies: readonly [SealedBackup, ...SealedBackup[]], context: Context, work: (copy: SealedBackup) => Promise<Result>): Promise<Result>;
/** Whether `error` is about one copy, so that another may be better. */
export declare function isOfTheCopy(error: unknown): error is BackupError;
/** The plain bytes of an object, as `readPlain` gives them, shown as they pass. */
export declare function readShown(backup: SealedBackup, object: ManifestObject, identities: readonly Identity[], { log, signal }: Context): Promise<Readable>;
/** Reads objects through to their ends: digests, header MAC, every chunk. Keeps nothing of them. */
export declare function readThrough(backup: SealedBackup, objects: readonly ManifestObject[], identities: readonly Identity[], context: Context): Promise<void>;
/** Opens the evidence of a backup. */
export declare function readEvidence(backup: SealedBackup, identities: readonly Identity[], signal: AbortSignal): Promise<Evidence>;
