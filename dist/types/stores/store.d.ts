import type { Readable } from 'node:stream';
export interface StoredObject {
    /** Path inside the store, parts joined by `/`: `<site>/<backup id>/<name>`. */
    readonly path: string;
    readonly sizeBytes: number;
}
/** What an object is, byte for byte. */
export interface Measure {
    readonly sizeBytes: number;
    /** SHA-256, in lower-case hex. */
    readonly sha256: string;
}
/**
 * Where backups live. It knows nothing of backups: paths and bytes only. A path is one or more names joined by `/`,
 * each made of `[A-Za-z0-9._-]` and not starting with a dot or dash; anything else is refused with `input-invalid`.
 */
export interface Store {
    /** For people: what was given as input, e.g. `directory:/backups`. Never a secret. */
    readonly name: string;
    /**
     * Keeps `content` under `path`, all or nothing: resolves once it is whole and durable; if the content errors or
     * anything else fails, rejects and nothing is there. Never replaces: `object-exists` if the path is taken.
     * Disk full is `disk-full`, other trouble `store-failed`.
     */
    put(path: string, content: Readable, options?: {
        readonly signal?: AbortSignal;
    }): Promise<void>;
    /** The bytes of an object, in chunks that are the reader's own. Rejects with `object-missing` before any byte. */
    get(path: string, options?: {
        readonly signal?: AbortSignal;
    }): Promise<Readable>;
    /**
     * What the store has under `path` as it has read or received it itself, which saves reading it here. Left out, or
     * undefined as an answer: it cannot tell, and whoever wants to know reads.
     */
    measure?(path: string, options?: {
        readonly signal?: AbortSignal;
    }): Promise<Measure | undefined>;
    /** Whole objects under a folder, in any order, streamed. Half-written and foreign things are not listed, links not followed. An absent folder is empty. */
    list(folder: string): AsyncIterable<StoredObject>;
    /** Forgets an object. An absent one is no error. */
    remove(path: string): Promise<void>;
}
