import type { Site } from '../backups/site.ts';
import { forgetPrevious as drop, listPrevious } from '../sources/postgres/previous.ts';
import { requireConfirmed } from './confirm.ts';
import { type Context, newRunId } from './context.ts';
import { forgetAuthorization } from './kept-authorization.ts';
import { enterSite, type Host, requireLock } from './site-access.ts';

export interface ForgetPreviousRequest {
  readonly site: Site;
  readonly host: Host;
  /** Must be the site's name. */
  readonly confirm: string;
}

export interface ForgetPreviousReport {
  readonly operation: 'forget-previous';
  readonly status: 'complete';
  readonly site: string;
  /** Names of the databases dropped. */
  readonly forgotten: readonly string[];
  /** How many earlier states of authorization were dropped. */
  readonly authorization: number;
  readonly sizeBytes: number;
}

/** Drops, for good, every copy that restores and rollbacks have kept on the host. Without any, it does nothing. */
export async function forgetPrevious(request: ForgetPreviousRequest, context: Context): Promise<ForgetPreviousReport> {
  requireConfirmed(request.site, request.confirm);
  context.log.phase('Forget the previous copies');
  await using access = await enterSite(request.host, 'forget-previous', newRunId(context), context);
  const sets = await listPrevious(access.postgres);
  // First, so that databases are never left beside it whose authorization is gone without their knowing.
  const authorization = await forgetAuthorization(request.host, access);
  for (const set of sets) {
    access.signal.throwIfAborted();
    await requireLock(access);
    await drop(access.postgres, set);
  }
  return {
    operation: 'forget-previous',
    status: 'complete',
    site: request.site,
    forgotten: sets.flatMap(({ copies }) => copies.map(({ name }) => name)),
    authorization,
    sizeBytes: sets.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
