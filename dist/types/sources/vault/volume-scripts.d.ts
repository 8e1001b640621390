/**
 * The steps in Vault's volume, for `sh` in a helper that sees it at /vault and, at /checkout, the checkout's folder of
 * Vault's files if there is one. `$1` is the run's tail. Each step may be cut off anywhere and be done again.
 */
/** Exit status: the volume has not enough free space. */
export declare const noSpace = 28;
/** `$free`: KiB that are free where /vault is. */
export declare const readFree = "free=$(df -Pk /vault | tail -n 1 | tr -s \" \" | cut -d \" \" -f 4)";
/**
 * Copies the staged data beside the living, `$2` its owner (`uid:gid`), and the keys from standard input. `$3` is the
 * configuration that Vault is started with, `$4` what to write there if it is missing. Prints how many files were copied,
 * then `made` if the configuration was missing.
 */
export declare const prepareScript: string;
/** Writes standard input as the marker: from now on the copy counts. */
export declare const markScript: string;
/** The copy takes the place of what lives, which stays beside it. Vault is stopped. */
export declare const swapScript: string;
/** What lived comes back, and the copy is a copy again. Vault is stopped. */
export declare const backScript: string;
/** Removes a copy that is not in use, and first its marker. `$2` is a configuration of ours, or nothing. */
export declare const discardScript: string;
/** Removes what lived before a restore that stands. */
export declare const forgetScript: string;
/** Prints `swapped` if the copy has taken the place of what lived, and all of it. */
export declare const stateScript: string;
/** Prints the markers, one a line. */
export declare const markersScript = "cd /vault; for file in candig-backup-????????.json; do [ ! -e \"$file\" ] || { cat \"$file\"; echo; }; done";
/** Removes what a run left that died before its copy was whole: it has no marker. By names that nobody else gives. */
export declare const sweepScript: string;
/** Gives what an earlier run kept, by `$2`: its keys (`keys`), or of its folder a tar (`data`) or its size in KiB (`size`). */
export declare const keptScript: string;
