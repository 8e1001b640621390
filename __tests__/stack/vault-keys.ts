import { readFile } from 'node:fs/promises';

/** What opens a Vault. */
export interface VaultKeys {
  /** Five, any three of which unseal. */
  readonly unseal: readonly string[];
  readonly root: string;
}

/** The text of `keys.txt`, blank for blank as CanDIG's set-up writes it. */
export function writtenKeys({ unseal, root }: VaultKeys): string {
  return `keys: \n${unseal.join('\n')}\nroot: \n${root}\n`;
}

/** Reads a `keys.txt`. */
export async function readVaultKeys(file: string): Promise<VaultKeys> {
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  return { unseal: lines.slice(1, 6), root: lines.at(-1) ?? '' };
}
