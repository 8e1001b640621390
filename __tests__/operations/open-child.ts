import { mkdirSync } from 'node:fs';
import { Transform } from 'node:stream';
import { text } from 'node:stream/consumers';
import { silentLog } from '../../src/log.ts';
import { open } from '../../src/operations/open.ts';
import { parseIdentities } from '../../src/seal/identities.ts';
import { parsePublicKey } from '../../src/seal/minisign.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { site } from '../backups/sample.ts';

/** What an opening is told on standard input. */
export interface Opening {
  readonly storeFolder: string;
  readonly publicKey: string;
  readonly identity: string;
  readonly folder: string;
  /** The object that comes no further than so many of its bytes; then it says `held` and waits to be killed. */
  readonly held: { readonly name: string; readonly atByte: number };
}

/** Opens a backup, and stands still in the midst of it. */
const { storeFolder, publicKey, identity, folder, held }: Opening = JSON.parse(await text(process.stdin));
const store = await openDirectory(storeFolder);
const holding: Store = {
  ...store,
  get: async (path, options) => {
    const content = await store.get(path, options);
    if (!path.endsWith(`/${held.name}`)) return content;
    let passed = 0;
    const hold = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        this.push(chunk.subarray(0, Math.max(0, held.atByte - passed)));
        passed += chunk.length;
        if (passed < held.atByte) return done();
        process.stdout.write('held\n');
        // Never done. Keeps the process alive until it is killed.
        setInterval(() => {}, 60_000);
      },
    });
    return content.pipe(hold);
  },
};
mkdirSync(folder, { recursive: true });
await open(
  {
    ...{ site, stores: [holding], backup: 'latest', publicKey: parsePublicKey(publicKey) },
    ...{ identities: parseIdentities(identity), folder, object: undefined, pgRestore: undefined },
  },
  { log: silentLog, signal: new AbortController().signal, now: () => new Date() },
);
