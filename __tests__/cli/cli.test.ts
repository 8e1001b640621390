import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formsOf } from '../canaries.ts';
import { fakeDocker, loseFluentd } from '../faults/fake-docker.ts';
import { openSiteByCli, type SiteByCli } from './site-by-cli.ts';

let site: SiteByCli;

beforeAll(async () => {
  site = await openSiteByCli(15);
});

afterAll(async () => {
  await site[Symbol.asyncDispose]();
});

/** The report of a run that must go well. */
async function report(words: readonly string[], variables = site.overSsh): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await site.cli.run([...words, '--json'], variables);
  expect(code, stderr).toBe(0);
  expect(stdout.endsWith('\n') && stdout.indexOf('\n') === stdout.length - 1).toBe(true);
  return JSON.parse(stdout);
}

describe.each(['over SSH', 'on the host'] as const)('the command line, %s', (where) => {
  const variables = () => (where === 'over SSH' ? site.overSsh : site.onHost);

  test('plans, backs up, lists, verifies, restores what was lost, rolls back and forgets', async () => {
    const before = await site.donors();
    const planned = await report(['plan'], variables());
    expect(planned).toMatchObject({ operation: 'plan', databases: [{ name: 'clinical' }, { name: 'genomic' }] });

    const made = await report(['backup'], variables());
    expect(made).toMatchObject({ operation: 'backup', status: 'complete', site: 'demo' });
    const listed = await report(['list'], variables());
    expect(listed).toMatchObject({
      backups: expect.arrayContaining([expect.objectContaining({ id: made.backupId, state: 'whole' })]),
    });
    expect(await report(['verify'], variables())).toMatchObject({
      backupId: made.backupId,
      opened: true,
      dumpsRead: true,
    });

    await site.stack.psql('clinical', 'TRUNCATE donor CASCADE');
    const restored = await report(['restore', '--confirm', 'demo'], variables());
    expect(restored).toMatchObject({ operation: 'restore', backupId: made.backupId });
    expect(await site.donors()).toBe(before);

    const back = await report(['rollback', '--confirm', 'demo'], variables());
    expect(back).toMatchObject({ undone: restored.runId });
    expect(await site.donors()).toBe('0');
    await report(['rollback', '--confirm', 'demo'], variables());
    expect(await site.donors()).toBe(before);

    expect(await report(['forget-previous', '--confirm', 'demo'], variables())).toMatchObject({
      operation: 'forget-previous',
    });
    expect(await report(['recover'], variables())).toEqual({ operation: 'recover', status: 'complete', healed: [] });
  });
});

describe('for people', () => {
  test('a report is a few lines in columns, and progress is on the other stream', async () => {
    const backup = await site.cli.run(['backup'], site.overSsh);
    expect(backup.stdout).toMatch(/^backup {2}\d{8}T\d{6}Z-[0-9a-f]{10}\ncopy {4}directory:/);
    expect(backup.stderr).toContain('Dump the databases\n');
    expect(backup.stderr).not.toContain('\u001b');
    expect((await site.cli.run(['plan'], site.overSsh)).stdout).toContain('holds the data');
    expect((await site.cli.run(['list'], site.overSsh)).stdout).toMatch(/^BACKUP .*\n\d{8}T.* whole /);
  });

  test('open gives the dumps, or SQL under the names of the guide, and replaces nothing', async () => {
    const folder = join(site.cli.folder, 'plain');
    await mkdir(folder);
    expect((await site.cli.run(['open', '--output', folder, '--sql'], site.onHost)).code).toBe(0);
    const names = (await readdir(folder)).sort();
    expect(names).toEqual([
      expect.stringMatching(/^\d{4}-\d\d-\d\d-clinical-backup\.sql$/),
      expect.stringMatching(/-genomic-backup\.sql$/),
      'evidence.json',
    ]);
    expect(await readFile(join(folder, names[0] ?? ''), 'utf8')).toContain('CREATE TABLE public.donor');
    expect((await stat(join(folder, 'evidence.json'))).mode & 0o777).toBe(0o600);
    const again = await site.cli.run(['open', '--output', folder, '--object', 'evidence.json'], site.onHost);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('There is a file') });
  });

  test('a pg_restore that is too old is told from a backup that is broken', async () => {
    const bin = join(site.cli.folder, 'old');
    await mkdir(bin);
    const old = '#!/bin/sh\necho "pg_restore: error: unsupported version (1.16) in file header" >&2\nexit 1\n';
    await writeFile(join(bin, 'pg_restore'), old);
    await chmod(join(bin, 'pg_restore'), 0o755);
    const variables = { ...site.onHost, PATH: `${bin}:${process.env.PATH}` };
    const verified = await site.cli.run(['verify', '--json'], variables);
    expect(verified).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('older than the PostgreSQL of the dumps'),
    });
    expect(JSON.parse(verified.stdout)).toMatchObject({ opened: true, dumpsRead: false });
    const opened = await site.cli.run(['open', '--output', join(site.cli.folder, 'none'), '--sql'], variables);
    expect(opened).toMatchObject({ code: 1, stderr: expect.stringContaining('archive version 1.16') });
  });

  test('one recipient only is warned of', async () => {
    const [recipient = ''] = site.onHost.CANDIG_BACKUP_RECIPIENTS?.split('\n') ?? [];
    const { stderr } = await site.cli.run(['backup', '--recipients', recipient], site.overSsh);
    expect(stderr).toContain('warning: There is one recipient only');
  });

  test('a reader that goes away does not harm a backup', async () => {
    const child = site.cli.start(['backup'], site.overSsh);
    child.stdout.destroy();
    child.stderr.destroy();
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
  });
});

