/** What the lines say of a key that a host shows. `unknown`: they say nothing of that host. */
export type Verdict = {
    readonly kind: 'known' | 'unknown' | 'revoked';
} | {
    readonly kind: 'mismatch';
    readonly expected: readonly Buffer[];
};
export interface KnownHosts {
    judge(host: string, port: number, key: Buffer): Verdict;
    /** Types of the keys known for a host, in the order of the lines. */
    keyTypes(host: string, port: number): readonly string[];
}
/**
 * Reads known_hosts lines (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Keys only: `@cert-authority` lines are left out, as are
 * protocol 1 keys. A line that cannot be read is `input-invalid`, with its number.
 */
export declare function parseKnownHosts(text: string): KnownHosts;
