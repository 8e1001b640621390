/**
 * A restore in a process of its own, which a signal ends at one of its moments. Reads what to do as JSON from standard
 * input; prints how it ended as JSON. As in the real programs, SIGINT asks the run to stop.
 */
import { text } from 'node:stream/consumers';
import { parseSite } from '../../src/backups/site.ts';
import { isBackupError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { type RestoreRequest, restore } from '../../src/operations/restore.ts';
import { openSsh, type SshLogin } from '../../src/remote/ssh.ts';
import { parseIdentities } from '../../src/seal/identities.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import { type Moment, tapMoments } from './tapped-remote.ts';

export interface Task {
  readonly login: SshLogin;
  readonly project: string;
  readonly site: string;
  readonly storeFolder: string;
  readonly identity: string;
  readonly publicKey: string;
  /** The moment, counted from 0 or the first whose label holds a text, and the signal this process then gives itself. */
  readonly at: number | Moment;
  readonly signal: NodeJS.Signals;
  /** What is asked for besides the databases. */
  readonly request?: Partial<Pick<RestoreRequest, 'include' | 'authorization' | 'acceptReturned'>>;
}

/** `stopMs`: from the signal to the end of the run. */
export interface Ending {
  readonly code: string;
  readonly message: string;
  readonly stopMs: number;
}

const task = JSON.parse(await text(process.stdin)) as Task;
const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
let passed = 0;
let signalledMs = 0;
await using login = await openSsh(task.login);
const isIt = ({ edge, label }: Moment): boolean =>
  typeof task.at === 'number' ? passed === task.at + 1 : edge === task.at.edge && label.includes(task.at.label);
const remote = tapMoments(login, async (moment) => {
  passed += 1;
  if (signalledMs > 0 || !isIt(moment)) return;
  signalledMs = performance.now();
  process.kill(process.pid, task.signal);
  if (task.signal === 'SIGINT' && !stopping.signal.aborted) {
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
  }
});
const site = parseSite(task.site);
let ending = { code: 'done', message: '' };
try {
  await restore(
    {
      site,
      store: await openDirectory(task.storeFolder),
      host: { remote, project: task.project },
      backup: 'latest',
      publicKey: parsePublicKey(task.publicKey),
      identities: parseIdentities(task.identity),
      databases: [],
      include: ['databases'],
      authorization: undefined,
      authorizationStores: [],
      acceptReturned: 0,
      services: [],
      confirm: site,
      acceptSchemaChange: true,
      allowedExtensions: new Set(),
      ...task.request,
    },
    { log: silentLog, signal: stopping.signal, now: () => new Date() },
  );
} catch (error) {
  const code = isBackupError(error) ? error.code : 'not ours';
  ending = { code, message: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(JSON.stringify({ ...ending, stopMs: performance.now() - signalledMs } satisfies Ending));
