import type { Remote } from '../../remote/remote.ts';
import type { Runner } from '../../stack/lock.ts';
import type { Stack } from '../../stack/stack.ts';
/** A site whose Vault is copied, and the run that does it. */
export interface VaultSite {
    readonly remote: Remote;
    /** Where commands that change the host run: only as long as the lock is ours. */
    readonly fenced: Runner;
    readonly project: string;
    readonly runId: string;
    readonly stack: Stack;
}
