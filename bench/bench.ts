import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, type TestStack } from '../__tests__/stack/stack.ts';
import * as candig from '../src/index.ts';
import { median, tell, timed } from './timing.ts';

/**
 * What it costs, as ratios against what a person would do by hand, taken in turn in one run. Needs `ssh`, `zstd` and
 * `age` on this machine. Arguments: variant rows of the large site (2,000,000; ten times that shows that memory stays), and
 * rounds.
 */
const rows = Number(process.argv[2] ?? 2_000_000);
const rounds = Number(process.argv[3] ?? 3);
const megabyte = 1024 * 1024;

interface Bench {
  readonly stack: TestStack;
  readonly folder: string;
  /** Runs ours in a process of its own. */
  ours(operation: 'backup' | 'restore'): Promise<Ours>;
  /** `ssh` to the stack's host, as a shell prefix. */
  readonly ssh: string;
  readonly recipient: string;
}

interface Ours {
  readonly seconds: number;
  readonly maxRssBytes: number;
  readonly report: Record<string, number>;
}

async function openBench(folder: string, name: string, stack: TestStack): Promise<Bench> {
  const store = join(folder, name);
  await mkdir(store);
  const { identity, recipient } = candig.generateIdentity('x25519');
  const { host, port, user, privateKey, knownHosts, project } = stack;
  const setup = {
    login: { host, port, user, privateKey, knownHosts },
    project,
    store,
    identity,
    recipient,
    signing: candig.generateSigningKey(),
  };
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(setup), { mode: 0o600 });
  return {
    stack,
    folder,
    recipient,
    ssh: `ssh -i ${stack.privateKeyFile} -o UserKnownHostsFile=${stack.knownHostsFile} -p ${port} ${user}@${host}`,
    ours: async (operation) => {
      const { seconds, output } = await timed(
        'exec node "$1" "$2" "$3"',
        join(import.meta.dirname, 'backup-child.ts'),
        operation,
        file,
      );
      const { report, maxRssBytes } = JSON.parse(output) as Ours;
      return { seconds, report, maxRssBytes };
    },
  };
}

const databases = ['clinical', 'genomic'] as const;

async function inContainer({ stack }: Bench): Promise<number> {
  const dumps = databases.map((database) => `pg_dump -U admin ${database} > /dev/null`).join('; ');
  return (await timed('docker exec "$1" sh -c "$2"', stack.containers['postgres-db'], dumps)).seconds;
}

async function byHand({ stack, ssh, recipient, folder }: Bench, compress: boolean): Promise<number> {
  const pipe = compress ? '| zstd -1' : '';
  let seconds = 0;
  for (const database of databases) {
    const script = `${ssh} docker exec ${stack.containers['postgres-db']} pg_dump -U admin ${database} ${pipe} | age -r ${recipient} > ${folder}/hand.age`;
    seconds += (await timed(script)).seconds;
  }
  return seconds;
}

/** Loads plain dumps by `psql -1` into new databases, one after the other, as the guide would, over the same SSH. */
async function loadByHand({ stack, ssh, folder }: Bench): Promise<number> {
  const container = stack.containers['postgres-db'];
  let seconds = 0;
  for (const database of databases) {
    await timed(`docker exec ${container} pg_dump -U admin ${database} > ${folder}/plain.sql`);
    await stack.psql('postgres', `CREATE DATABASE hand_${database}`);
    seconds += (
      await timed(
        `${ssh} docker exec -i ${container} psql -q -X -1 -v ON_ERROR_STOP=1 -U admin -d hand_${database} < ${folder}/plain.sql > /dev/null`,
      )
    ).seconds;
    await stack.psql('postgres', `DROP DATABASE hand_${database}`);
  }
  return seconds;
}

