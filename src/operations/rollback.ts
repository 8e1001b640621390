import type { Site } from '../backups/site.ts';
import { stagePrevious, stampAfter } from '../sources/postgres/previous.ts';
import { requireConfirmed } from './confirm.ts';
import { type Context, newRunId } from './context.ts';
import { planOutage } from './outage-plan.ts';
import { enterSite, type Host, lookAgain } from './site-access.ts';
import { swapIn } from './swap-in.ts';

export interface RollbackRequest {
  readonly site: Site;
  readonly host: Host;
  /** Services to stop besides those that are found. */
  readonly services: readonly string[];
  /** Must be the site's name. */
  readonly confirm: string;
}

export interface RollbackReport {
  readonly operation: 'rollback';
  readonly status: 'complete';
  readonly site: string;
  readonly runId: string;
  /** The run whose swap this undid. */
  readonly undone: string;
  readonly databases: readonly string[];
  readonly services: readonly string[];
  readonly outageMs: number;
  readonly servicesMs: number;
}

/**
 * Puts the newest previous copies back in the place of what lives, the way a restore swaps. What lived until now is
 * kept in its turn, so a rollback can be rolled back.
 */
export async function rollback(request: RollbackRequest, context: Context): Promise<RollbackReport> {
  const { host, site } = request;
  requireConfirmed(site, request.confirm);
  const runId = newRunId(context);
  context.log.phase('Look at the site');
  await using access = await enterSite(host, 'rollback', runId, context);
  const staged = await stagePrevious(access.postgres, runId, await stampAfter(access.postgres, context.now()));
  const databases = staged.set.copies.map(({ marker }) => marker.of);
  const now = await lookAgain(host, access);
  const plan = await planOutage(now, databases, request.services);
  const { outageMs, servicesMs } = await swapIn(
    { host, access: now, plan, runId, operation: 'rollback' },
    staged,
    context,
  );
  return {
    operation: 'rollback',
    status: 'complete',
    site,
    runId,
    undone: staged.set.runId,
    databases,
    services: plan.stop.map(({ name }) => name),
    outageMs,
    servicesMs,
  };
}
