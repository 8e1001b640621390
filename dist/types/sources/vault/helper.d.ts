import type { Command } from '../../remote/remote.ts';
import type { Runner } from '../../stack/lock.ts';
/** Where a short script runs: a container that is gone after it, without a network, of an image that is there. */
export interface Helper {
    readonly image: string;
    /** The compose project it works for. */
    readonly project: string;
    /** Full id of the container whose volumes it sees. */
    readonly volumesFrom: string;
    /** `ro`: it cannot write to them. */
    readonly access: 'ro' | 'rw';
    /** More of the host, as `docker run --mount` takes it: made by `bindMount` or `volumeMount`. */
    readonly mounts?: readonly string[];
}
export declare function bindMount(source: string, target: string, access: 'ro' | 'rw'): string;
/** Read only. */
export declare function volumeMount(name: string, target: string): string;
/** The command that runs `script` in a helper; `args` are its `$1`, `$2` and so on. Never a secret: it reads those. */
export declare function helperCommand(helper: Helper, script: string, args?: readonly string[]): Command;
/** Runs `script` in a helper and gives its standard output. `what` names it in an error. */
export declare function runInHelper(host: Runner, what: string, helper: Helper, script: string, { args, input, timeoutMs, signal }?: HelperOptions): Promise<string>;
export interface HelperOptions {
    readonly args?: readonly string[];
    /** The script's standard input. */
    readonly input?: string;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
}
