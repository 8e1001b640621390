import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSite } from '../../src/backups/site.ts';
import { silentLog } from '../../src/log.ts';
import { type BackupReport, backup } from '../../src/operations/backup.ts';
import { type RestoreRequest, restore } from '../../src/operations/restore.ts';
import { openLocal } from '../../src/remote/local.ts';
import { generateIdentity, parseIdentities } from '../../src/seal/identities.ts';
import { generateSigningKey, parsePublicKey, readSigningKey } from '../../src/seal/minisign.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { startServer, type TestServer } from '../sources/postgres/server.ts';

const site = parseSite('test-site');
const context = () => ({ log: silentLog, signal: new AbortController().signal, now: () => new Date() });

describe('a restore', () => {
  let folder: string;
  let server: TestServer;
  let store: Store;
  let made: BackupReport;
  let request: RestoreRequest;
  let before: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'candig-altered-'));
    store = await openDirectory(folder);
    server = await startServer({ settings: ['log_statement=all'] });
    await server.psql(
      'clinical',
      'CREATE TABLE donor AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 20000) AS n',
    );
    const host = { remote: openLocal({ ...process.env, HOME: folder }), project: server.project };
    const signing = generateSigningKey();
    const sealing = generateIdentity('x25519');
    made = await backup(
      {
        site,
        host,
        include: ['databases'],
        databases: [],
        vaultKeysRecipients: undefined,
        recipients: parseRecipients([sealing.recipient]),
        signingKey: readSigningKey(signing.secret),
        stores: [store],
      },
      context(),
    );
    request = {
      site,
      host,
      stores: [store],
      publicKey: parsePublicKey(signing.public),
      identities: parseIdentities(sealing.identity),
      backup: 'latest',
      databases: [],
      include: ['databases'],
      authorization: undefined,
      authorizationStores: [],
      acceptReturned: 0,
      services: [],
      confirm: site,
      acceptSchemaChange: false,
      allowedExtensions: new Set(),
    };
    await server.psql('clinical', 'DELETE FROM donor WHERE id > 5');
    before = await state();
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const state = async (): Promise<string> =>
    `${await server.psql('postgres', 'SELECT datname, oid FROM pg_database ORDER BY 1; SELECT rolname FROM pg_roles ORDER BY 1')} ${await server.psql('clinical', 'SELECT count(*) FROM donor')}`;
  /** How many statements PostgreSQL has been given. */
  const spoken = async (): Promise<number> => (await server.statements()).length;
  const refused = expect.objectContaining({ code: expect.stringMatching(/^(object-damaged|seal-broken)$/) });
  const pathOf = (name: string) => join(folder, site, made.backupId, name);

  test('of a dump with one altered byte ends before PostgreSQL is asked for anything', async () => {
    const path = pathOf('clinical.dump.age');
    const whole = await readFile(path);
    try {
      for (const at of [0, 200, Math.floor(whole.length / 2), whole.length - 1]) {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        await rm(path);
        await writeFile(path, bytes);
        const asked = await spoken();
        await expect(restore(request, context())).rejects.toThrow(refused);
        expect(await spoken()).toBe(asked);
      }
    } finally {
      await rm(path);
      await writeFile(path, whole);
    }
    expect(await state()).toBe(before);
  });

  test('of a dump that changes after it was verified does not swap', async () => {
    let readings = 0;
    const changing: Store = {
      ...store,
      get: async (path, options) => {
        const content = await store.get(path, options);
        if (!path.endsWith('clinical.dump.age')) return content;
        readings += 1;
        const bytes = await buffer(content);
        // The first reading verifies; the others list and load.
        if (readings > 1) bytes[bytes.length - 20_000] = (bytes[bytes.length - 20_000] ?? 0) ^ 1;
        return Readable.from([bytes]);
      },
    };
    await expect(restore({ ...request, stores: [changing] }, context())).rejects.toThrow(refused);
    expect(readings).toBeGreaterThan(1);
    expect(await state()).toBe(before);
  });

  test('without the name of the site, or with that of another, is refused', async () => {
    for (const confirm of ['', 'Test-Site', 'other-site']) {
      await expect(restore({ ...request, confirm }, context())).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^(input-invalid|restore-refused)$/) }),
      );
    }
    expect(await state()).toBe(before);
  });

  test('of the backup of another site finds none, and one put in its place is not believed', async () => {
    const other = parseSite('other-site');
    await expect(restore({ ...request, site: other, confirm: other }, context())).rejects.toThrow(
      expect.objectContaining({ code: 'backup-missing' }),
    );
    expect(await state()).toBe(before);
  });

  test('of what was kept puts it back', async () => {
    await restore(request, context());
    expect(await server.psql('clinical', 'SELECT count(*) FROM donor')).toBe('20000');
  });
});
