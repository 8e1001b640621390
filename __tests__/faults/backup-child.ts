/**
 * A backup in a process of its own, which a signal ends at one of its moments. Reads what to do as JSON from standard
 * input.
 */
import { text } from 'node:stream/consumers';
import type { PartName } from '../../src/backups/manifest.ts';
import { parseSite } from '../../src/backups/site.ts';
import { silentLog } from '../../src/log.ts';
import { backup } from '../../src/operations/backup.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import { readSigningKey } from '../../src/seal/minisign.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import type { SshLogin } from '../../src/ssh/login.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import { type Moment, tapMoments } from './tapped-remote.ts';

export interface BackupTask {
  readonly login: SshLogin;
  readonly project: string;
  readonly site: string;
  readonly storeFolder: string;
  readonly recipient: string;
  readonly signing: string;
  readonly include: readonly PartName[];
  /** The moment, and the signal this process then gives itself. */
  readonly at: Moment;
  readonly signal: NodeJS.Signals;
}

const task = JSON.parse(await text(process.stdin)) as BackupTask;
await using login = await openSsh(task.login);
const remote = tapMoments(login, async ({ edge, label }) => {
  if (edge === task.at.edge && label === task.at.label) process.kill(process.pid, task.signal);
});
await backup(
  {
    site: parseSite(task.site),
    host: { remote, project: task.project },
    include: task.include,
    databases: [],
    recipients: parseRecipients([task.recipient]),
    vaultKeysRecipients: undefined,
    signingKey: readSigningKey(task.signing),
    stores: [await openDirectory(task.storeFolder)],
  },
  { log: silentLog, signal: new AbortController().signal, now: () => new Date() },
);
