import { access, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployUid, stackLabel } from './create.ts';
import { cacheFolder, stackFolder } from './folder.ts';
import { onHost } from './login.ts';
import { docker, run } from './run.ts';
import { serviceNames } from './services.ts';
import { findStack, startStack, type TestStack } from './stack.ts';
import { until } from './until.ts';

const cli = join(import.meta.dirname, 'cli.ts');
const donorsPath = '/v3/discovery/donors/';
const noObjectPath = '/ga4gh/drs/v1/objects/none';

let stack: TestStack;
beforeAll(async () => {
  stack = await startStack({ rows: 2_000, donors: 100 });
});
afterAll(async () => {
  await stack?.stop();
});

interface Answer {
  readonly status: number;
  readonly value: unknown;
}

async function ask(url: string): Promise<Answer> {
  const response = await fetch(url, { headers: { connection: 'close' } });
  return { status: response.status, value: await response.json() };
}

const donorsTold = ({ value }: Answer) =>
  (value as { donors_count: number }[]).reduce((sum, program) => sum + program.donors_count, 0);

async function flushCache(): Promise<void> {
  const flush = 'REDISCLI_AUTH=$(cat /run/secrets/redis-secret-key) redis-cli -n 1 flushdb';
  await stack.docker('exec', stack.containers.redis, 'sh', '-c', flush);
}

async function restart(service: 'katsu' | 'htsget'): Promise<void> {
  await stack.docker('restart', stack.containers[service]);
  const url =
    service === 'katsu' ? `${stack.katsuUrl}/v3/service-info` : `${stack.htsgetUrl}/ga4gh/drs/v1/service-info`;
  await until(service, async () => (await fetch(url)).ok);
}

// Autovacuum is in the same view, and comes when it likes.
const sessions = async (database: string) => {
  const clients = `datname = '${database}' AND backend_type = 'client backend'`;
  return Number(await stack.psql('postgres', `SELECT count(*) FROM pg_stat_activity WHERE ${clients}`));
};

