import type { Readable } from 'node:stream';
/**
 * Writes `content` into a new file `target`, whole and synced or not at all; the folder's own sync is left to the
 * caller. False when something has the name already, and nothing is changed then. Until it is whole, the bytes lie
 * beside it in a file whose name starts with a dot, which is no name of an object.
 */
export declare function putFile(target: string, content: Readable, signal: AbortSignal | undefined): Promise<boolean>;
