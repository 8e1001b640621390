/** The same, sealed. */
export declare const sealedChunkBytes: number;
/** Bytes of the nonce in front of the chunks. */
export declare const payloadNonceBytes = 16;
type Emit = (bytes: Uint8Array) => void;
/** Takes bytes as they come and hands `emit` the transformed chunks they fill. Half of an age payload's STREAM. */
export interface ChunkStream {
    push(piece: Uint8Array, emit: Emit): void;
    /** The source has ended, well. Emits the final chunk. */
    end(emit: Emit): void;
}
/** Seals: plaintext in, chunks out. Without `end` there is no final chunk, and what came out is never a whole file. */
export declare function createChunkSealer(fileKey: Uint8Array, payloadNonce: Uint8Array): ChunkStream;
/** Opens: chunks in, plaintext out, each chunk only after its tag was verified. Throws `seal-broken`. */
export declare function createChunkOpener(fileKey: Uint8Array, payloadNonce: Uint8Array): ChunkStream;
export {};
