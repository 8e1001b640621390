import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestStack } from '../../stack/stack.ts';

/** Clients of a Vault that never pause. */
export interface Load {
  /** Resolves once all that was asked is answered. */
  stop(): Promise<LoadReport>;
  readonly report: LoadReport;
}

export interface LoadReport {
  writes: number;
  logins: number;
  failed: number;
  slowestMs: number;
  seconds: number;
}

const writesEach = 4;
const everyMs = 10;
/** What is written over and over. */
export const loadedEntries = 400;
const digestOf = (value: string) => createHash('sha256').update(value).digest('hex');

/** Whether an entry is one that was written whole. */
export function isWhole(entry: unknown): boolean {
  const { value, digest } = entry as { readonly value?: string; readonly digest?: string };
  return value !== undefined && digestOf(value) === digest;
}

/** Begins 400 writes and 100 logins a second over HTTP, whatever the answers take. */
export async function startLoad(stack: TestStack): Promise<Load> {
  const { root } = await stack.vaultKeys();
  const file = async (path: string) => (await readFile(join(stack.checkout, 'tmp/vault', path), 'utf8')).trim();
  const [token, roleId] = [await file('approle-token'), await file('katsu-roleid')];
  const agent = new Agent({ keepAlive: true, maxSockets: 128 });
  const report: LoadReport = { writes: 0, logins: 0, failed: 0, slowestMs: 0, seconds: 0 };
  const pending = new Set<Promise<void>>();

  async function ask(method: string, path: string, as: string | undefined, body: unknown): Promise<string> {
    const fromMs = performance.now();
    const headers = as === undefined ? {} : { 'X-Vault-Token': as };
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = request(`${stack.vaultUrl}/v1/${path}`, { agent, method, headers }, (response) => {
        const ok = (response.statusCode ?? 0) < 300;
        text(response).then(
          (said) => (ok ? resolve(said) : reject(new Error(`${path}: ${response.statusCode}`))),
          reject,
        );
      });
      asking.once('error', reject);
      asking.end(JSON.stringify(body));
    });
    report.slowestMs = Math.max(report.slowestMs, performance.now() - fromMs);
    return answer;
  }
  const write = async (at: number): Promise<void> => {
    const value = randomBytes(100 + (at % 7) * 150).toString('hex');
    await ask('PUT', `opa/users/load${at % loadedEntries}`, root, { value, digest: digestOf(value) });
    report.writes += 1;
  };
  // What a login leaves in the storage goes with it again, else that would grow by hundreds of files a second.
  const logIn = async (): Promise<void> => {
    const given = JSON.parse(await ask('POST', 'auth/approle/role/katsu/secret-id', token, { num_uses: 1 }));
    const login = { role_id: roleId, secret_id: given.data.secret_id };
    const { auth } = JSON.parse(await ask('POST', 'auth/approle/login', undefined, login));
    await ask('POST', 'auth/token/revoke-self', auth.client_token, {});
    report.logins += 1;
  };
  const count = (work: Promise<void>): void => {
    const counted = work
      .catch(() => {
        report.failed += 1;
      })
      .finally(() => pending.delete(counted));
    pending.add(counted);
  };

  for (let at = 0; at < loadedEntries; at += 1) await write(at);
  report.writes = 0;
  const fromMs = performance.now();
  let turns = 0;
  let next = 0;
  const timer = setInterval(() => {
    // A timer that is late makes up for it.
    for (; turns < (performance.now() - fromMs) / everyMs; turns += 1) {
      for (let each = 0; each < writesEach; each += 1) count(write(next++));
      count(logIn());
    }
  }, everyMs);
  return {
    report,
    stop: async () => {
      clearInterval(timer);
      report.seconds = (performance.now() - fromMs) / 1000;
      await Promise.all(pending);
      agent.destroy();
      return report;
    },
  };
}
