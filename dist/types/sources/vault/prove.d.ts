import { type CallOptions, type Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
import type { SiteLogins } from './logins.ts';
/** Whether a service can log in to Vault, tried from where it calls. */
export interface LoginResult {
    readonly service: string;
    readonly well: boolean;
    /** Which containers it was tried from. None runs: it cannot be told. */
    readonly from: readonly string[];
}
/**
 * Logs in as each service does, from its own address: out of the network namespace of each of its running containers, by a
 * container of Vault's image that shares it, since a service's own image may have no program to do it with. The service's
 * approle token gives a secret id, that and its role id a token, which is revoked again. Nothing of it stands in an argument.
 */
export declare function proveLogins(remote: Remote, vault: Container, logins: SiteLogins, options?: CallOptions): Promise<LoginResult[]>;