/** The contents of every table of `clinical` and `genomic`, whatever the order of rows. */
async function contents(of: TestStack): Promise<string> {
  const digests: string[] = [];
  for (const database of ['clinical', 'genomic']) {
    const tables = await of.psql(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1");
    for (const table of tables.split('\n')) {
      const digest = `SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text COLLATE "C")) FROM "${table}" AS t`;
      digests.push(`${database}.${table} ${await of.psql(database, digest)}`);
    }
  }
  return digests.join('\n');
}

describe('the host', () => {
  test('lets a user without root rights use Docker over SSH', async () => {
    expect((await onHost(stack, 'id -u')).trim()).not.toBe('0');
    const names = (await onHost(stack, 'docker ps --format "{{.Names}}"')).split('\n');
    expect(names).toEqual(expect.arrayContaining(serviceNames.map((name) => `${stack.project}_${name}_1`)));
  });

  test('has the checkout at the path where Docker finds it', async () => {
    const folder = join(stack.checkout, 'tmp');
    await onHost(stack, `echo from the host > ${folder}/seen`);
    const cat = `docker run --rm --network none -v ${folder}:/there:ro ${stack.images.services} cat /there/seen`;
    expect(await onHost(stack, cat)).toBe('from the host\n');
  });

  test('vouches for an ed25519 and an RSA key', () => {
    expect(stack.knownHosts).toMatch(/^\[127\.0\.0\.1\]:\d+ ssh-ed25519 /m);
    expect(stack.knownHosts).toMatch(/^\[127\.0\.0\.1\]:\d+ ssh-rsa /m);
  });

  test('has what a remote shell needs', async () => {
    await expect(onHost(stack, 'command -v bash flock timeout setsid stat df mktemp')).resolves.toContain('flock');
  });
});

describe('the containers', () => {
  test('carry the labels by which compose knows them', async () => {
    for (const service of serviceNames) {
      const format = '{{.Name}} {{json .Config.Labels}}';
      const [name, labels] = (await stack.docker('inspect', '--format', format, stack.containers[service])).split(' ');
      expect(name).toBe(`/${stack.project}_${service}_1`);
      expect(JSON.parse(labels ?? '')).toMatchObject({
        'com.docker.compose.project': stack.project,
        'com.docker.compose.service': service,
        'com.docker.compose.container-number': '1',
        'com.docker.compose.oneoff': 'False',
        'com.docker.compose.project.working_dir': join(stack.checkout, 'lib/candigv2'),
      });
    }
  });

  test('mount the database secret where a service may connect, and nowhere else', async () => {
    const secret = join(stack.checkout, 'tmp/postgres/db-secret');
    const holders: string[] = [];
    for (const service of serviceNames) {
      const sources = '{{range .Mounts}}{{.Source}} {{end}}';
      if ((await stack.docker('inspect', '--format', sources, stack.containers[service])).includes(secret))
        holders.push(service);
    }
    expect(holders).toEqual(['postgres-db', 'katsu', 'htsget']);
  });

  test('let admin in by the socket without a password, and by the network only with it', async () => {
    expect(await stack.psql('postgres', 'SELECT usesuper FROM pg_user WHERE usename = current_user')).toBe('t');
    const login = (password: string) =>
      run('docker', [
        'exec',
        '-e',
        `PGPASSWORD=${password}`,
        stack.containers.katsu,
        'psql',
        '-h',
        'postgres-db',
        '-U',
        'admin',
        '-d',
        'clinical',
        '-c',
        '',
      ]);
    await expect(login('wrong')).rejects.toThrow('password authentication failed');
    await login(await readFile(join(stack.checkout, 'tmp/postgres/db-secret'), 'utf8'));
  });

  test('leave their logs in the checkout as fluentd’s own user, closed to others', async () => {
    const logs = join(stack.checkout, 'tmp/logs');
    const inFluentd = (line: string) => stack.docker('exec', stack.containers.fluentd, 'sh', '-c', line);
    await ask(`${stack.katsuUrl}/v3/service-info`);
    await until('a line of katsu', async () =>
      (await inFluentd('cat /logging/buffer.*.log')).includes(`${stack.project}_katsu_1`),
    );
    const names = await readdir(logs);
    expect(names).toEqual(expect.arrayContaining([1, 2, 3, 4, 5].map((day) => `.2024010${day}_0.log`)));
    expect(names.filter((name) => name.endsWith('.log.meta'))).toHaveLength(1);
    for (const name of names) {
      const { uid, mode } = await stat(join(logs, name));
      expect([name, [0, deployUid()].includes(uid), mode & 0o7]).toEqual([name, false, 0]);
    }
  });

  test('cannot start while fluentd is down, and keep their ports', async () => {
    await stack.docker('stop', stack.containers.katsu, stack.containers.fluentd);
    await expect(stack.docker('start', stack.containers.katsu)).rejects.toThrow(/logging driver/);
    await stack.docker('start', stack.containers.fluentd);
    await restart('katsu');
    expect((await ask(stack.katsuUrl + donorsPath)).status).toBe(200);
  });
});

describe('katsu', () => {
  test('tells old counts until Redis db 1 is flushed', async () => {
    await flushCache();
    expect(donorsTold(await ask(stack.katsuUrl + donorsPath))).toBe(100);
    // Without the triggers that hold the foreign keys.
    const remove = 'DELETE FROM donor WHERE uuid IN (SELECT uuid FROM donor LIMIT 10)';
    await stack.psql('clinical', `SET session_replication_role = replica; ${remove}`);
    expect(donorsTold(await ask(stack.katsuUrl + donorsPath))).toBe(100);
    await flushCache();
    expect(donorsTold(await ask(stack.katsuUrl + donorsPath))).toBe(90);
  });

  test('holds no session between requests', async () => {
    await flushCache();
    await ask(stack.katsuUrl + donorsPath);
    await until('no session on clinical', async () => (await sessions('clinical')) === 0);
  });

  test('seems healthy while its database is away', async () => {
    await flushCache();
    await stack.psql('postgres', 'ALTER DATABASE clinical RENAME TO clinical__before_x');
    expect((await ask(`${stack.katsuUrl}/v3/service-info`)).status).toBe(200);
    expect((await ask(stack.katsuUrl + donorsPath)).status).toBe(500);
    await stack.psql('postgres', 'ALTER DATABASE clinical__before_x RENAME TO clinical');
    expect((await ask(stack.katsuUrl + donorsPath)).status).toBe(200);
  });

  test('does not make a dropped table again', async () => {
    await stack.psql('clinical', 'DROP TABLE exposure');
    await restart('katsu');
    expect(await stack.psql('clinical', "SELECT to_regclass('exposure')")).toBe('');
  });

  test('makes an empty database when there is none, and looks well', async () => {
    await flushCache();
    await stack.psql('postgres', 'ALTER DATABASE clinical RENAME TO clinical__before_x');
    await restart('katsu');
    expect(await ask(stack.katsuUrl + donorsPath)).toEqual({ status: 200, value: [] });
    await stack.psql('postgres', 'DROP DATABASE clinical WITH (FORCE)');
    await stack.psql('postgres', 'ALTER DATABASE clinical__before_x RENAME TO clinical');
    await flushCache();
  });

  test('takes a database called clinical-old for its own, and does not come up', async () => {
    await stack.psql('postgres', 'ALTER DATABASE clinical RENAME TO "clinical-old"');
    await stack.docker('restart', stack.containers.katsu);
    await until('katsu to give up', async () => {
      const status = await stack.docker(
        'inspect',
        '--format',
        '{{.State.Status}} {{.State.ExitCode}}',
        stack.containers.katsu,
      );
      return status === 'exited 1';
    });
    await stack.psql('postgres', 'ALTER DATABASE "clinical-old" RENAME TO clinical');
    await restart('katsu');
  });
});

describe('htsget', () => {
  test('stays broken from the end of its sessions until it is restarted', async () => {
    expect(await sessions('genomic')).toBe(10);
    expect((await ask(stack.htsgetUrl + noObjectPath)).status).toBe(404);
    await stack.psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'genomic'");
    for (let request = 0; request < 25; request += 1) {
      expect((await ask(stack.htsgetUrl + noObjectPath)).status).toBe(500);
    }
    expect((await ask(`${stack.htsgetUrl}/ga4gh/drs/v1/service-info`)).status).toBe(200);
    await restart('htsget');
    expect((await ask(stack.htsgetUrl + noObjectPath)).status).toBe(404);
  });

  test('makes and fills its database when there is none', async () => {
    await stack.docker('stop', stack.containers.htsget);
    await stack.psql('postgres', 'DROP DATABASE genomic');
    await restart('htsget');
    expect(await stack.psql('genomic', 'SELECT count(*) > 0 FROM gene')).toBe('t');
    expect(await stack.psql('genomic', 'SELECT count(*) FROM variant')).toBe('0');
  });
});

describe('several stacks', () => {
  test('live side by side, with the same rows on 15 as on 17, and leave nothing', async () => {
    const older = await startStack({ postgres: 15, rows: 3_000, donors: 120 });
    const newer = await startStack({ postgres: 17, rows: 3_000, donors: 120 });
    try {
      expect(await older.psql('postgres', 'SHOW server_version')).toMatch(/^15\./);
      expect(await newer.psql('postgres', 'SHOW server_version')).toMatch(/^17\./);
      expect(await older.psql('genomic', 'SELECT count(*) FROM variant')).toBe('3000');
      expect(await contents(older)).toBe(await contents(newer));
      expect((await onHost(older, 'hostname')).trim()).toBe('candig-host');
    } finally {
      await Promise.all([older.stop(), newer.stop()]);
    }
    for (const { project } of [older, newer]) {
      const label = `label=${stackLabel(project)}`;
      expect(await docker(['ps', '-aq', '--filter', label])).toBe('');
      expect(await docker(['volume', 'ls', '-q', '--filter', label])).toBe('');
      expect(await docker(['network', 'ls', '-q', '--filter', label])).toBe('');
      await expect(access(stackFolder(project).path)).rejects.toThrow('ENOENT');
      expect(await findStack(project)).toBeUndefined();
    }
    const reserved = await readdir(join(cacheFolder, 'ports'));
    for (const port of Object.values(older.ports)) expect(reserved).not.toContain(String(port));
  });

  test('leave nothing of one that could not be brought up', async () => {
    const project = `${stack.project}x`;
    const inTheWay = await docker(['create', '--name', `${project}-sshd`, stack.images.services, 'true']);
    try {
      await expect(startStack({ project, seed: false })).rejects.toThrow('already in use');
      expect(await docker(['ps', '-aq', '--filter', `label=${stackLabel(project)}`])).toBe('');
      expect(await docker(['volume', 'ls', '-q', '--filter', `label=${stackLabel(project)}`])).toBe('');
      await expect(access(stackFolder(project).path)).rejects.toThrow('ENOENT');
    } finally {
      await docker(['rm', inTheWay]);
    }
  });
});

describe('the command', () => {
  const stackCommand = (...args: string[]) => run(process.execPath, [cli, ...args]);

  test('prints where the stack is, for a shell', async () => {
    const lines = (await stackCommand('env', '--project', stack.project)).trimEnd().split('\n');
    expect(lines).toEqual([
      'CANDIG_BACKUP_HOST=127.0.0.1',
      `CANDIG_BACKUP_PORT=${stack.port}`,
      'CANDIG_BACKUP_USER=deploy',
      `CANDIG_BACKUP_PRIVATE_KEY_FILE=${stack.privateKeyFile}`,
      `CANDIG_BACKUP_KNOWN_HOSTS_FILE=${stack.knownHostsFile}`,
      `CANDIG_BACKUP_PROJECT=${stack.project}`,
    ]);
  });

  test('refuses what it does not understand, and a stack that is up already', async () => {
    await expect(stackCommand('sideways')).rejects.toThrow('usage:');
    await expect(stackCommand('up', '--postgres', '9')).rejects.toThrow('15 or 17');
    await expect(stackCommand('up', '--rows', '-1')).rejects.toThrow();
    await expect(stackCommand('env', '--project', '../x')).rejects.toThrow('not a project name');
    await expect(stackCommand('up', '--project', stack.project)).rejects.toThrow('up already');
  });
});
