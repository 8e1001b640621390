import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/log.ts';
import { checkReady, neededBytes, type ReadinessRequest } from '../../src/operations/readiness.ts';
import { enterSite, type SiteAccess } from '../../src/operations/site-access.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { DatabaseEvidence } from '../../src/sources/postgres/evidence.ts';
import { type TakenDump, takeDump } from '../sources/postgres/round-trip.ts';
import { startServer, type TestServer } from '../sources/postgres/server.ts';
import { docker } from '../stack/run.ts';

const context = { log: silentLog, signal: new AbortController().signal, now: () => new Date() };

describe('whether a restore can begin', () => {
  let home: string;
  let server: TestServer;
  let access: SiteAccess;
  let dump: TakenDump;

  const enter = async () =>
    await enterSite(
      { remote: openLocal({ ...process.env, HOME: home }), project: server.project },
      'restore',
      `run-${Math.random().toString(36).slice(2)}`,
      context,
    );

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'candig-home-'));
    server = await startServer({ settings: ['max_prepared_transactions=5'] });
    await server.psql(
      'clinical',
      `CREATE ROLE reader; CREATE ROLE "some ""body"""; CREATE TABLE donor (id integer);
       GRANT SELECT ON donor TO reader; ALTER TABLE donor OWNER TO "some ""body""";
       ALTER ROLE reader IN DATABASE clinical SET work_mem = '5MB'`,
    );
    access = await enter();
    dump = await takeDump(access.postgres, 'clinical');
  });
  afterAll(async () => {
    await access?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  const check = async (
    change: (evidence: DatabaseEvidence) => void = () => {},
    request: Partial<ReadinessRequest> = {},
  ) => {
    const evidence = structuredClone(dump.evidence);
    change(evidence);
    return await checkReady({ acceptSchemaChange: false, allowedExtensions: new Set(), ...request }, access, [
      { evidence },
    ]);
  };
  const refusal = (code: string, message: RegExp) =>
    expect.objectContaining({ code, message: expect.stringMatching(message) });

  test('it can, onto the site that was backed up', async () => {
    await check();
  });

  test.each<[string, (evidence: DatabaseEvidence) => void]>([
    ['owns the database', ({ properties }) => Object.assign(properties, { owner: 'absent' })],
    ['owned an object', ({ requirements }) => Object.assign(requirements.rights.owners[0] ?? {}, { owner: 'absent' })],
    [
      'was granted something',
      ({ requirements }) => Object.assign(requirements.rights.grants[0]?.granted[0] ?? {}, { grantee: 'absent' }),
    ],
    ['has settings of its own', ({ properties }) => Object.assign(properties.settings[0] ?? {}, { role: 'absent' })],
    ['is named by a policy', ({ requirements }) => requirements.roles.push('absent')],
  ])('it cannot while the role that %s is missing', async (_, change) => {
    await expect(check(change)).rejects.toThrow(
      refusal('restore-refused', /^Roles the databases need are missing: absent$/),
    );
  });

  test('it cannot onto an older PostgreSQL; both versions are named', async () => {
    const newer = (evidence: DatabaseEvidence) =>
      Object.assign(evidence, { serverVersion: '19.1', serverVersionNumber: 190001 });
    await expect(check(newer)).rejects.toThrow(refusal('version-mismatch', /PostgreSQL 19\.1; here is 17/));
  });

  test('it cannot without room for the copy and for the log of loading it', async () => {
    const larger = (evidence: DatabaseEvidence) => Object.assign(evidence, { sizeBytes: 700 * 1024 ** 2 });
    await expect(check(larger)).rejects.toThrow(refusal('disk-full', /bytes beside the living databases/));
    expect(neededBytes([{ sizeBytes: 100 }], { maxWalBytes: 1000 })).toBe(220);
    expect(neededBytes([{ sizeBytes: 10_000 }], { maxWalBytes: 1000 })).toBe(13_000);
  });

  test('it cannot while a prepared transaction holds a living database', async () => {
    await server.psql('clinical', "BEGIN; INSERT INTO donor VALUES (1); PREPARE TRANSACTION 'undecided'");
    await expect(check()).rejects.toThrow(refusal('restore-refused', /^clinical cannot be renamed/));
    await server.psql('clinical', "ROLLBACK PREPARED 'undecided'");
  });

  test('it cannot onto another structure, unless told', async () => {
    await server.psql('clinical', 'ALTER TABLE donor ADD COLUMN late integer');
    await expect(check()).rejects.toThrow(refusal('restore-refused', /columns public\.donor is different/));
    await check(() => {}, { acceptSchemaChange: true });
    await server.psql('clinical', 'ALTER TABLE donor DROP COLUMN late');
  });

  test('a site whose postgres-db is paused, stopped or gone is not entered, and left as it is', async () => {
    await access[Symbol.asyncDispose]();
    try {
      for (const [verb, undo, state] of [
        ['pause', 'unpause', 'paused'],
        ['stop', 'start', 'exited'],
      ] as const) {
        await docker([verb, server.container]);
        await expect(enter()).rejects.toThrow(refusal('service-not-running', new RegExp(state)));
        expect(await docker(['inspect', '--format={{.State.Status}}', server.container])).toBe(state);
        await docker([undo, server.container]);
      }
    } finally {
      await docker(['rm', '--force', '--volumes', server.container]);
    }
    await expect(enter()).rejects.toThrow(refusal('service-missing', /postgres-db/));
  });
});
