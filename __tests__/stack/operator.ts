import { chown, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployUid } from './create.ts';

/** Writes a file of the checkout, by `write`; like all there it belongs to the operator. */
export async function writeAsOperator(checkout: string, name: string, text: string, write = writeFile): Promise<void> {
  const path = join(checkout, name);
  await write(path, text);
  await chown(path, deployUid(), process.getgid?.() ?? 0);
}
