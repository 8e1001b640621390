/** How a minisign secret key was put under its password, as the key file says. */
export interface PasswordLock {
    readonly salt: Uint8Array;
    readonly operations: bigint;
    readonly memoryBytes: bigint;
}
/**
 * The bytes that a locked secret key was XORed with: scrypt, with libsodium's reading of the two limits. Runs in the
 * thread pool, takes about 3 s and 1 GiB, and gives the memory back. Throws `key-invalid` for limits out of range.
 */
export declare function passwordStream(password: string, lock: PasswordLock, lengthBytes: number): Promise<Uint8Array>;
