import { randomBytes } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { BackupError } from '../../errors.ts';
import type { CallOptions, Remote } from '../../remote/remote.ts';
import { dockerExec } from '../../stack/docker.ts';
import { translatePostgresError } from './translate.ts';

/** Where a PostgreSQL is and as whom we speak to it: through its own container, over its unix socket, without a password. */
export interface Server {
  readonly remote: Remote;
  readonly containerId: string;
  /** A superuser of the cluster. */
  readonly user: string;
  /** `application_name` of everything we start there, so that leftovers are known by it: `candig-backup/<run id>`. */
  readonly applicationName: string;
}

const lockNotAvailable = '55P03';
const connectWithinS = 10;

/** A failed statement. `sqlState` is all that is told: messages of the server can hold patient rows. */
export class SqlError extends BackupError {
  readonly sqlState: string;

  constructor(what: string, sqlState: string) {
    if (sqlState === lockNotAvailable) {
      super('database-lock-held', `${what}: another session holds a lock`, {
        hint: 'Look for a transaction left open (pg_stat_activity) and end it, then run again',
      });
    } else {
      super('database-unusable', `${what} failed with SQLSTATE ${sqlState}`);
    }
    this.name = 'SqlError';
    this.sqlState = sqlState;
  }
}

/** A psql in the database's container that stays open: a transaction, and the snapshot it exported, live as long as it does. */
export interface Session extends AsyncDisposable {
  /** False once it has ended, for whatever reason. */
  readonly isOpen: boolean;
  /** Runs statements that give no rows. `what` names them in an error. */
  execute(what: string, sql: string): Promise<void>;
  /** Runs one query and gives its rows as objects. Large integers and numerics must be cast to text by the query. */
  query<Row>(what: string, sql: string): Promise<Row[]>;
}

interface Waiting {
  readonly what: string;
  readonly lines: string[];
  resolve(lines: string[]): void;
  reject(error: unknown): void;
}

/**
 * Settings pinned in every session: values must print the same on every server and database, and no timeout set for a
 * role or database may end us. `search_path` is empty so that names print qualified and nobody's function is found first.
 */
const pinned = [
  "SET search_path = ''",
  // Which of them there are depends on the version.
  `SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN
    ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'transaction_timeout')`,
  'SET default_transaction_read_only = off',
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  'SET extra_float_digits = 1',
  "SET bytea_output = 'hex'",
  "SET lc_monetary = 'C'",
  "SET xmloption = 'content'",
  'SET quote_all_identifiers = off',
  'SET standard_conforming_strings = on',
  'SET row_security = off',
  // Every statement runs once: compiling it costs more than it saves.
  'SET jit = off',
  "SET client_encoding = 'UTF8'",
].join(';\n');

export interface SessionOptions extends CallOptions {
  /** Default: the server's user. */
  readonly user?: string;
  /** The longest that a statement may go unanswered; then the session ends, with `timed-out`. Default: no bound. */
  readonly answerWithinMs?: number;
}

/**
 * Opens a session on `database` (a plain name, see `parseDatabaseName`) as the server's user or as `user`.
 * Statements given without waiting are sent on at once and answered in order.
 */
export async function openSession(server: Server, database: string, options: SessionOptions = {}): Promise<Session> {
  const { user = server.user, answerWithinMs, ...call } = options;
  const psql = ['psql', '--no-psqlrc', '--quiet', '--no-align', '--tuples-only', '--no-password'] as const;
  const stream = server.remote.open(
    dockerExec(
      server.containerId,
      [...psql, '--set=VERBOSITY=sqlstate', '--set=SHOW_CONTEXT=never', `--username=${user}`, `--dbname=${database}`],
      { interactive: true, env: { PGAPPNAME: server.applicationName, PGCONNECT_TIMEOUT: String(connectWithinS) } },
    ),
    call,
  );
  const marker = `done-${randomBytes(12).toString('hex')}`;
  const waiting: Waiting[] = [];
  let failure: unknown;
  let backend: string | undefined;

  const fail = (error: unknown): void => {
    failure ??= translatePostgresError(error, `Session on ${database}`, server.remote.name);
    for (const each of waiting.splice(0)) each.reject(failure);
  };
  stream.ended.then(
    () => fail(new BackupError('connection-lost', `The session on ${database} ended`)),
    (error: unknown) => fail(error),
  );
  // Errors of the stream say the same as `ended`, which is waited for.
  stream.on('error', () => {});
  // Not readline: it ends lines at characters that stand in texts.
  const decoder = new StringDecoder('utf8');
  let unfinished: string[] = [];
  stream.on('data', (chunk: Buffer) => {
    const pieces = decoder.write(chunk).split('\n');
    for (const piece of pieces.slice(0, -1)) {
      onLine([...unfinished, piece].join(''));
      unfinished = [];
    }
    unfinished.push(pieces.at(-1) ?? '');
  });
  const onLine = (line: string): void => {
    const current = waiting[0];
    if (current === undefined) return;
    if (!line.startsWith(marker)) {
      current.lines.push(line);
      return;
    }
    waiting.shift();
    const [, failed, sqlState] = line.split(' ');
    if (failed === 'false') current.resolve(current.lines);
    else current.reject(new SqlError(current.what, sqlState ?? 'unknown'));
  };

  const send = async (what: string, sql: string): Promise<string[]> => {
    if (failure !== undefined) throw failure;
    const answer = new Promise<string[]>((resolve, reject) => {
      waiting.push({ what, lines: [], resolve, reject });
      stream.write(`${sql};\n\\echo ${marker} :ERROR :SQLSTATE\n`);
    });
    if (answerWithinMs === undefined) return await answer;
    const timer = setTimeout(() => {
      fail(new BackupError('timed-out', `${what}: PostgreSQL did not answer within ${answerWithinMs / 1000} s`));
      stream.destroy();
    }, answerWithinMs);
    return await answer.finally(() => clearTimeout(timer));
  };

  const session: Session = {
    get isOpen() {
      return failure === undefined;
    },
    execute: async (what, sql) => {
      await send(what, sql);
    },
    query: async <Row>(what: string, sql: string): Promise<Row[]> => {
      // jsonb prints on one line whatever is in the values.
      const answer = await send(what, `SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]'::jsonb) FROM (${sql}) AS r`);
      return JSON.parse(answer.join('\n')) as Row[];
    },
    [Symbol.asyncDispose]: async () => {
      failure ??= new BackupError('connection-lost', `The session on ${database} is closed`);
      // psql would wait for the answer, which may take as long as somebody else holds a lock.
      if (waiting.length > 0) await endBackend(server, backend);
      stream.end();
      await stream.ended.catch(() => {});
    },
  };
  try {
    const answer = await send(`Session on ${database}`, `${pinned};\nSELECT pg_backend_pid()`);
    backend = answer.at(-1);
  } catch (error) {
    stream.destroy();
    throw error;
  }
  return session;
}

/** Ends a session from outside, whatever it is waiting for. */
async function endBackend(server: Server, pid: string | undefined): Promise<void> {
  if (pid === undefined || !/^\d+$/.test(pid)) return;
  const psql = ['psql', '--no-psqlrc', '--no-password', `--username=${server.user}`, '--dbname=template1'] as const;
  const command = dockerExec(server.containerId, [...psql, `--command=SELECT pg_terminate_backend(${pid})`]);
  await server.remote.run(command, { timeoutMs: 15_000 }).catch(() => {});
}
