/**
 * Clients of a Vault: 400 writes and 100 logins a second over HTTP, as long as Vault keeps up. Reads what to do as a line
 * of JSON from standard input, says `began`, and when that input ends prints what it saw, as JSON.
 */
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { digestOf, type LoadReport, type LoadTask, loadedEntries } from './load.ts';

const writesEach = 4;
const everyMs = 10;
/** More are not asked at once: they would only queue here. */
const mostPending = 400;

const input = createInterface({ input: process.stdin });
const ended = new Promise((resolve) => input.once('close', resolve));
const task = await new Promise<LoadTask>((resolve) => input.once('line', (line) => resolve(JSON.parse(line))));
const agent = new Agent({ keepAlive: true, maxSockets: mostPending });
const report: LoadReport = { writes: 0, logins: 0, failed: 0, slowestMs: 0, seconds: 0 };
const pending = new Set<Promise<void>>();

async function ask(method: string, path: string, token: string | undefined, body: unknown): Promise<string> {
  const fromMs = performance.now();
  const headers = token === undefined ? {} : { 'X-Vault-Token': token };
  const answer = await new Promise<string>((resolve, reject) => {
    const asking = request(`${task.url}/v1/${path}`, { agent, method, headers }, (response) => {
      const isGood = (response.statusCode ?? 0) < 300;
      const status = `${path}: ${response.statusCode}`;
      text(response).then((said) => (isGood ? resolve(said) : reject(new Error(status))), reject);
    });
    asking.once('error', reject);
    asking.end(JSON.stringify(body));
  });
  report.slowestMs = Math.max(report.slowestMs, performance.now() - fromMs);
  return answer;
}

async function write(at: number): Promise<void> {
  const value = randomBytes(100 + (at % 7) * 150).toString('hex');
  await ask('PUT', `opa/users/load${at % loadedEntries}`, task.root, { value, digest: digestOf(value) });
  report.writes += 1;
}

/** As CanDIG's services do, each with a secret id of its own; nothing is revoked, so the storage grows by hundreds of files a second. */
async function logIn(): Promise<void> {
  const made = await ask('POST', 'auth/approle/role/katsu/secret-id', task.approleToken, { num_uses: 1 });
  const login = { role_id: task.roleId, secret_id: JSON.parse(made).data.secret_id };
  await ask('POST', 'auth/approle/login', undefined, login);
  report.logins += 1;
}

function count(work: Promise<void>): void {
  const counted = work
    .catch(() => {
      report.failed += 1;
    })
    .finally(() => pending.delete(counted));
  pending.add(counted);
}

for (let at = 0; at < loadedEntries; at += 1) await write(at);
Object.assign(report, { writes: 0, slowestMs: 0 });
process.stdout.write('began\n');
const fromMs = performance.now();
let turns = 0;
let next = 0;
const timer = setInterval(() => {
  // A timer that is late makes up for it.
  for (; turns < (performance.now() - fromMs) / everyMs; turns += 1) {
    if (pending.size > mostPending - writesEach - 1) continue;
    for (let each = 0; each < writesEach; each += 1) count(write(next++));
    count(logIn());
  }
}, everyMs);
await ended;
clearInterval(timer);
report.seconds = (performance.now() - fromMs) / 1000;
await Promise.all(pending);
agent.destroy();
process.stdout.write(`${JSON.stringify(report)}\n`);
