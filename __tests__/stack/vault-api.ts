/** What Vault answered. */
export interface VaultAnswer {
  readonly status: number;
  /** The JSON body; undefined where there was none. */
  readonly body: unknown;
}

export type VaultMethod = 'GET' | 'PUT' | 'POST' | 'DELETE' | 'LIST';

/** Asks Vault's HTTP API at `url` for `path`, below `/v1/`; every status is an answer. Connections are kept. */
export async function askVault(
  url: string,
  method: VaultMethod,
  path: string,
  options: { readonly token?: string; readonly body?: unknown } = {},
): Promise<VaultAnswer> {
  const where = path.split('/').map(encodeURIComponent).join('/');
  const response = await fetch(`${url}/v1/${where}`, {
    method,
    headers: options.token === undefined ? {} : { 'X-Vault-Token': options.token },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
}

/** Asks Vault, as somebody, what must succeed; gives the JSON body. */
export type Ask = (method: VaultMethod, path: string, body?: unknown) => Promise<unknown>;

/** Asks as `token`; rejects with Vault's own complaint on a status that is not 2xx. */
export function openAsk(url: string, token?: string): Ask {
  return async (method, path, body) => {
    const answer = await askVault(url, method, path, { ...(token === undefined ? {} : { token }), body });
    if (answer.status >= 300) {
      const { errors } = (answer.body ?? {}) as { readonly errors?: unknown };
      throw new Error(`Vault answered ${method} ${path} with ${answer.status}: ${JSON.stringify(errors)}`);
    }
    return answer.body;
  };
}
