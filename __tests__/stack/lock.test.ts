import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { openLocal } from '../../src/remote/local.ts';
import type { Remote } from '../../src/remote/remote.ts';
import { clearJournal, type Journal, readLeft, writeJournal } from '../../src/stack/journal.ts';
import { takeLock } from '../../src/stack/lock.ts';
import { until } from './until.ts';

let home: string;
let remote: Remote;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'candig-home-'));
  remote = openLocal({ PATH: process.env.PATH, HOME: home });
});

afterEach(async () => {
  await remote[Symbol.asyncDispose]();
  await rm(home, { recursive: true, force: true });
});

const container = (letter: string, name: string) => ({ id: letter.repeat(64), name });

const journal: Journal = {
  run: 'r1',
  operation: 'restore',
  running: [container('b', 'p_postgres-db_1'), container('a', 'p_katsu_1')],
  services: [container('a', 'p_katsu_1')],
  postgres: { id: 'b'.repeat(64), user: 'admin' },
  databases: ['clinical'],
  redis: undefined,
  frozen: container('c', 'p_vault_1'),
  vault: container('c', 'p_vault_1'),
  becomes: [{ name: 'clinical', oid: 16_385 }],
  authorization: 'secrets',
  mixed: true,
};

const refused = async (work: Promise<unknown>) =>
  await work.then(
    () => expect.unreachable('it was done'),
    (error: unknown) => (isBackupError(error) ? error : Promise.reject(error)),
  );

describe('the lock of a stack', () => {
  test('is held by one run, named to the next, and free once let go of', async () => {
    const first = await takeLock(remote, 'p', 'backup r1', 0);
    const error = await refused(takeLock(remote, 'p', 'backup r2', 0));
    expect(error.code).toBe('locked');
    expect(error.message).toContain('backup r1');
    await first[Symbol.asyncDispose]();
    expect(first.lost.aborted).toBe(false);
    await using second = await takeLock(remote, 'p', 'backup r2', 0);
    expect(await second.run(['echo', 'ours'])).toBe('ours\n');
  });

  test('of one project does not keep another waiting', async () => {
    await using _first = await takeLock(remote, 'p', 'backup r1', 0);
    await using second = await takeLock(remote, 'q', 'backup r2', 0);
    expect(second.lost.aborted).toBe(false);
  });

  test('is waited for as long as one is told to', async () => {
    const first = await takeLock(remote, 'p', 'backup r1', 0);
    const waiting = takeLock(remote, 'p', 'backup r2', 30_000);
    await first[Symbol.asyncDispose]();
    await using _second = await waiting;
  });

  test('is not waited for any more once the run is cancelled', async () => {
    await using _first = await takeLock(remote, 'p', 'backup r1', 0);
    const stop = new AbortController();
    const waiting = refused(takeLock(remote, 'p', 'backup r2', 600_000, stop.signal));
    stop.abort();
    expect((await waiting).code).toBe('cancelled');
  });

  test('of a host that gives no answer at all is not waited for once the run is cancelled', async () => {
    const folder = join(home, '.candig-backup/p');
    // Whoever opens it waits, as on a disk that does not answer.
    await remote.run(['sh', '-c', 'mkdir -p "$1" && mkfifo "$1/lock"', 'sh', folder]);
    const stop = new AbortController();
    const fromMs = performance.now();
    const waiting = refused(takeLock(remote, 'p', 'backup r1', 0, stop.signal));
    stop.abort();
    expect((await waiting).code).toBe('cancelled');
    // Less than it waits by itself.
    expect(performance.now() - fromMs).toBeLessThan(20_000);
  });

  test('that its holder loses with its login is told to it, and free at once', async () => {
    const dying = openLocal({ PATH: process.env.PATH, HOME: home });
    const first = await takeLock(dying, 'p', 'restore r1', 0);
    await dying[Symbol.asyncDispose]();
    await until('the loss to be told', async () => first.lost.aborted);
    expect(isBackupError(first.lost.reason, 'connection-lost')).toBe(true);
    await using _second = await takeLock(remote, 'p', 'backup r2', 10_000);
  });

  test('stays with a holder that lives, however long it works, and goes to the next half a minute after one fell silent', {
    timeout: 180_000,
  }, async () => {
    let isSilent = false;
    // As of a machine that stands still, or behind a black hole: the host hears no more of it, and no goodbye.
    const open: Remote['open'] = (command, options) => {
      const stream = remote.open(command, options);
      const write = stream.write.bind(stream);
      return Object.assign(stream, { write: (chunk: string) => isSilent || write(chunk) });
    };
    const first = await takeLock({ ...remote, open }, 'p', 'restore r1', 0);
    // Longer than the host is patient.
    await delay(40_000);
    expect((await refused(takeLock(remote, 'p', 'backup r2', 0))).code).toBe('locked');
    isSilent = true;
    const fromMs = performance.now();
    await using second = await takeLock(remote, 'p', 'backup r2', 60_000);
    expect(performance.now() - fromMs).toBeGreaterThan(20_000);
    expect(await second.run(['echo', 'ours'])).toBe('ours\n');
    expect((await refused(first.run(['true']))).code).toBe('locked');
  });

  test('lets nobody run changing commands who has lost it', async () => {
    const dying = openLocal({ PATH: process.env.PATH, HOME: home });
    const first = await takeLock(dying, 'p', 'restore r1', 0);
    // As after a long sleep: the shell on the host gave up, and another run came.
    await writeFile(join(home, '.candig-backup/p/holder'), 'backup r2\n');
    const error = await refused(first.run(['touch', join(home, 'changed')]));
    expect(error.code).toBe('locked');
    expect(await readdir(home)).not.toContain('changed');
    await dying[Symbol.asyncDispose]();
  });

  test('makes a changing command wait for one that a dead run left under way', async () => {
    const dying = openLocal({ PATH: process.env.PATH, HOME: home });
    const first = await takeLock(dying, 'p', 'restore r1', 0);
    const [gate, mark] = [join(home, 'gate'), join(home, 'mark')];
    await remote.run(['mkfifo', gate]);
    // Like a `docker stop` that goes on by itself: it does not end with whoever began it.
    const script = `trap "" TERM; touch ${mark}; cat ${gate}; echo left-over >> ${mark}`;
    const leftOver = first.run(['sh', '-c', script]).catch(() => {});
    await until('the command to begin', async () => (await readdir(home)).includes('mark'));
    await first[Symbol.asyncDispose]();
    await using second = await takeLock(remote, 'p', 'recover r2', 10_000);
    const next = second.run(['sh', '-c', `echo next >> ${mark}`]);
    await writeFile(gate, 'go on');
    await Promise.all([next, leftOver]);
    expect(await readFile(mark, 'utf8')).toBe('left-over\nnext\n');
    await dying[Symbol.asyncDispose]();
  });

  test('tells a failed command as if there were no fence', async () => {
    await using lock = await takeLock(remote, 'p', 'backup r1', 0);
    const error = await refused(lock.run(['no-such-program-here']));
    expect(error.code).toBe('command-missing');
    expect(error.message).toContain('no-such-program-here');
  });

  test('needs a home folder that can be written to, and says so', async () => {
    await writeFile(join(home, '.candig-backup'), 'a file in the way');
    const error = await refused(takeLock(remote, 'p', 'backup r1', 0));
    expect(error.message).toContain('cannot be taken');
    expect(error.hint).toContain('home folder');
  });
});