async function large(folder: string): Promise<{ beyondMs: number }> {
  await using stack = await startStack({ rows, donors: Math.round(rows / 250) });
  const bench = await openBench(folder, 'large', stack);
  const bytes = await stack.psql(
    'postgres',
    "SELECT sum(pg_database_size(datname)) FROM pg_database WHERE datname IN ('clinical', 'genomic')",
  );
  process.stdout.write(`Large site: ${Math.round(Number(bytes) / megabyte)} MiB in two databases, ${rounds} rounds\n`);
  const floor: number[] = [];
  const hand: number[] = [];
  const ours: Ours[] = [];
  for (let round = 0; round < rounds; round += 1) {
    floor.push(await inContainer(bench));
    ours.push(await bench.ours('backup'));
    hand.push(await byHand(bench, true));
  }
  const ratio = (others: readonly number[]) => median(ours.map(({ seconds }, at) => seconds / (others[at] ?? 1)));
  process.stdout.write(
    `  seconds: ours ${ours.map(({ seconds }) => seconds.toFixed(1))}, floor ${floor.map((s) => s.toFixed(1))}, by hand ${hand.map((s) => s.toFixed(1))}\n`,
  );
  tell('backup / pg_dump >/dev/null in the container, one by one', ratio(floor), 1.5);
  tell('backup / ssh pg_dump | zstd -1 | age, one by one', ratio(hand), 0.8);
  const rss = Math.max(...ours.map(({ maxRssBytes }) => maxRssBytes)) / megabyte;
  tell('peak memory of a backup', rss, 200, ' MiB');

  const loads: number[] = [];
  const restores: Ours[] = [];
  for (let round = 0; round < rounds; round += 1) {
    loads.push(await loadByHand(bench));
    restores.push(await bench.ours('restore'));
  }
  const staging = restores.map(({ report }) => (report.loadingMs ?? 0) / 1000);
  const checking = restores.map(({ report }) => (report.checkingMs ?? 0) / 1000);
  process.stdout.write(
    `  seconds: staging ${staging.map((s) => s.toFixed(1))} (and checking ${checking.map((s) => s.toFixed(1))}), by hand ${loads.map((s) => s.toFixed(1))}\n`,
  );
  tell(
    'staging / psql -1 of plain dumps, one by one',
    median(staging.map((seconds, at) => seconds / (loads[at] ?? 1))),
    0.8,
  );
  const beyondMs = median(restores.map(({ report }) => (report.outageMs ?? 0) - (report.servicesMs ?? 0)));
  tell('outage beyond stopping and starting', beyondMs / 1000, 3, ' s');
  tell('peak memory of a restore', Math.max(...restores.map(({ maxRssBytes }) => maxRssBytes)) / megabyte, 200, ' MiB');
  return { beyondMs };
}

async function tenth(folder: string, whole: { beyondMs: number }): Promise<void> {
  await using stack = await startStack({ rows: rows / 10, donors: Math.round(rows / 2500) });
  const bench = await openBench(folder, 'tenth', stack);
  const { maxRssBytes } = await bench.ours('backup');
  const { report } = await bench.ours('restore');
  const beyondMs = (report.outageMs ?? 0) - (report.servicesMs ?? 0);
  process.stdout.write(
    `A site of a tenth of that: ${Math.round(maxRssBytes / megabyte)} MiB at the peak, ${(beyondMs / 1000).toFixed(2)} s of outage beyond the services\n`,
  );
  tell('outage beyond the services, ten times the data minus once', (whole.beyondMs - beyondMs) / 1000, 0.5, ' s');
}

async function small(folder: string): Promise<void> {
  await using stack = await startStack({ rows: 15_000, donors: 800 });
  const bench = await openBench(folder, 'small', stack);
  const sizes = await stack.psql(
    'postgres',
    "SELECT string_agg(datname || ' ' || pg_size_pretty(pg_database_size(datname)), ', ') FROM pg_database WHERE datname IN ('clinical', 'genomic')",
  );
  const ratios: number[] = [];
  for (let round = 0; round < Math.max(5, rounds); round += 1) {
    const hand = await byHand(bench, false);
    const { seconds } = await bench.ours('backup');
    ratios.push(seconds / hand);
  }
  process.stdout.write(`Small site: ${sizes}\n`);
  tell('backup / two ssh pg_dump | age in a row', median(ratios), 3);
}

const folder = await mkdtemp(join(tmpdir(), 'candig-backup-bench-'));
try {
  await small(folder);
  await tenth(folder, await large(folder));
} finally {
  await rm(folder, { recursive: true, force: true });
}
