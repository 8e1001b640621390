import { type Remote } from '../remote/remote.ts';
/** Where we keep what must stay on the host between runs: the lock and the journal. Of the user that logs in. */
export declare const stateFolder = "\"$HOME/.candig-backup/$1\"";
/** Something commands run on. */
export type Runner = Pick<Remote, 'name' | 'run'>;
/**
 * The right to be the only run that works on a stack. Held until disposed of, or until the connection is gone.
 * `run` is for commands that change the host: it refuses with `locked` if the lock is not ours there, and waits for
 * such a command of an earlier run to end.
 */
export interface HostLock extends AsyncDisposable, Runner {
    /** Aborts when the lock is lost against our will. */
    readonly lost: AbortSignal;
}
/**
 * Takes the lock of `project` on the host; if another holds it for longer than `waitMs`, throws `locked` naming it.
 * It is held by a shell on the host which lets go when it hears nothing for 30 seconds: a runner that died does not
 * block the next one. `holder` is one line that no other run shares.
 */
export declare function takeLock(remote: Remote, project: string, holder: string, waitMs: number, signal?: AbortSignal): Promise<HostLock>;
