import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import prettyBytes from 'pretty-bytes';
import { ensureDocker } from '../__tests__/stack/daemon.ts';
import { ensureTools } from '../__tests__/stack/images.ts';
import { startStack, type TestStack } from '../__tests__/stack/stack.ts';
import * as candig from '../src/index.ts';
import { differing, fingerprintOf } from './fingerprint.ts';

/**
 * The whole story on a throw-away site: back up, ruin, restore, prove, roll back, and open the backup with tools that
 * are not ours. Each step is one line with its time; the first one that fails ends it, and everything is removed.
 */
const site = candig.parseSite('demo-site');

async function step<Result>(
  title: string,
  work: () => Promise<readonly [said: string, result: Result]>,
): Promise<Result> {
  const beganMs = performance.now();
  const [said, result] = await work();
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} s  ${title.padEnd(42)} ${said}\n`);
  return result;
}

function insist(truth: boolean, what: string): void {
  if (!truth) throw new Error(`The demo did not prove that ${what}`);
}

async function plain(image: string, folder: string, script: string): Promise<string> {
  const docker = [
    'run',
    '--rm',
    '--network',
    'none',
    '--volume',
    `${folder}:/backup:ro`,
    image,
    'bash',
    '-euo',
    'pipefail',
    '-c',
    script,
  ];
  const child = spawn('docker', docker, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output, [status]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  if (status !== 0) throw new Error(`${script} ended with status ${status}`);
  return output;
}

async function counts(stack: TestStack): Promise<string> {
  const clinical = await stack.psql(
    'clinical',
    `SELECT (SELECT count(*) FROM program) || ' programs, ' || (SELECT count(*) FROM donor) || ' donors, '
      || (SELECT count(*) FROM treatment) || ' treatments, ' || (SELECT count(*) FROM sample_registration) || ' samples'`,
  );
  const genomic = await stack.psql('genomic', `SELECT count(*) || ' variants' FROM variant`);
  return `${clinical}, ${genomic}`;
}

async function main(folder: string): Promise<void> {
  const store = join(folder, 'store');
  await mkdir(store);
  const context: candig.Context = {
    log: candig.silentLog,
    signal: new AbortController().signal,
    now: () => new Date(),
  };

  const tools = await step('Get Docker and the images', async () => {
    await ensureDocker();
    const image = await ensureTools();
    return ['Debian, PostgreSQL, Redis, OpenSSH, age, minisign', image];
  });
  await using stack = await step('Bring up a CanDIG host with data', async () => {
    const started = await startStack({ rows: 50_000, donors: 500 });
    return [await counts(started), started] as const;
  });
  await using remote = await candig.openSsh({
    host: stack.host,
    port: stack.port,
    user: stack.user,
    privateKey: stack.privateKey,
    knownHosts: stack.knownHosts,
  });
  const host: candig.Host = { remote, project: stack.project };
  const keys = {
    recipient: candig.generateIdentity('x25519'),
    spare: candig.generateIdentity('x25519'),
    signing: candig.generateSigningKey(),
  };
  const publicKey = candig.parsePublicKey(keys.signing.public);
  const identities = candig.parseIdentities(keys.recipient.identity);
  const kept = { site, store: await candig.openDirectory(store), publicKey, backup: 'latest' as const };

  const before = await step('Fingerprint every table', async () => {
    const found = await fingerprintOf(stack);
    return [`${found.size} tables, independently of the tool`, found] as const;
  });
  const made = await step('Back up both databases over SSH', async () => {
    const recipients = candig.parseRecipients([keys.recipient.recipient, keys.spare.recipient]);
    const signingKey = candig.readSigningKey(keys.signing.secret);
    const report = await candig.backup(
      {
        site,
        host,
        include: ['databases'],
        databases: [],
        vaultKeysRecipients: undefined,
        recipients,
        signingKey,
        store: kept.store,
      },
      context,
    );
    return [`${report.backupId}, ${prettyBytes(report.sizeBytes)}`, report] as const;
  });
  await step('Show what was made', async () => {
    const { backups } = await candig.list(kept, context);
    insist(backups.length === 1 && backups[0]?.state === 'whole', 'the backup is whole');
    return [made.objects.map(({ name, sizeBytes }) => `${name} ${prettyBytes(sizeBytes)}`).join(', '), undefined];
  });
  await step('Ruin the site', async () => {
    await stack.psql('clinical', 'TRUNCATE donor CASCADE');
    await stack.psql('genomic', 'DROP TABLE variant CASCADE');
    const [donors, changed] = [
      await stack.psql('clinical', 'SELECT count(*) FROM donor'),
      differing(before, await fingerprintOf(stack)),
    ];
    insist(donors === '0' && changed.length > 0, 'the site was ruined');
    return [`no donors, no table variant; ${changed.length} tables are not what they were`, undefined];
  });
  await step('Restore', async () => {
    const report = await candig.restore(
      {
        ...kept,
        host,
        identities,
        databases: [],
        include: ['databases'],
        authorization: undefined,
        authorizationStores: [],
        acceptReturned: 0,
        services: [],
        confirm: site,
        acceptSchemaChange: true,
        allowedExtensions: new Set(),
      },
      context,
    );
    return [`the site was out for ${(report.outageMs / 1000).toFixed(1)} s`, undefined];
  });
  await step('Prove that all is back', async () => {
    const changed = differing(before, await fingerprintOf(stack));
    insist(changed.length === 0, `these tables came back as they were: ${changed.join(', ')}`);
    const answer = await fetch(`${stack.katsuUrl}/v3/discovery/donors/`);
    insist(answer.ok && (await answer.text()).includes('donors_count'), 'katsu answers from the data');
    return [`${await counts(stack)}; ${before.size} tables equal`, undefined];
  });
  await step('Roll back to the ruined site, and return', async () => {
    await candig.rollback({ site, host, services: [], confirm: site }, context);
    insist(
      (await stack.psql('clinical', 'SELECT count(*) FROM donor')) === '0',
      'the rollback brought back what was there',
    );
    await candig.rollback({ site, host, services: [], confirm: site }, context);
    insist(differing(before, await fingerprintOf(stack)).length === 0, 'the second rollback undid the first');
    const { forgotten } = await candig.forgetPrevious({ site, host, confirm: site }, context);
    return [`both ways equal; ${forgotten.length} kept copies dropped`, undefined];
  });
  await step('Open it with plain age and pg_restore', async () => {
    const backup = join(store, site, made.backupId);
    await writeFile(join(backup, 'identity.txt'), keys.recipient.identity, { mode: 0o600 });
    await writeFile(join(backup, 'signing.pub'), keys.signing.public);
    const listing = await plain(
      tools,
      backup,
      'age -d -i /backup/identity.txt /backup/clinical.dump.age | pg_restore --file=- | grep -c "^COPY "',
    );
    return [`${listing.trim()} tables of clinical come out`, undefined];
  });
  await step('Check the manifest with plain minisign', async () => {
    const backup = join(store, site, made.backupId);
    const said = await plain(tools, backup, 'minisign -V -m /backup/manifest.json -p /backup/signing.pub');
    insist(said.includes(`id=${made.backupId}`), 'minisign shows which backup was signed');
    return [said.split('\n')[0] ?? '', undefined];
  });
}

const folder = await mkdtemp(join(tmpdir(), 'candig-backup-demo-'));
const beganMs = performance.now();
try {
  await main(folder);
  process.stdout.write(`Done in ${((performance.now() - beganMs) / 1000).toFixed(0)} s, and cleaned up.\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