describe('what goes wrong', () => {
  test('is one line and its hint, without a stack, and has its exit code', async () => {
    const wrongKey = await site.cli.run(
      ['restore', '--confirm', 'demo', '--backup', '20200101T000000Z-0000000000'],
      site.overSsh,
    );
    expect(wrongKey).toMatchObject({ code: 1, stdout: '' });
    expect(wrongKey.stderr).toMatch(/error: no backup 20200101T000000Z-0000000000; there are \d+ whole\n$/);
    const wrongSite = await site.cli.run(['restore', '--confirm', 'other'], site.overSsh);
    expect(wrongSite).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: Input confirm is not the name of the site, demo\nNothing was changed\n',
    });
  });

  test('a backup that lacks a part ends with 3, says which, and keeps what is good', async () => {
    const words = ['backup', '--include', 'databases vault', '--json'];
    const { code, stdout, stderr } = await site.cli.run(words, site.overSsh);
    expect(code).toBe(3);
    const { backupId, status, parts } = JSON.parse(stdout);
    expect(status).toBe('degraded');
    expect(parts).toMatchObject([
      { name: 'databases', status: 'complete' },
      { name: 'vault', status: 'failed', code: 'service-missing' },
    ]);
    expect(stderr).toMatch(new RegExp(`^error: Backup ${backupId} is kept, without vault \\(.*\\)\n`, 'm'));
    expect(await report(['verify', '--backup', backupId])).toMatchObject({ opened: true, dumpsRead: true });
  });

  test('a restore that leaves a service down ends with 4 and says which, and recover starts it', {
    timeout: 240_000,
  }, async () => {
    const { stack, cli } = site;
    const before = await site.donors();
    {
      await using _fake = await fakeDocker(stack, loseFluentd(stack));
      const { code, stdout, stderr } = await cli.run(['restore', '--confirm', 'demo', '--json'], site.overSsh);
      expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
      expect(stderr).toMatch(/^error: .*_(katsu|htsget|candig-ingest)_1.* cannot be started/m);
    }
    await stack.docker('start', stack.containers.fluentd);
    const { healed } = await report(['recover']);
    expect(healed).toContain(`started ${stack.project}_katsu_1`);
    expect(await site.donors()).toBe(before);
    expect(await report(['recover'])).toMatchObject({ healed: [] });
  });

  test('names a table that was called so as to write on the screen, and writes nothing but its name', async () => {
    await site.cli.run(['backup'], site.overSsh);
    const table = 'a\u001b[2Jb\nerror: c';
    await site.stack.psql('clinical', `CREATE TABLE "${table}" (id integer)`);
    try {
      const { code, stderr } = await site.cli.run(['restore', '--confirm', 'demo'], site.overSsh);
      expect(code).toBe(1);
      expect(stderr).toContain('a\\u{1b}[2Jb\\u{a}error: c');
      expect(stderr).not.toContain('\u001b');
      expect(stderr).not.toContain('\nerror: c');
    } finally {
      await site.stack.psql('clinical', `DROP TABLE "${table}"`);
    }
  });

  test('with the host key is told with its fingerprint', async () => {
    const { CANDIG_BACKUP_KNOWN_HOSTS_FILE: _, ...unknown } = site.overSsh as Record<string, string>;
    const { code, stderr } = await site.cli.run(['plan'], unknown);
    expect(code).toBe(1);
    expect(stderr).toContain('SHA256:');
  });

  test('a run that is longer than its timeout says so and leaves a well site', async () => {
    const { code, stderr } = await site.cli.run(['restore', '--confirm', 'demo', '--timeout', '1s'], site.overSsh);
    expect(stderr).toContain('longer than its timeout of 1 s');
    expect(code).toBe(1);
    expect(await report(['recover'])).toMatchObject({ healed: [] });
  });

  test('no secret is ever shown, whatever form it is given in', async () => {
    const secrets = await Promise.all(
      [...site.keyFiles, site.stack.privateKeyFile].map(async (file) => await readFile(file, 'utf8')),
    );
    const canaries = secrets.flatMap((secret) =>
      secret.split('\n').filter((line) => line.length > 20 && !line.startsWith('#') && !/-----|comment/.test(line)),
    );
    const everything = await Promise.all([
      site.cli.run(['backup', '--json'], site.overSsh),
      site.cli.run(['plan'], { ...site.overSsh, CANDIG_BACKUP_USER: 'nobody-here' }),
      site.cli.run(['plan', `--private-key=${secrets[3]}`], site.overSsh),
      site.cli.run(['verify', '--identiy', secrets[0] ?? ''], site.overSsh),
      site.cli.run(['verify', `--identiy=${secrets[0]}`], site.overSsh),
      site.cli.run(['verify', secrets[0] ?? ''], site.overSsh),
      site.cli.run(['verify', '--public-key', secrets[2] ?? ''], site.overSsh),
      site.cli.run(['verify', '--site', secrets[0]?.split('\n')[1] ?? ''], site.overSsh),
    ]);
    for (const { stdout, stderr } of everything) {
      for (const canary of canaries) for (const form of formsOf(canary)) expect(stdout + stderr).not.toContain(form);
    }
  });
});
