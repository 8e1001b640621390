/** How often it hears from us, in milliseconds. */
export declare const heartbeatMs = 5000;
/** And how long at most, though we are there all the time. */
export declare const longestRunS: number;
/** How the scripts below end when not well, beside what Docker itself says. */
export declare const endings: {
    readonly unreadable: 64;
    readonly tarFailed: 65;
    readonly torn: 66;
    readonly compressorFailed: 67;
    readonly tooManyMessages: 68;
};
/**
 * The first process of a helper: runs the script in `$2` with the arguments that follow, for at most `$1` seconds. It
 * hears a dot now and then and, at last, the end of its input; if it hears nothing, or the end too early, all ends.
 * So nothing outlives a runner that died, a connection that was lost or a shell that was killed. The script makes
 * `/report/done` before it says that it is.
 */
export declare const watched: string;
/**
 * Writes the tar of the folders and the one file that are mounted, compressed; then a line with `$marker`; then what it
 * met with: lines of names, with a byte 1 for a line break in a name.
 *
 * Only regular files, and of Vault's volume only the audit log. GNU tar exits 1 if a file changed while it was read,
 * which is as it is with logs, and 2 for what is worse. busybox has neither a list of names nor a filling for a file
 * that gets shorter: it is given batches, whose ends are cut off, and one that it gives up fails as a whole.
 */
export declare const archive: string;
/** Compresses what it is given. */
export declare const compress: string;
/**
 * Runs on the host itself: gives what Docker has kept of the container `$2` to the command that follows, which
 * compresses it; then a line with the marker `$1`; then how Docker ended. Ends well only if that command did.
 */
export declare const keptOutput: string;
