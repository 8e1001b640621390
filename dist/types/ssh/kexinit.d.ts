/**
 * What an SSH server offers of one kind (ssh2's words, e.g. `host key format`), out of the first bytes it sent: its
 * banner and its KEXINIT (RFC 4253, section 7.1), which are in the clear. Empty if they do not say.
 */
export declare function offerOf(opening: Buffer, kind: string): readonly string[];
