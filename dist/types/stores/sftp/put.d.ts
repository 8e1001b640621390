import type { Readable } from 'node:stream';
import { type Sftp } from '../../ssh/sftp.ts';
/** How a server lets a finished file be given its name without replacing another. */
export type Naming = 'link-or-rename' | 'from-the-start';
/**
 * Finds out how the server lets files be named. An account that may only ever write (no rename, no removal) refuses
 * even to rename what is not there; where the answer says nothing, it is tried with an empty file.
 */
export declare function findNaming(sftp: Sftp, root: string): Promise<Naming>;
export interface PutOptions {
    readonly naming: Naming;
    readonly signal: AbortSignal | undefined;
    /** What went wrong, in our words. Called while what was written is still there. */
    told(error: unknown): Promise<Error>;
    /** Called with what could not be removed, to be tried again. */
    onLeft(path: string): void;
    /** Called if the server cannot be made to put the file on its disk. */
    onUnsynced(): void;
}
/**
 * Writes `content` into a new file `name` in `folder`, whole or not at all; false when something has the name already.
 * Until it is whole, the bytes lie beside it in a file whose name starts with a dot, which is no name of an object; only
 * where the server lets nothing be named later they have it from the start, and then what was cut off stays there.
 */
export declare function putFile(sftp: Sftp, folder: string, name: string, content: Readable, { naming, signal, told, onLeft, onUnsynced }: PutOptions): Promise<boolean>;
