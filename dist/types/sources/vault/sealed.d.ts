import type { CallOptions, Remote } from '../../remote/remote.ts';
import type { Container } from '../../stack/container.ts';
/** Asks the client in a running Vault's own container, which needs no token for it; null if it gives no answer. */
export declare function isVaultSealed(remote: Remote, vault: Container, options?: CallOptions): Promise<boolean | null>;
