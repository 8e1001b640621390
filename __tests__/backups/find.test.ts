import { describe, expect, test } from 'vitest';
import type { CatalogEntry } from '../../src/backups/catalog.ts';
import { findBackup } from '../../src/backups/find.ts';
import type { Manifest } from '../../src/backups/manifest.ts';
import { BackupError } from '../../src/errors.ts';
import { idAt, manifestOf } from './sample.ts';

const now = new Date('2026-11-25T12:00:00Z');

describe('finding a backup', () => {
  const failed: Manifest['parts'] = [{ name: 'databases', status: 'failed', code: 'dump-failed' }];
  const logs: Partial<Manifest> = {
    parts: [{ name: 'logs', status: 'complete' }],
    objects: [{ name: 'logs.tar.age', part: 'logs', sizeBytes: 4, sha256: '0'.repeat(64) }],
  };

  test('takes the newest regular whole one with the parts asked for as latest', () => {
    const good = entryOf(manifestOf('2026-11-20T00:00:00Z'));
    const entries = [
      good,
      entryOf(manifestOf('2026-11-19T00:00:00Z')),
      entryOf(manifestOf('2026-11-21T00:00:00Z', { reason: 'safety' })),
      entryOf(manifestOf('2026-11-22T00:00:00Z', { parts: failed })),
      entryOf(manifestOf('2026-11-23T00:00:00Z', logs)),
      ...(['incomplete', 'damaged', 'forged', 'unverified'] as const).map((state) => ({
        ...entryOf(manifestOf('2026-11-24T00:00:00Z')),
        state,
      })),
    ];
    expect(findBackup(entries, 'latest', ['databases'], now)).toEqual({
      id: good.id,
      manifest: good.manifest,
      digest: good.digest,
    });
    expect(findBackup(entries, 'latest', ['logs'], now).manifest.parts).toEqual(logs.parts);
    expect(findBackup(entries.reverse(), 'latest', ['databases'], now).id).toBe(good.id);
  });

  test.each<[string, boolean]>([
    ['2026-11-25T12:05:00Z', true],
    ['2026-11-25T12:05:01Z', false],
    ['2999-01-01T00:00:00Z', false],
  ])('counts one dated %s at 12:00 as latest: %s', (begun, counts) => {
    const [dated, before] = [entryOf(manifestOf(begun)), entryOf(manifestOf('2026-11-20T00:00:00Z'))];
    expect(findBackup([dated, before], 'latest', ['databases'], now).id).toBe(counts ? dated.id : before.id);
    expect(findBackup([dated, before], dated.id, ['databases'], now).id).toBe(dated.id);
  });

  test('says what there is when nothing will do', () => {
    const entries = [
      entryOf(manifestOf('2026-11-20T00:00:00Z')),
      { ...entryOf(manifestOf('2026-11-21T00:00:00Z')), state: 'forged' as const },
    ];
    expectTrouble(
      () => findBackup(entries, 'latest', ['databases', 'vault'], now),
      'backup-missing',
      /1 whole, 1 forged/,
    );
    expectTrouble(
      () => findBackup(entries, 'latest', ['databases', 'vault'], now),
      'backup-missing',
      /databases, vault/,
    );
    expectTrouble(() => findBackup([], 'latest', [], now), 'backup-missing', /none at all/);
    expectTrouble(() => findBackup(entries, idAt('2026-11-20T00:00:00Z'), [], now), 'backup-missing', /1 whole/);
  });

  test('says of a backup named by its id what is the trouble with it', () => {
    const entry = entryOf(manifestOf('2026-11-20T00:00:00Z'));
    const trouble = new BackupError('object-missing', 'the backup has lost x');
    const damaged: CatalogEntry = { ...entry, state: 'damaged', trouble };
    expectTrouble(() => findBackup([damaged], entry.id, [], now), 'object-missing', /has lost x/);
    expectTrouble(() => findBackup([entry], entry.id, ['vault'], now), 'backup-missing', /no complete vault/);
  });

  test.each(['2026', '20261120', '20261120T000000Z', '', 'LATEST', 'latest ', '../x'])(
    'does not take %j for a name, though only one backup begins so',
    (wanted) => {
      const entries = [entryOf(manifestOf('2026-11-20T00:00:00Z'))];
      expectTrouble(() => findBackup(entries, wanted, [], now), 'input-invalid', /^not a backup id/);
    },
  );

  test('finds a part that failed by id when it is not asked for', () => {
    const entry = entryOf(manifestOf('2026-11-22T00:00:00Z', { parts: failed }));
    expect(findBackup([entry], entry.id, [], now).id).toBe(entry.id);
  });
});

function entryOf(manifest: Manifest): CatalogEntry {
  return { id: manifest.id, state: 'whole', manifest, digest: '0'.repeat(64), sizeBytes: 1, objects: 1 };
}

function expectTrouble(find: () => unknown, code: string, message: RegExp): void {
  expect(find).toThrowError(expect.objectContaining({ code, message: expect.stringMatching(message) }));
}
