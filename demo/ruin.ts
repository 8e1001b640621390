import type { TestStack } from '../__tests__/stack/stack.ts';

/** What the databases hold, in words. */
export async function countsOf(stack: TestStack): Promise<string> {
  const clinical = await stack.psql(
    'clinical',
    `SELECT (SELECT count(*) FROM program) || ' programs, ' || (SELECT count(*) FROM donor) || ' donors, '
      || (SELECT count(*) FROM treatment) || ' treatments, ' || (SELECT count(*) FROM sample_registration) || ' samples'`,
  );
  const genomic = await stack.psql('genomic', `SELECT count(*) || ' variants' FROM variant`);
  return `${clinical}, ${genomic}`;
}

/** Deletes every donor and drops a table. */
export async function ruinDatabases(stack: TestStack): Promise<void> {
  await stack.psql('clinical', 'TRUNCATE donor CASCADE');
  await stack.psql('genomic', 'DROP TABLE variant CASCADE');
}
