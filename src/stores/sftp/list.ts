import type { Sftp, SftpEntry } from '../../ssh/sftp.ts';
import { isName } from '../path.ts';
import type { StoredObject } from '../store.ts';

/** How many folders are read at a time: each costs a few answers of the server, however small it is. */
const foldersAtOnce = 16;

/** The regular files with object names in the folder `names` under `root` and below; links are not followed. */
export async function* filesUnder(sftp: Sftp, root: string, names: readonly string[]): AsyncGenerator<StoredObject> {
  const waiting: (readonly string[])[] = [names];
  const underWay: { readonly at: readonly string[]; readonly entries: Promise<SftpEntry[]> }[] = [];
  for (;;) {
    while (underWay.length < foldersAtOnce) {
      const at = waiting.pop();
      if (at === undefined) break;
      const entries = entriesOf(sftp, [root, ...at].join('/'));
      // Its failure is met in its turn.
      entries.catch(() => {});
      underWay.push({ at, entries });
    }
    const next = underWay.shift();
    if (next === undefined) return;
    for (const { name, kind, sizeBytes } of await next.entries) {
      if (!isName(name)) continue;
      if (kind === 'folder') waiting.push([...next.at, name]);
      if (kind === 'file') yield { path: [...next.at, name].join('/'), sizeBytes };
    }
  }
}

async function entriesOf(sftp: Sftp, path: string): Promise<SftpEntry[]> {
  const folder = await sftp.openFolder(path);
  try {
    const entries: SftpEntry[] = [];
    for (let some = await sftp.readFolder(folder); some !== undefined; some = await sftp.readFolder(folder)) {
      entries.push(...some);
    }
    return entries;
  } finally {
    await sftp.close(folder).catch(() => {});
  }
}
