import { Readable } from 'node:stream';
/** How long the service may say nothing. */
export declare const silentMs = 60000;
/** The bytes of an answer. What goes wrong on the way is an error of the stream, made by `told`. */
export declare function streamOf(body: Readable, told: (error: unknown) => Error, signal: AbortSignal | undefined): Readable;
