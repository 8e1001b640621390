import type { TestStack } from '../__tests__/stack/stack.ts';
import { until } from '../__tests__/stack/until.ts';
import { authorizationOf, loggedOut, lookUp } from './authorization.ts';
import { differing, type Fingerprint, fingerprintOf } from './fingerprint.ts';
import { insist } from './step.ts';

/** All of a site that a restore is to bring back, found out independently of the tool. */
export interface State {
  readonly tables: Fingerprint;
  readonly authorization: Fingerprint;
  /** What one person may see, as a service of the site finds out. */
  readonly seen: string | undefined;
}

export async function stateOf(stack: TestStack): Promise<State> {
  const [tables, authorization, seen] = await Promise.all([
    fingerprintOf(stack),
    authorizationOf(stack),
    lookUp(stack),
  ]);
  return { tables, authorization, seen };
}

/** How many tables and entries are not what they were. */
export async function changedSince(stack: TestStack, before: State): Promise<{ tables: number; entries: number }> {
  const [tables, authorization] = await Promise.all([fingerprintOf(stack), authorizationOf(stack)]);
  return {
    tables: differing(before.tables, tables).length,
    entries: differing(before.authorization, authorization).length,
  };
}

/** Ends the demo unless every table and entry is as it was, the services answer from them, and each logs in. */
export async function insistAsBefore(stack: TestStack, before: State): Promise<void> {
  const changed = differing(before.tables, await fingerprintOf(stack));
  insist(changed.length === 0, `these tables came back as they were: ${changed.join(', ')}`);
  const entries = differing(before.authorization, await authorizationOf(stack));
  insist(entries.length === 0, `${entries.length} entries of authorization came back as they were`);
  const answer = await fetch(`${stack.katsuUrl}/v3/discovery/donors/`);
  insist(answer.ok && (await answer.text()).includes('donors_count'), 'katsu answers from the data');
  const without = await loggedOut(stack);
  insist(without.length === 0, `these services log in to Vault: ${without.join(', ')}`);
  // query and opa-runner may just have been started.
  await until('query to see what it saw', async () => (await lookUp(stack)) === before.seen);
}