describe('the journal of a run', () => {
  test('is read as it was written, and gone once cleared', async () => {
    await using lock = await takeLock(remote, 'p', 'restore r1', 0);
    expect((await readLeft(remote, 'p')).journal).toBeUndefined();
    await writeJournal(lock, 'p', journal);
    expect((await readLeft(remote, 'p')).journal).toEqual(journal);
    await clearJournal(lock, 'p');
    expect((await readLeft(remote, 'p')).journal).toBeUndefined();
  });

  test('that was half written counts as none', async () => {
    await using _lock = await takeLock(remote, 'p', 'restore r1', 0);
    await writeFile(join(home, '.candig-backup/p/journal.new'), 'candig-b');
    expect((await readLeft(remote, 'p')).journal).toBeUndefined();
  });

  test('that cannot be read needs a person', async () => {
    await using _lock = await takeLock(remote, 'p', 'restore r1', 0);
    await writeFile(join(home, '.candig-backup/p/journal'), 'candig-backup-journal/9\nrun r1\noperation restore\n');
    const error = await refused(readLeft(remote, 'p'));
    expect(error.code).toBe('needs-person');
    expect(error.hint).toContain('/journal');
  });

  test('of another run is not touched by one that lost the lock', async () => {
    const first = await takeLock(remote, 'p', 'restore r1', 0);
    await writeJournal(first, 'p', journal);
    await writeFile(join(home, '.candig-backup/p/holder'), 'restore r2\n');
    expect((await refused(clearJournal(first, 'p'))).code).toBe('locked');
    expect((await refused(writeJournal(first, 'p', { ...journal, run: 'late' }))).code).toBe('locked');
    expect((await readLeft(remote, 'p')).journal).toEqual(journal);
    await first[Symbol.asyncDispose]();
  });

  test('is readable by its owner alone', async () => {
    await using lock = await takeLock(remote, 'p', 'restore r1', 0);
    await writeJournal(lock, 'p', journal);
    const modes = await remote.run(['stat', '-c', '%a', join(home, '.candig-backup/p/journal')]);
    expect(modes).toBe('600\n');
  });
});
