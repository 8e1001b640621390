import * as z from 'zod';
import { BackupError } from '../errors.ts';
import type { CallOptions, Command, Remote } from '../remote/remote.ts';
import { type Runner, stateFolder } from './lock.ts';

const schema = z.object({
  format: z.literal('candig-backup-journal/1'),
  run: z.string(),
  operation: z.string(),
  /** Full ids and names of the containers that are about to be stopped, in the order in which to start them. */
  services: z.array(z.object({ id: z.string().regex(/^[0-9a-f]{64}$/), name: z.string() })),
  /** Databases that are about to be closed to connections. */
  databases: z.array(z.string()),
});

/** What a run is about to change on the host, written there before it does. Holds no secret. */
export type Journal = z.infer<typeof schema>;

const shell = (script: string, project: string): Command => ['sh', '-c', script, 'sh', project];
const deadlineMs = 15_000;

/** Writes the journal, whole or not at all. `host` is the lock, so that nobody else's is replaced. */
export async function writeJournal(
  host: Runner,
  project: string,
  journal: Journal,
  options: CallOptions = {},
): Promise<void> {
  const script = `umask 077; cd ${stateFolder} && cat > journal.new && sync journal.new && mv journal.new journal.json && sync .`;
  await host.run(shell(script, project), {
    timeoutMs: deadlineMs,
    ...options,
    input: `${JSON.stringify(journal, null, 2)}\n`,
  });
}

/** What an earlier run left unfinished; undefined if nothing. */
export async function readJournal(
  remote: Remote,
  project: string,
  options: CallOptions = {},
): Promise<Journal | undefined> {
  const script = `cd ${stateFolder} 2>/dev/null || exit 0; if [ -e journal.json ]; then cat journal.json; fi`;
  const text = await remote.run(shell(script, project), { timeoutMs: deadlineMs, ...options });
  if (text === '') return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new BackupError('needs-person', `The journal of an earlier run on ${remote.name} cannot be read`, {
      hint: `Look at ~/.candig-backup/${project}/journal.json on the host, start what it names, then remove it`,
      cause: error,
    });
  }
}

/** Says that nothing is unfinished any more. `host` is the lock, so that nobody else's is removed. */
export async function clearJournal(host: Runner, project: string, options: CallOptions = {}): Promise<void> {
  const script = `cd ${stateFolder} 2>/dev/null || exit 0; rm -f journal.json journal.new`;
  await host.run(shell(script, project), { timeoutMs: deadlineMs, ...options });
}
