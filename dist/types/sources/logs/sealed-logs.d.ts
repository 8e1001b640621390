import { Readable } from 'node:stream';
import type { UnpackRules } from '../../tarball/unpack.ts';
import type { ContainerEvidence, FolderEvidence, LogsEvidence } from './evidence.ts';
/** How the tar of a log folder is unpacked: what the evidence says is in it, and nothing else. */
export declare function logUnpackRules({ compression, files, plainBytes }: FolderEvidence): UnpackRules;
/**
 * The plain text of what Docker had kept of a container. Errors with `check-failed` if what was compressed is damaged,
 * as soon as there is more of it than the evidence says, and at its end if there was less.
 */
export declare function inflatedLog(content: Readable, { compression, plainBytes }: ContainerEvidence): Readable;
/** Reads a log to its end, as whoever opens it will. `check-failed` unless it is whole, safe, and what the evidence says. */
export declare function checkLog(content: Readable, evidence: LogsEvidence): Promise<void>;
