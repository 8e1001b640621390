import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BackupError, isBackupError } from '../../src/errors.ts';
import type { BackupReport } from '../../src/operations/backup.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import type { Store } from '../../src/stores/store.ts';
import { loginThrough, startProxy, type TcpProxy } from '../remote/proxy.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';
import { tapBytes } from './tapped-remote.ts';

/** A patient's value, to be looked for where it must not be. */
const canary = 'canary-of-a-patient-7f3a';

let site: TestSite;
let proxy: TcpProxy;
let proxied: Remote;
let dumpBytes: number;
let tried = 0;
let whole = 0;
/** Cuts that came while there was still something to end: a dump may be on its way when its backend is done. */
let hit = 0;

const isDump = (command: readonly string[]) => command.includes('pg_dump');
const onHost = async (line: string) =>
  await site.stack.docker('exec', site.stack.containers.sshd, 'sh', '-c', line).catch(() => '');

/** Each ends, in its own way, what carries the dump at that moment. */
const injuries: Readonly<Record<string, () => Promise<boolean>>> = {
  'its backend is terminated': async () => {
    const ended = await site.stack.psql(
      'postgres',
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'candig-backup/%' AND datname = 'clinical' AND query LIKE 'COPY%'",
    );
    return ended !== '';
  },
  'the docker client on the host is killed': async () => {
    const ended = await onHost('kill -9 $(pgrep -f "^docker exec.*pg_dump") && echo ended');
    return ended !== '';
  },
  'the host’s sshd sessions are killed': async () => {
    const ended = await onHost('kill -9 $(pgrep -f "^sshd: deploy|^sshd-session: deploy") && echo ended');
    return ended !== '';
  },
  'the socket is destroyed': async () => {
    proxy.cut('reset');
    return true;
  },
};

beforeAll(async () => {
  site = await openTestSite({ postgres: 15, rows: 200, donors: 100 });
  const { stack } = site;
  await stack.psql(
    'clinical',
    `CREATE TABLE bulk (id int PRIMARY KEY, noise bytea);
     INSERT INTO bulk SELECT i, decode(string_agg(md5(i::text || j::text), ''), 'hex') FROM generate_series(1, 700) i, generate_series(1, 640) j GROUP BY i;
     CREATE TABLE marked (t text); INSERT INTO marked VALUES ('${canary}')`,
  );
  proxy = await startProxy(stack.port);
  proxied = await openSsh(loginThrough(proxy, stack));
  dumpBytes = bytesOf(await site.backUp());
});

afterAll(async () => {
  console.log(
    `${tried} cuts tried (${hit} while what was cut still ran), ${whole - wholeAndTrue} taken for whole (${wholeAndTrue} whole in truth, by a second try or because all had passed)`,
  );
  await proxied?.[Symbol.asyncDispose]();
  await proxy?.stop();
  await site?.[Symbol.asyncDispose]();
});

let wholeAndTrue = 0;

function bytesOf(report: BackupReport): number {
  return report.objects.find(({ name }) => name === 'clinical.dump.age')?.plainBytes ?? -1;
}

function offsets(): readonly (number | 'all')[] {
  const small = [0, 1, 2, 100, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072];
  const large = [1_048_575, 1_048_576, 1_048_577, 2_097_152];
  const late = [dumpBytes >> 1, dumpBytes - 65_536, dumpBytes - 4_096, dumpBytes - 16, dumpBytes - 1];
  return [...small, ...large, ...late, 'all'];
}

/** Everything is opened, and pg_restore reads the dumps to their ends, which it does of no dump that was cut. */
async function expectWhole(id: string): Promise<void> {
  await using machine = openLocal();
  expect(await site.verify(id, machine)).toMatchObject({ opened: true, dumpsRead: true });
}

