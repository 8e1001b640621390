import { BackupError } from '../errors.ts';
import type { CallOptions, Command } from '../remote/remote.ts';
import { guardScript } from './guard.ts';
import { type Runner, stateFolder } from './lock.ts';

/** A container by its full id, and what it is called. */
export interface Named {
  readonly id: string;
  readonly name: string;
}

/** What a run is about to change on the host, written there before it does. Holds no secret. */
export interface Journal {
  readonly run: string;
  readonly operation: string;
  /** The containers of the project that run, in the order in which they start: should Docker itself die, they go with it. */
  readonly running: readonly Named[];
  /** Those about to be stopped, in the order in which to start them. */
  readonly services: readonly Named[];
  /** PostgreSQL's container and its superuser, and the databases that are about to be closed to connections. */
  readonly postgres?: { readonly id: string; readonly user: string } | undefined;
  readonly databases: readonly string[];
  /** The Redis whose katsu cache may be out of date afterwards. */
  readonly redis?: string | undefined;
  /** The container about to be frozen. */
  readonly frozen?: Named | undefined;
  /** Databases that change places, by the names they are to have and their OIDs: where all have them, the swap was done. */
  readonly becomes?: readonly { readonly name: string; readonly oid: number }[] | undefined;
  /** How authorization is restored in the same swap. */
  readonly authorization?: 'secrets' | 'whole' | undefined;
  /** Authorization and databases may be of different times: nothing that writes may be started before that is settled. */
  readonly mixed?: boolean | undefined;
  /** The Vault that is unsealed, and is to be so again should it have been started anew. */
  readonly vault?: Named | undefined;
}

const format = 'candig-backup-journal/2';
/** Stands before a journal that is read, and in no line of what the guard says. */
const begins = '-- journal --';
const deadlineMs = 15_000;

/** A word a line's end: a shell reads this as well as we do, so that the host can put itself right without us. */
function encode(journal: Journal): string {
  const { run, operation, running, services, postgres, databases, redis, frozen, vault, becomes = [] } = journal;
  const named = (kind: string, list: readonly (Named | undefined)[]): string[] =>
    list.flatMap((it) => (it === undefined ? [] : [`${kind} ${it.id} ${it.name}`]));
  const lines = [
    format,
    `run ${run}`,
    `operation ${operation}`,
    ...named('running', running),
    ...named('service', services),
    ...(postgres === undefined ? [] : [`postgres ${postgres.id} ${postgres.user}`]),
    ...databases.map((name) => `database ${name}`),
    ...(redis === undefined ? [] : [`redis ${redis}`]),
    ...named('frozen', [frozen]),
    ...named('vault', [vault]),
    ...becomes.map(({ name, oid }) => `becomes ${name} ${oid}`),
    ...(journal.authorization === undefined ? [] : [`authorization ${journal.authorization}`]),
    ...(journal.mixed ? ['mixed authorization'] : []),
  ];
  const odd = lines.find((line) => !/^[\w.-][\w./:@-]*( [\w.:@-]+){0,2}$/.test(line));
  // Whoever named a container or a database so cannot be helped by a shell on the host.
  if (odd !== undefined)
    throw new BackupError('input-invalid', `A name cannot be written down: ${JSON.stringify(odd)}`);
  return `${lines.join('\n')}\n`;
}

function decode(text: string): Journal {
  const lines = text.split('\n').map((line) => line.split(' '));
  const all = (kind: string): string[][] => lines.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const named = (kind: string): Named[] => all(kind).map(([id = '', name = '']) => ({ id, name }));
  const [run] = all('run')[0] ?? [];
  const [operation] = all('operation')[0] ?? [];
  if (lines[0]?.[0] !== format || run === undefined || operation === undefined || !text.endsWith('\n')) {
    throw new Error('not a journal');
  }
  const [authorization] = all('authorization')[0] ?? [];
  const [postgres] = all('postgres').map(([id = '', user = '']) => ({ id, user }));
  return {
    run,
    operation,
    running: named('running'),
    services: named('service'),
    postgres,
    databases: all('database').map(([name = '']) => name),
    redis: all('redis')[0]?.[0],
    frozen: named('frozen')[0],
    vault: named('vault')[0],
    becomes: all('becomes').map(([name = '', oid]) => ({ name, oid: Number(oid) })),
    authorization: authorization === 'secrets' || authorization === 'whole' ? authorization : undefined,
    mixed: all('mixed').length > 0,
  };
}

/**
 * Writes the journal, whole or not at all, and sees to it that a guard on the host watches over it: whatever becomes of
 * us, the host puts right what is written there. `host` is the lock, so that nobody else's is replaced.
 */
export async function writeJournal(
  host: Runner,
  project: string,
  journal: Journal,
  options: CallOptions = {},
): Promise<void> {
  const script = [
    `umask 077; cd ${stateFolder} || exit 73`,
    'cat > journal.new && sync journal.new && mv journal.new journal && sync . || exit 74',
    // In a session of its own and without our descriptors: neither the end of this login nor a lock of ours is its own.
    'setsid sh -c "$2" sh "$1" < /dev/null > /dev/null 2>&1 8>&- &',
  ].join('\n');
  const command: Command = ['sh', '-c', script, 'sh', project, guardScript];
  await host.run(command, { timeoutMs: deadlineMs, ...options, input: encode(journal) });
}

/** What earlier runs left on the host. */
export interface Left {
  /** What was begun and not finished. */
  readonly journal: Journal | undefined;
  /** What the guard has put right since anybody asked, a line each. */
  readonly guarded: readonly string[];
}

/** Reads what earlier runs left. Throws `needs-person` for a journal that cannot be read. */
export async function readLeft(remote: Runner, project: string, options: CallOptions = {}): Promise<Left> {
  const script = `cd ${stateFolder} 2>/dev/null || exit 0; cat guarded 2>/dev/null; [ ! -e journal ] || { echo ${begins}; cat journal; }`;
  const text = await remote.run(['sh', '-c', script, 'sh', project], { timeoutMs: deadlineMs, ...options });
  const [guarded = '', journal] = `\n${text}`.split(`\n${begins}\n`, 2);
  const told = guarded.split('\n').filter((line) => line !== '');
  try {
    return { journal: journal === undefined ? undefined : decode(journal), guarded: told };
  } catch (error) {
    throw new BackupError('needs-person', `The journal of an earlier run on ${remote.name} cannot be read`, {
      hint: `Look at ~/.candig-backup/${project}/journal on the host, start what it names, then remove it`,
      cause: error,
    });
  }
}

/** Says that nothing is unfinished any more. `host` is the lock, so that nobody else's is removed. */
export async function clearJournal(host: Runner, project: string, options: CallOptions = {}): Promise<void> {
  const script = `cd ${stateFolder} 2>/dev/null || exit 0; rm -f journal journal.new guarded down`;
  await host.run(['sh', '-c', script, 'sh', project], { timeoutMs: deadlineMs, ...options });
}
