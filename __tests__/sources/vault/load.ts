import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestStack } from '../../stack/stack.ts';

/** Clients of a Vault that never pause. */
export interface Load extends AsyncDisposable {
  /** Resolves once all that was asked is answered. */
  stop(): Promise<LoadReport>;
}

export interface LoadReport {
  writes: number;
  logins: number;
  failed: number;
  slowestMs: number;
  seconds: number;
}

export interface LoadTask {
  readonly url: string;
  readonly root: string;
  readonly approleToken: string;
  readonly roleId: string;
}

/** What is written over and over. */
export const loadedEntries = 400;
export const digestOf = (value: string) => createHash('sha256').update(value).digest('hex');

/** Whether an entry is one that was written whole. */
export function isWhole(entry: unknown): boolean {
  const { value, digest } = entry as { readonly value?: string; readonly digest?: string };
  return value !== undefined && digestOf(value) === digest;
}

/** Begins to write and to log in over HTTP, in a process of its own; resolves once every entry is there. */
export async function startLoad(stack: TestStack): Promise<Load> {
  const { root } = await stack.vaultKeys();
  const file = async (path: string) => (await readFile(join(stack.checkout, 'tmp/vault', path), 'utf8')).trim();
  const task: LoadTask = {
    url: stack.vaultUrl,
    root,
    approleToken: await file('approle-token'),
    roleId: await file('katsu-roleid'),
  };
  const script = new URL('load-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write(`${JSON.stringify(task)}\n`);
  await new Promise((resolve) => child.stdout.once('readable', resolve));
  return {
    stop: async () => {
      child.stdin.end();
      const lines = (await text(child.stdout)).trim().split('\n');
      return JSON.parse(lines.at(-1) ?? '') as LoadReport;
    },
    [Symbol.asyncDispose]: async () => void child.kill('SIGKILL'),
  };
}
