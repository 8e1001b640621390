import { readFileSync } from 'node:fs';
import { BackupError } from '../errors.ts';
import type { Environment } from './read-inputs.ts';

/**
 * Throws `input-invalid` in runs that somebody from outside the repository set off: `pull_request_target`, and pull
 * requests and their follow-up runs from a fork. To be called before any secret is read.
 */
export function refuseForeignEvent(environment: Environment): void {
  const name = environment.GITHUB_EVENT_NAME ?? '';
  if (name === 'pull_request_target') {
    throw new BackupError('input-invalid', 'This does not run on pull_request_target', {
      hint: 'That event gives the secrets of a repository to whoever opens a pull request; use workflow_dispatch or schedule',
    });
  }
  if (!/^(pull_request|workflow_run)/.test(name) || !isFromFork(readEvent(environment.GITHUB_EVENT_PATH))) return;
  throw new BackupError('input-invalid', 'This does not run for a pull request from a fork', {
    hint: 'Use workflow_dispatch or schedule',
  });
}

function readEvent(path: string | undefined): unknown {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** An event of these kinds that does not say where it comes from counts as foreign. */
function isFromFork(event: unknown): boolean {
  const repository = at(event, 'repository', 'full_name');
  const from =
    at(event, 'pull_request', 'head', 'repo', 'full_name') ?? at(event, 'workflow_run', 'head_repository', 'full_name');
  return typeof repository !== 'string' || from !== repository;
}

function at(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return found;
}
