/**
 * How operations speak to whoever watches: one chapter a phase, sober lines inside, bytes as they pass.
 * Texts given here are shown to people and kept in CI logs: sizes, times, verdicts and names of things we made or
 * checked; never text a remote program wrote, never row counts.
 */
export interface Log {
    /** A phase begins, e.g. `Dump the databases`. */
    phase(title: string): void;
    info(line: string): void;
    warn(line: string): void;
    /** `bytes` more have passed for `what`. Called often; whoever implements it decides how often to show it. */
    progress(what: string, bytes: number): void;
}
/** Says nothing. */
export declare const silentLog: Log;
