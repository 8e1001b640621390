import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker } from './run.ts';

export interface SeedSize {
  /** Variant rows in `genomic`; about 250 bytes each. */
  readonly rows: number;
  /** Donors in `clinical`; about 8 kB each, over all tables. */
  readonly donors: number;
}

const schema = join(import.meta.dirname, 'images/services/schema');
const data = join(import.meta.dirname, 'data');

async function load(container: string, database: string, size: SeedSize, files: readonly string[]): Promise<void> {
  const sql = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
  const psql = ['psql', '-X', '-q', '-U', 'admin', '-d', database, '-v', 'ON_ERROR_STOP=1'];
  const sizes = ['-v', `rows=${size.rows}`, '-v', `donors=${size.donors}`];
  await docker(['exec', '-i', container, ...psql, '-1', '-o', '/dev/null', ...sizes, '-f', '-'], { input: sql });
  await docker(['exec', container, ...psql, '-c', 'VACUUM (ANALYZE)']);
}

/** Fills the empty database `clinical` of a postgres-db container, and makes and fills `genomic`. The same size gives the same rows. */
export async function seed(container: string, size: SeedSize): Promise<void> {
  await docker(['exec', container, 'createdb', '-U', 'admin', 'genomic']);
  // Indexes last: half the time of loading into indexed tables.
  const [clinicalTables, clinicalIndexes, genomicTables, genomicReference, genomicIndexes] = [
    'clinical-tables.sql',
    'clinical-indexes.sql',
    'genomic-tables.sql',
    'genomic-reference.sql',
    'genomic-indexes.sql',
  ].map((name) => join(schema, name)) as [string, string, string, string, string];
  await Promise.all([
    load(container, 'clinical', size, [clinicalTables, join(data, 'clinical-rows.sql'), clinicalIndexes]),
    load(container, 'genomic', size, [genomicTables, genomicReference, join(data, 'genomic-rows.sql'), genomicIndexes]),
  ]);
}
