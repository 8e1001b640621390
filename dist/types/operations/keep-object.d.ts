import { type Readable } from 'node:stream';
import type { Recipient } from '../seal/recipients.ts';
import type { Gap, Part } from '../sources/source.ts';
import type { Context } from './context.ts';
import type { Copies } from './copies.ts';
export interface ObjectReport {
    readonly name: string;
    readonly sizeBytes: number;
    /** How much was dumped into it, before sealing. */
    readonly plainBytes: number;
    readonly durationMs: number;
}
export interface KeptObject {
    readonly object: {
        readonly name: string;
        readonly sizeBytes: number;
        readonly sha256: string;
    };
    readonly report: ObjectReport;
}
export interface KeptPart extends KeptObject {
    readonly evidence: unknown;
    readonly gaps: readonly Gap[];
}
/** Where an object goes, and who can open it. */
export interface Destination {
    readonly copies: Copies;
    readonly recipients: readonly Recipient[];
}
/** Dumps a part into its object; a dump that was ended from the other side gets a second try. */
export declare function keepPart(to: Destination, part: Part, context: Context): Promise<KeptPart>;
/** Seals `content` and keeps it. `atEnd` is awaited once all of `content` has been read; if it fails, there is no object. */
export declare function keepObject({ copies, recipients }: Destination, name: string, content: Readable, { log, signal }: Context, atEnd?: () => Promise<void>): Promise<KeptObject>;
/** An aborted stream says only that it was; the signal says why. */
export declare function reasonOf(error: unknown, signal: AbortSignal): unknown;
