import { Readable } from 'node:stream';
import type { Sftp } from '../../ssh/sftp.ts';
/**
 * The bytes of the file `path`; undefined when there is no regular file of that name. What goes wrong later is an error
 * of the stream, made by `told`.
 */
export declare function readFile(sftp: Sftp, path: string, told: (error: unknown) => Promise<Error>): Promise<Readable | undefined>;
