import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCorpus } from './corpus.ts';
import type { PostgresMajor } from './images.ts';
import { startStack, type TestStack } from './stack.ts';

describe.each([15, 17] satisfies PostgresMajor[])('on PostgreSQL %i', (postgres) => {
  let stack: TestStack;
  beforeAll(async () => {
    stack = await startStack({ postgres, seed: false });
  });
  afterAll(async () => {
    await stack?.stop();
  });

  test('loads everything there is, under an awkward name', async () => {
    const name = `${postgres} "çorpus" 'x`;
    const files = [
      'corpus',
      'corpus-database',
      'corpus-event-trigger',
      'corpus-extension-schema',
      'many-tables',
    ] as const;
    await createCorpus(stack, name, files);
    expect(await stack.psql(name, 'SHOW timezone')).toBe('America/St_Johns');
    expect(await stack.psql(name, 'SELECT count(*) FROM corpus.every_type')).toBe('9');
    expect(await stack.psql(name, 'SELECT count(*) FROM corpus.no_columns')).toBe('2');
    expect(await stack.psql(name, 'SELECT count(*) FROM pg_largeobject_metadata')).toBe('3');
    expect(await stack.psql(name, "SELECT count(*) FROM pg_tables WHERE schemaname = 'many'")).toBe('2000');
    expect(await stack.psql(name, 'SELECT last_value, is_called FROM corpus.far_along')).toBe('9007199254740993|t');
  });

  test('loads again beside it, although the roles are there already', async () => {
    await createCorpus(stack, 'second', ['corpus', 'corpus-database']);
    expect(
      await stack.psql('postgres', "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'second'"),
    ).toBe('corpus_owner');
  });
});
