/**
 * A restore in a process of its own, which a signal ends at one of its moments. Reads what to do as JSON from standard
 * input; prints how it ended as JSON. As in the real programs, SIGINT asks the run to stop.
 */
import { text } from 'node:stream/consumers';
import { parseSite } from '../../src/backups/site.ts';
import { isBackupError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { restore } from '../../src/operations/restore.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { parseIdentities } from '../../src/seal/identities.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Ending, Task } from './restore-process.ts';
import { type Moment, placesFromOutage, tapMoments } from './tapped-remote.ts';

const task = JSON.parse(await text(process.stdin)) as Task;
const stopping = new AbortController();
process.on('SIGINT', () => stopping.abort());
let passed = 0;
let signalledMs = 0;
await using login = await openSsh(task.login);
const placeOf = placesFromOutage();
const isIt = (moment: Moment): boolean => {
  const { at } = task;
  if (typeof at === 'number') return passed === at + 1;
  if ('sinceOutage' in at) return placeOf(moment) === at.sinceOutage;
  return moment.edge === at.edge && moment.label.includes(at.label);
};
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
      stores: [await openDirectory(task.storeFolder)],
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
