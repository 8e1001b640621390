import { randomBytes } from 'node:crypto';
import prettyBytes from 'pretty-bytes';
import { ensureDocker } from '../__tests__/stack/daemon.ts';
import { ensureImages, ensureTools } from '../__tests__/stack/images.ts';
import { startStack } from '../__tests__/stack/stack.ts';
import { ensureVault } from '../__tests__/stack/vault-image.ts';
import * as candig from '../src/index.ts';
import { ruinAuthorization } from './authorization.ts';
import { withLogins } from './logins.ts';
import { withPlainTools } from './plain-tools.ts';
import { countsOf, ruinDatabases } from './ruin.ts';
import { type DemoSite, openDemoSite } from './site.ts';
import { changedSince, insistAsBefore, stateOf } from './state.ts';
import { insist, mention, step as take } from './step.ts';

/**
 * The whole story on a throw-away site: back up, ruin, restore, prove, lose Vault, restore, prove, roll back, and open the
 * backup with tools that are not ours. The first step that fails, or is called off, ends it, and the site is removed.
 */
export async function tellStory(folder: string, signal: AbortSignal): Promise<void> {
  const step: typeof take = async (title, work) => {
    signal.throwIfAborted();
    return await take(title, work);
  };

  const tools = await step('Get Docker and the images', async () => {
    await ensureDocker(mention);
    const image = await ensureTools(mention);
    await ensureImages(17, mention);
    await ensureVault(mention);
    return ['PostgreSQL, Vault, Redis, OpenSSH, age, minisign', image];
  });
  await using stack = await step('Bring up a CanDIG host with data', async () => {
    const project = `candig-demo-${randomBytes(4).toString('hex')}`;
    const started = await startStack({ project, vault: true, rows: 20_000, donors: 300 });
    return [await countsOf(started), started];
  });
  await using site = await openDemoSite(stack, folder, signal);
  const before = await step('Fingerprint all of it', async () => {
    const found = await stateOf(stack);
    insist(found.seen !== undefined, 'the site answers who may see what');
    return [`${found.tables.size} tables and ${found.authorization.size} entries of authorization`, found];
  });

  const made = await step('Back up databases, authorization and logs', async () => {
    const { result: report, logins } = await withLogins(stack, async () => await site.backUp());
    insist(report.status === 'complete', 'the backup is complete');
    return [`${report.backupId}, ${prettyBytes(report.sizeBytes)}; ${logins} logins meanwhile, none failed`, report];
  });
  await step('Show what was made', async () => {
    const { backups } = await site.list();
    insist(backups.length === 1 && backups[0]?.state === 'whole', 'the backup is whole');
    const shown = made.objects.filter(({ name }) => !name.includes('.log.'));
    const sizes = shown.map(({ name, sizeBytes }) => `${name.replace('.age', '')} ${prettyBytes(sizeBytes)}`);
    return [`${sizes.join(', ')}, and what Docker kept of ${made.objects.length - shown.length} services`, undefined];
  });

  await step('Ruin the site', async () => {
    await ruinDatabases(stack);
    await ruinAuthorization(stack);
    const { tables, entries } = await changedSince(stack, before);
    insist(tables > 0 && entries === 3, 'the site was ruined');
    return [`no donors, a table gone, access taken, cut and given: ${tables} tables, ${entries} entries`, undefined];
  });
  const returned = await step('Ask what access would come back', async () => await askForReturned(site));
  await step('Restore databases and authorization', async () => {
    const { result: report, logins } = await withLogins(stack, async () => await site.restore('secrets', returned));
    return [`out for ${seconds(report.outageMs)}; ${logins} logins meanwhile, none failed`, undefined];
  });
  await step('Prove that all is back', async () => {
    await insistAsBefore(stack, before);
    return [`every table and entry equal; every service logs in; query looks up as before`, undefined];
  });

  await step('Roll back to the ruined site', async () => {
    const { outageMs } = await site.rollback();
    const { tables, entries } = await changedSince(stack, before);
    insist(tables > 0 && entries === 3, 'the rollback brought back what was there');
    return [
      `out for ${seconds(outageMs)}; ${tables} tables and ${entries} entries as they were just before`,
      undefined,
    ];
  });

  await step('Destroy Vault’s volume as well', async () => {
    await stack.rebuildVault();
    const { entries } = await changedSince(stack, before);
    insist(entries > 3, 'Vault was lost');
    return [`now there is a Vault with other keys, and nobody in it: ${entries} entries`, undefined];
  });
  await step('Restore the databases and Vault as a whole', async () => {
    const { authorization } = await site.plan('whole');
    const report = await site.restore('whole', authorization?.returned ?? 0);
    return [`out for ${seconds(report.outageMs)}`, undefined];
  });
  await step('Prove that all is back', async () => {
    await insistAsBefore(stack, before);
    return [`every table and entry equal; every service logs in; query looks up as before`, undefined];
  });
  await step('Forget what lived before', async () => {
    const { forgotten, authorization } = await site.forgetPrevious();
    insist(forgotten.length === 4 && authorization === 1, 'what lived before was kept until now');
    return [`${forgotten.length} databases and ${authorization} Vault dropped`, undefined];
  });

  const backup = await site.folderWithKeys(made.backupId);
  const plain = async (script: string) => await withPlainTools(tools, backup, `cd /backup; ${script}`);
  await step('Open it with plain age, pg_restore and tar', async () => {
    const tables = await plain('age -d -i identity.txt clinical.dump.age | pg_restore --file=- | grep -c "^COPY "');
    const files = await plain('age -d -i identity.txt vault.tar.age | tar -t | grep -vc "/$"');
    const keys = await plain('age -d -i vault-keys-identity.txt vault-keys.tar.age | tar -t');
    await plain('! age -d -i identity.txt vault-keys.tar.age > /dev/null 2>&1');
    return [
      `${tables} tables; ${files} files of Vault; for another key only: ${keys.split('\n').join(', ')}`,
      undefined,
    ];
  });
  await step('Check the manifest with plain minisign', async () => {
    const said = await plain('minisign -V -m manifest.json -p signing.pub');
    insist(said.includes(`id=${made.backupId}`), 'minisign shows which backup was signed');
    return [said.split('\n')[0] ?? '', undefined];
  });
}

/** As `plan` counts it, and as a restore refuses to give it back until it is told to. */
async function askForReturned(site: DemoSite): Promise<readonly [string, number]> {
  const { authorization } = await site.plan('secrets');
  const returned = authorization?.returned ?? 0;
  insist(returned > 0, 'plan counts the access that would come back');
  const refused = await site.restore('secrets', 0).catch((error: unknown) => error);
  insist(candig.isBackupError(refused, 'restore-refused'), 'a restore wants that to be accepted');
  return [`${returned} grants; refused until accept-returned says ${returned}`, returned];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
