import { type BackupError, isBackupError } from '../errors.ts';
import type { Context } from '../operations/context.ts';
import { unlessAborted } from '../operations/unless-aborted.ts';
import type { StoreSettings } from '../request/store-settings.ts';
import { directoryName, openDirectory } from '../stores/directory.ts';
import { openS3, s3Name } from '../stores/s3.ts';
import { openSftp, sftpName } from '../stores/sftp.ts';
import type { Store } from '../stores/store.ts';
import { unreachable } from '../stores/unreachable.ts';

export interface OpenedStores extends AsyncDisposable {
  /** In the order in which they were given. */
  readonly stores: readonly Store[];
}

/**
 * Opens every store. One of several that cannot be opened is there all the same, and fails each call with the reason:
 * what becomes of that is for the operation to say. Rejects if none can be opened.
 */
export async function openStores(settings: readonly StoreSettings[], context: Context): Promise<OpenedStores> {
  const opening = new AsyncDisposableStack();
  const outcomes = await Promise.allSettled(settings.map(async (each) => await openStore(each, opening, context)));
  const failed = outcomes.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));
  const [odd] = failed.filter((reason) => !isOfStore(reason) || failed.length === settings.length);
  if (odd !== undefined) {
    await opening.disposeAsync();
    throw odd;
  }
  const stores = outcomes.map((outcome, at) =>
    outcome.status === 'fulfilled'
      ? outcome.value
      : unreachable(nameOf(settings[at] as StoreSettings), outcome.reason as BackupError),
  );
  return { stores, [Symbol.asyncDispose]: async () => await opening.disposeAsync() };
}

/** Bad input is for the person who gave it, whatever the other stores. */
function isOfStore(reason: unknown): boolean {
  return isBackupError(reason) && !['input-invalid', 'key-invalid', 'key-locked', 'cancelled'].includes(reason.code);
}

async function openStore(
  settings: StoreSettings,
  opening: AsyncDisposableStack,
  { log, signal }: Context,
): Promise<Store> {
  switch (settings.kind) {
    case 'directory':
      return await openDirectory(settings.path);
    case 'sftp': {
      const warn = (message: string) => log.warn(message);
      return opening.use(await unlessAborted(openSftp(settings.login, settings.path, { warn }), signal));
    }
    case 's3':
      return opening.use(await openS3(settings.place));
  }
}

function nameOf(settings: StoreSettings): string {
  switch (settings.kind) {
    case 'directory':
      return directoryName(settings.path);
    case 'sftp':
      return sftpName(settings.login, settings.path);
    case 's3':
      return s3Name(settings.place);
  }
}
