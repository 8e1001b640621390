/** A public key in SSH's own encoding (RFC 4253, section 6.6) as `ssh-keygen -l` shows it: `SHA256:…`. */
export declare function fingerprintOf(publicKey: Buffer): string;
/** The type a public key names itself, e.g. `ssh-ed25519`; `unreadable` if it names none. */
export declare function keyTypeOf(publicKey: Buffer): string;