/** Backs up with one cut, and holds every promise against what is there afterwards. */
async function backUpCut(offset: number | 'all', injure: () => Promise<boolean>): Promise<void> {
  tried += 1;
  const counted = async (): Promise<void> => {
    if (await injure()) hit += 1;
  };
  const before = (await site.list()).backups;
  let report: BackupReport | undefined;
  try {
    report = await site.backUp({ remote: tapBytes(proxied, isDump, offset, counted) });
  } catch (error) {
    if (!isBackupError(error)) throw error;
    expect(error.code, error.message).toMatch(
      /^(dump-ended|dump-failed|command-failed|connection-lost|database-unusable|service-not-running)$/,
    );
    expect(error.message).not.toContain(canary);
  }
  const after = (await site.list()).backups;
  for (const made of after.filter(({ id }) => !before.some((old) => old.id === id))) {
    if (made.state !== 'whole') {
      expect(made.state).toBe('incomplete');
      continue;
    }
    whole += 1;
    expect(made.id).toBe(report?.backupId);
    await expectWhole(made.id);
    wholeAndTrue += 1;
  }
  expect(before.every((old) => after.find(({ id }) => id === old.id)?.state === old.state)).toBe(true);
}

describe.each(Object.keys(injuries))('a dump whose way is cut because %s', (name) => {
  test('is never taken for whole, wherever it is cut', { timeout: 400_000 }, async () => {
    const injure = injuries[name] as () => Promise<boolean>;
    for (const offset of offsets()) await backUpCut(offset, injure);
  });
});

test('a dump is never taken for whole when the database’s container stops under it', { timeout: 200_000 }, async () => {
  const id = site.stack.containers['postgres-db'];
  for (const offset of [0, 65_536, dumpBytes >> 1, dumpBytes - 1]) {
    await backUpCut(offset, async () => (await site.stack.docker('stop', '-t', '0', id)) !== '');
    await site.stack.docker('start', id);
    await until('postgres-db', async () => (await site.stack.psql('clinical', 'SELECT 1')) === '1');
  }
});

test('after all that, the next run leaves nothing of ours behind, and what was good still is', async () => {
  const report = await site.backUp();
  await expectWhole(report.backupId);
  const left = await site.stack.psql(
    'postgres',
    "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'candig-backup/%'",
  );
  expect(left).toBe('0');
  const running = await site.stack.docker('top', site.stack.containers['postgres-db'], '-eo', 'pid,args');
  expect(running).not.toMatch(/pg_dump|psql /);
  const { backups } = await site.list();
  const oldest = backups.filter(({ state }) => state === 'whole').at(-1);
  await expectWhole(oldest?.id ?? 'none');
});

test('an object that a store spoils after taking it is noticed before the manifest is written', async () => {
  const { store, storeFolder } = site;
  const before = (await site.list()).backups;
  const spoiling: Store = {
    ...store,
    put: async (path, content, options) => {
      await store.put(path, content, options);
      if (!path.endsWith('clinical.dump.age')) return;
      const file = await open(join(storeFolder, path), 'r+');
      await file.write(Buffer.from([0x5a, 0x5a]), 0, 2, 300_000);
      await file.close();
    },
  };
  const error = await site.backUp({ store: spoiling }).catch((reason: unknown) => reason);
  expect(isBackupError(error, 'object-damaged')).toBe(true);
  const made = (await site.list()).backups.filter(({ id }) => !before.some((old) => old.id === id));
  expect(made.map(({ state }) => state)).toEqual(['incomplete']);
});

test('a run that ends between its last object and its manifest leaves no backup', async () => {
  const { store } = site;
  const before = (await site.list()).backups;
  for (const last of ['manifest.json.minisig', 'manifest.json']) {
    const ending: Store = {
      ...store,
      put: async (path, content, options) => {
        if (path.endsWith(`/${last}`)) throw new BackupError('store-failed', 'The store is gone');
        await store.put(path, content, options);
      },
    };
    const error = await site.backUp({ store: ending }).catch((reason: unknown) => reason);
    expect(isBackupError(error, 'store-failed')).toBe(true);
  }
  const made = (await site.list()).backups.filter(({ id }) => !before.some((old) => old.id === id));
  expect(made.map(({ state }) => state)).toEqual(['incomplete', 'incomplete']);
});

test('no plain byte of a dump has reached the store', async () => {
  for (const entry of await readdir(site.storeFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    expect(bytes.includes('PGDMP')).toBe(false);
    expect(bytes.includes(canary)).toBe(false);
  }
});
