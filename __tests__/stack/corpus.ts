import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestStack } from './stack.ts';

/** The files in `data/`, each said in its first line: only `corpus-database` wants another one before it, `corpus`. */
export type CorpusFile =
  | 'corpus'
  | 'corpus-database'
  | 'corpus-event-trigger'
  | 'corpus-extension-schema'
  | 'many-tables';

/** Makes the database `name` on the stack's server and loads the files into it, in their order. */
export async function createCorpus(
  stack: Pick<TestStack, 'psql'>,
  name: string,
  files: readonly CorpusFile[],
): Promise<void> {
  await stack.psql('postgres', `CREATE DATABASE "${name.replaceAll('"', '""')}" TEMPLATE template0`);
  for (const file of files) {
    await stack.psql(name, await readFile(join(import.meta.dirname, 'data', `${file}.sql`), 'utf8'));
  }
}
