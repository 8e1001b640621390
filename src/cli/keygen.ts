import { open } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import type { RequestOf } from '../request/parse.ts';
import { generateIdentity } from '../seal/identities.ts';
import { generateSigningKey, parsePublicKey } from '../seal/minisign.ts';
import { shown } from '../shown.ts';

export interface KeygenReport {
  readonly operation: 'keygen';
  readonly status: 'complete';
  readonly kind: 'x25519' | 'hybrid' | 'signing';
  /** Where the secret lies, readable by its owner only. */
  readonly file: string;
  /** The public half: an age recipient, or the line that minisign takes after `-P`. */
  readonly publicKey: string;
}

/**
 * Makes a key pair and writes the secret half, in the form of age or minisign, into a file that was not there before:
 * `object-exists` if it was, `store-failed` if it cannot be written. A signing key has no password.
 */
export async function keygen({ kind, file }: RequestOf<'keygen'>): Promise<KeygenReport> {
  const { secret, publicKey } = kind === 'signing' ? signingPair() : sealingPair(kind);
  await writeSecret(file, secret);
  return { operation: 'keygen', status: 'complete', kind, file, publicKey };
}

function signingPair(): { secret: string; publicKey: string } {
  const pair = generateSigningKey();
  return { secret: pair.secret, publicKey: parsePublicKey(pair.public).text };
}

function sealingPair(kind: 'x25519' | 'hybrid'): { secret: string; publicKey: string } {
  const { identity, recipient } = generateIdentity(kind);
  return { secret: `# public key: ${recipient}\n${identity}\n`, publicKey: recipient };
}

async function writeSecret(path: string, secret: string): Promise<void> {
  try {
    await using file = await open(path, 'wx', 0o600);
    await file.writeFile(secret);
    await file.sync();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    if (error.code === 'EEXIST') {
      throw new BackupError('object-exists', `There is a file ${shown(path)} already`, {
        hint: 'A secret key is never replaced: choose another name',
      });
    }
    throw new BackupError('store-failed', `${shown(path)} cannot be written (${String(error.code)})`, { cause: error });
  }
}
