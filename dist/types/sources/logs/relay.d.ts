import { Readable } from 'node:stream';
import type { Inspector } from './inspector.ts';
export interface Relay {
    /** What to call it in messages. */
    readonly what: string;
    /** Output of a script: compressed bytes, the marker, a report. Must end only if the script ended well. */
    readonly output: Readable;
    readonly marker: string;
    readonly inspector: Inspector;
    /** Called once the report is there, which is the last that the script writes. */
    readonly onReport: () => void;
    /** The error to give for one of `output`. */
    readonly translate: (error: unknown) => unknown;
}
export interface Relayed {
    /** The compressed bytes. Ends only once the script ended well, its report is there, and all was read and is whole. */
    readonly content: Readable;
    /** Settles with `content`. */
    readonly report: Promise<string>;
}
/** Lets what a script writes through, reading along. */
export declare function relay({ what, output, marker, inspector, onReport, translate }: Relay): Relayed;
