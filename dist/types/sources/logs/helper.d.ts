import { type CallOptions, type Command, type Remote } from '../../remote/remote.ts';
import type { Runner } from '../../stack/lock.ts';
import { type Stack } from '../../stack/stack.ts';
import type { Compression } from '../../tarball/inflate.ts';
/** Whose logs are read, and by which run. */
export interface LogsHost {
    readonly remote: Remote;
    readonly stack: Stack;
    /** What the run calls itself on the host: `candig-backup/<run id>`. */
    readonly application: string;
}
/** An image that is on the host already and has what it takes to read logs, and what of it. */
export interface Helper {
    /** Its id: a name could have come to mean another image. */
    readonly image: string;
    readonly tar: 'gnu' | 'busybox';
    readonly compression: Compression;
}
export interface HelperRun {
    readonly image: string;
    /** Name of the container. */
    readonly name: string;
    /** Path in the container → folder on the host, which is mounted read-only. */
    readonly mounts: Readonly<Record<string, string>>;
    /** Shell script, and its arguments. */
    readonly script: string;
    readonly args: readonly string[];
}
/** A name for a container of ours that no other has. */
export declare function newHelperName(): string;
/**
 * A container that runs `script` and is gone afterwards. It has no network, sees the mounted folders only and changes
 * nothing in them; it may read every file, since logs belong to a user of their own and nobody else can read them.
 */
export declare function helperCommand({ stack, application }: LogsHost, run: HelperRun): Command;
/**
 * Looks for an image among those of the project's containers, whether they run or not: one with GNU tar if there is
 * any. Throws `service-missing` if there is no container, `dump-failed` if none of their images will do.
 */
export declare function chooseHelper(host: LogsHost, options?: CallOptions): Promise<Helper>;
/** Runs a helper for what little it says. */
export declare function runHelper(host: LogsHost, run: HelperRun, options?: CallOptions): Promise<string>;
/** What it means that a helper did not end well. */
export declare function translateHelperError(error: unknown, what: string, hostName: string): unknown;
/** Removes a helper by its name, if it is still there. */
export declare function removeHelper(remote: Remote, name: string): Promise<void>;
/**
 * Ends and removes the helper containers that earlier runs left behind, and only those: they are known by a label. To
 * be called only by whoever holds the host's lock; `application` is what the calling run is called. Gives their number.
 */
export declare function endLeftoverHelpers(host: Runner, project: string, application: string, options?: CallOptions): Promise<number>;
