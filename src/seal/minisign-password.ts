import { scrypt } from 'node:crypto';
import { BackupError } from '../errors.ts';

/** How a minisign secret key was put under its password, as the key file says. */
export interface PasswordLock {
  readonly salt: Uint8Array;
  readonly operations: bigint;
  readonly memoryBytes: bigint;
}

// What minisign itself writes. A file that asks for more would be a way to exhaust the machine.
const maxOperations = 33_554_432n;
const maxMemoryBytes = 1_073_741_824n;
const blockSize = 8;

/**
 * The bytes that a locked secret key was XORed with: scrypt, with libsodium's reading of the two limits. Runs in the
 * thread pool, takes about 3 s and 1 GiB, and gives the memory back. Throws `key-invalid` for limits out of range.
 */
export async function passwordStream(password: string, lock: PasswordLock, lengthBytes: number): Promise<Uint8Array> {
  const { cost, parallelization } = scryptParameters(lock);
  return new Promise((resolve, reject) => {
    const options = { N: cost, r: blockSize, p: parallelization, maxmem: 2 * Number(maxMemoryBytes) };
    scrypt(password, lock.salt, lengthBytes, options, (error, bytes) => {
      if (error === null) resolve(bytes);
      else
        reject(
          new BackupError('key-locked', 'the signing key could not be unlocked: not enough memory', { cause: error }),
        );
    });
  });
}

function scryptParameters({ operations, memoryBytes }: PasswordLock): { cost: number; parallelization: number } {
  if (operations > maxOperations || memoryBytes > maxMemoryBytes) {
    throw new BackupError('key-invalid', 'the signing key asks for more work to unlock it than minisign ever does');
  }
  const work = operations < 32_768n ? 32_768 : Number(operations);
  const memory = Number(memoryBytes);
  const isBoundByWork = work < memory / 32;
  const limit = isBoundByWork ? work / (blockSize * 4) : memory / (blockSize * 128);
  let log = 1;
  while (log < 63 && 2 ** log <= limit / 2) log++;
  const cost = 2 ** log;
  return { cost, parallelization: isBoundByWork ? 1 : Math.max(1, Math.floor(work / 4 / cost / blockSize)) };
}
