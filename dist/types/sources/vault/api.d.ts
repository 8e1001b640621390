import type { CallOptions, Command, Remote } from '../../remote/remote.ts';
import { type Json } from './exact-json.ts';
import { type Dial } from './http.ts';
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
    readonly body: {
        readonly [name: string]: Json;
    };
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
export interface VaultConnection extends VaultApi, AsyncDisposable {
}
/** What to run in a container, so that its standard input and output are a connection to Vault at `address`. */
export declare function connectTo(address: string): Command;
/** Opens the API of the Vault that runs in the container. Connections are made when they are needed. */
export declare function openVaultApi(remote: Remote, containerId: string, options?: CallOptions): VaultConnection;
/** As `openVaultApi`, over connections made by `dial`. */
export declare function openVaultOver(dial: Dial, hostName: string): VaultConnection;
