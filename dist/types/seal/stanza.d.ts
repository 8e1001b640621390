/** One recipient's copy of the file key in an age header: words, the first being the kind, and bytes. */
export interface Stanza {
    readonly args: readonly string[];
    readonly body: Uint8Array;
}
/**
 * Refuses, with `seal-broken`, stanzas of the kinds age itself defines that do not have the form it gives them,
 * whichever identity will be tried. Unknown kinds pass. A passphrase stanza must stand alone.
 */
export declare function checkStanzas(stanzas: readonly Stanza[]): void;
