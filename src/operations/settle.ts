import { BackupError } from '../errors.ts';
import type { Remote } from '../remote/remote.ts';
import { haveBecome } from '../sources/postgres/exchange.ts';
import type { Postgres } from '../sources/postgres/postgres.ts';
import { openLivingVault } from '../sources/vault/living.ts';
import { recoverSecrets } from '../sources/vault/secrets.ts';
import { recoverWhole } from '../sources/vault/whole.ts';
import { putRight } from '../stack/guard.ts';
import { clearJournal, type Journal, writeJournal } from '../stack/journal.ts';
import type { Runner } from '../stack/lock.ts';
import { findService, type Stack } from '../stack/stack.ts';
import { endConnections } from './heal-vault.ts';

/**
 * Ends a restore of authorization that was cut off, from what lies on the host alone: undone if the databases had not
 * changed places yet, else finished. Then what writes is started. Gives a line for each thing done.
 */
export async function settleAuthorization(
  host: { readonly remote: Remote; readonly project: string },
  fenced: Runner,
  stack: Stack,
  postgres: Postgres,
  journal: Journal,
  ownRun: string,
): Promise<string[]> {
  const { run, becomes = [], authorization } = journal;
  // Without databases the keeping of authorization is what counts, and Vault itself tells whether that was done.
  const committed = becomes.length > 0 && (await haveBecome(await postgres.admin(), becomes));
  const vault = findService(stack, 'vault');
  if (vault === undefined) {
    throw new BackupError(
      'needs-person',
      'A restore of authorization was cut off, and there is no Vault to end it in',
      {
        hint: 'Bring the service vault up again with its volume, then run recover',
      },
    );
  }
  // A run that slept must not go on writing.
  await endConnections(fenced, vault.id, ownRun);
  const done: string[] = [];
  if (authorization === 'whole') {
    const found = await recoverWhole({ remote: host.remote, host: fenced, stack, vault }, run, committed);
    if (found) done.push(committed ? 'finished the replacing of Vault' : 'put back the Vault from before');
  } else {
    await using living = await openLivingVault(host.remote, stack, vault, { run: ownRun });
    const { entries, left } = await recoverSecrets(living.root, run, committed);
    if (entries > 0) done.push(`put back ${entries} entries of authorization`);
    if (left > 0) done.push(`left ${left} entries of authorization that somebody has changed since`);
  }
  await writeJournal(fenced, host.project, { ...journal, authorization: undefined, mixed: false });
  const { done: more, outcome } = await putRight(fenced, host.project);
  done.push(...more);
  if (outcome !== 'right')
    throw new BackupError('needs-person', `What an earlier run left cannot be put right: ${more.join(', ')}`);
  await clearJournal(fenced, host.project);
  return done;
}
