import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { RestoreRequest } from '../../src/operations/restore.ts';
import type { SshLogin } from '../../src/ssh/login.ts';
import type { TestSite } from '../site.ts';
import type { Moment } from './tapped-remote.ts';

/** What `restore-child.ts` reads. */
export interface Task {
  readonly login: SshLogin;
  readonly project: string;
  readonly site: string;
  readonly storeFolder: string;
  readonly identity: string;
  readonly publicKey: string;
  /**
   * The moment, counted from 0, or from 0 since the outage began, or the first whose label holds a text, and the signal this
   * process then gives itself.
   */
  readonly at: number | { readonly sinceOutage: number } | Moment;
  readonly signal: NodeJS.Signals;
  /** What is asked for besides the databases. */
  readonly request: Partial<Pick<RestoreRequest, 'include' | 'authorization' | 'acceptReturned' | 'backup'>>;
}

/** What it prints. `stopMs`: from the signal to the end of the run. */
export interface Ending {
  readonly code: string;
  readonly message: string;
  readonly stopMs: number;
}

export interface RestoreProcess {
  readonly child: ChildProcess;
  /** Undefined if it was killed. */
  readonly ending: Promise<Ending | undefined>;
}

/** Begins to restore the newest backup of the site, in a process of its own that a signal meets at a moment. */
export function startRestore(site: TestSite, task: Pick<Task, 'at' | 'signal'> & Partial<Task>): RestoreProcess {
  const { host, port, user, privateKey, knownHosts, project } = site.stack;
  const whole: Task = {
    login: { host, port, user, privateKey, knownHosts },
    project,
    site: site.site,
    storeFolder: site.storeFolder,
    identity: site.keys.identity,
    publicKey: site.keys.public,
    request: {},
    ...task,
  };
  const script = new URL('restore-child.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.end(JSON.stringify(whole));
  const ending = Promise.all([text(child.stdout), once(child, 'exit')]).then(([output, [, signal]]) => {
    if (signal === 'SIGKILL') return undefined;
    return JSON.parse(output) as Ending;
  });
  ending.catch(() => {});
  return { child, ending };
}
