import pLimit from 'p-limit';
import { BackupError } from '../../errors.ts';
import type { CallOptions, Command, Remote } from '../../remote/remote.ts';
import { dockerExec, translateDockerError } from '../../stack/docker.ts';
import { isObject, type Json, parseJson, toJson } from './exact-json.ts';
import { type Dial, type HttpAnswer, type HttpRequest, openHttp, StaleConnection } from './http.ts';

export type Method = 'GET' | 'LIST' | 'PUT' | 'DELETE';

export interface AskOptions {
  /** Sent as JSON. The way for secrets. */
  readonly body?: Json;
  /** Statuses that are answers and no errors, besides 200 to 299. */
  readonly accept?: readonly number[];
  /** From when the request is sent. Default 30 s. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  /** An empty object if Vault said nothing. */
  readonly body: { readonly [name: string]: Json };
}

/**
 * Vault's HTTP API, spoken over its container's own loopback: no published port is needed, and no token stands in an
 * argument. Requests wait for one another so that at most four are under way; each has a deadline. An error carries
 * `what` and a status, never what Vault said, nor a path: names of people stand in those.
 */
export interface VaultApi {
  /** `path` is below `/v1/`; parts of it are escaped here. Other statuses than asked for are errors. */
  ask(what: string, method: Method, path: string, options?: AskOptions): Promise<Answer>;
  /** The same connections, with this token in every request's header. */
  as(token: string): VaultApi;
}

export interface VaultConnection extends VaultApi, AsyncDisposable {}

const connections = 4;
const deadlineMs = 30_000;

/**
 * Bytes to and from Vault, by what the image has: busybox or netcat in those of Alpine and Debian, bash in others.
 * bash's own way ends with either side.
 */
const toVault = [
  'if command -v nc >/dev/null; then exec nc "$1" 8200; fi',
  'if command -v bash >/dev/null; then exec bash -c "$2" bash "$1"; fi',
  'exit 127',
].join('\n');
const byBash = 'exec 3<>"/dev/tcp/$1/8200" || exit 1; { cat <&3; kill $$; } & cat >&3; kill $!';

/** What to run in a container, so that its standard input and output are a connection to Vault at `address`. */
export function connectTo(address: string): Command {
  return ['sh', '-c', toVault, 'sh', address, byBash];
}

export interface VaultApiOptions extends CallOptions {
  /** The run whose connections these are, so that another can end them (`endOtherWays`). */
  readonly run?: string;
}

/** Opens the API of the Vault that runs in the container. Connections are made when they are needed. */
export function openVaultApi(remote: Remote, containerId: string, options: VaultApiOptions = {}): VaultConnection {
  return openVaultOver(dialler(remote, containerId, options), remote.name);
}

/**
 * As `openVaultApi`, with all connections open when it resolves, and never another: what a run may do that has to end
 * when somebody else takes the site over and closes them.
 */
export async function openVaultWay(
  remote: Remote,
  containerId: string,
  options: VaultApiOptions & { readonly run: string },
): Promise<VaultConnection> {
  const way = openVaultOver(dialler(remote, containerId, options), remote.name, false);
  const look = async () => await way.ask('Look at Vault', 'GET', 'sys/seal-status');
  try {
    // Side by side, so that each needs a connection of its own.
    await Promise.all(Array.from({ length: connections }, look));
    return way;
  } catch (error) {
    await way[Symbol.asyncDispose]();
    throw error;
  }
}

/** Ends in Vault's container the connections of every run but `run`, and only those. */
export async function endOtherWays(
  host: Pick<Remote, 'name' | 'run'>,
  containerId: string,
  run: string,
  options: CallOptions = {},
): Promise<void> {
  const script = [
    `cd /proc; for pid in [0-9]*; do`,
    `  of=$(tr '\\000' '\\n' 2>/dev/null < "$pid/environ" | grep '^${runVariable}=') || continue`,
    `  [ "$of" = "${runVariable}=$1" ] || kill -9 "$pid" 2>/dev/null || true`,
    'done',
  ].join('\n');
  const command = dockerExec(containerId, ['sh', '-c', script, 'sh', run]);
  await host.run(command, { timeoutMs: 30_000, ...options }).catch((error: unknown) => {
    throw translateDockerError(error, 'End connections of earlier runs to Vault', host.name);
  });
}

const runVariable = 'CANDIG_BACKUP_RUN';

function dialler(remote: Remote, containerId: string, { run, ...options }: VaultApiOptions): Dial {
  const env = run === undefined ? {} : { env: { [runVariable]: run } };
  const command = dockerExec(containerId, connectTo('127.0.0.1'), { interactive: true, ...env });
  return () => remote.open(command, options);
}

/** As `openVaultApi`, over connections made by `dial`. */
export function openVaultOver(dial: Dial, hostName: string, mayRedial = true): VaultConnection {
  const http = openHttp(dial, connections, mayRedial);
  const limit = pLimit(connections);
  const send = async (what: string, request: HttpRequest): Promise<HttpAnswer> => {
    try {
      return await http.send(what, request).catch(async (error: unknown) => {
        if (!(error instanceof StaleConnection) || request.method !== 'GET') throw error;
        return await http.send(what, request);
      });
    } catch (error) {
      if (error instanceof BackupError) throw translateDockerError(error, what, hostName);
      throw new BackupError('vault-unusable', `${what}: the connection to Vault broke`, { cause: codeOf(error) });
    }
  };
  const withToken = (token: string | undefined): VaultApi => ({
    as: withToken,
    ask: async (what, method, path, { body, accept = [], timeoutMs = deadlineMs } = {}) => {
      const { status, text } = await limit(
        async () =>
          await send(what, {
            // Node knows no LIST; Vault takes this for it.
            method: method === 'LIST' ? 'GET' : method,
            path: `/v1/${path.split('/').map(encodeURIComponent).join('/')}${method === 'LIST' ? '?list=true' : ''}`,
            headers: token === undefined ? {} : { 'X-Vault-Token': token },
            ...(body === undefined ? {} : { body: toJson(body) }),
            timeoutMs,
          }),
      );
      if ((status >= 200 && status < 300) || accept.includes(status)) return { status, body: bodyOf(what, text) };
      throw statusError(what, status);
    },
  });
  return { ...withToken(undefined), [Symbol.asyncDispose]: async () => await http[Symbol.asyncDispose]() };
}

function statusError(what: string, status: number): BackupError {
  if (status === 503) {
    return new BackupError('vault-sealed', `${what}: Vault is sealed or not yet ready`, {
      hint: 'Unseal Vault with its keys, then run again',
    });
  }
  return new BackupError('vault-unusable', `${what}: Vault answered ${status}`);
}

function bodyOf(what: string, text: string): Answer['body'] {
  if (text.trim() === '') return {};
  try {
    const body = parseJson(text);
    if (isObject(body)) return body;
  } catch {
    // Told below: a syntax error would quote what it read.
  }
  throw new BackupError('vault-unusable', `${what}: Vault's answer is not what its API promises`);
}

/** Only the code of a foreign error: its other words may come from Vault. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
