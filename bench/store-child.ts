import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as candig from '../dist/index.js';
import { putIntoAll } from '../src/stores/put-into-all.ts';

/** Puts a file into stores, or reads an object from the first of them, in a process of its own. Prints its peak memory. */
const [what, places = '[]', path = '', file = ''] = process.argv.slice(2);

type Place =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'sftp'; readonly login: candig.SshLogin; readonly path: string }
  | { readonly kind: 's3'; readonly place: candig.S3Place };

await using opened = new AsyncDisposableStack();
const stores = await Promise.all(
  (JSON.parse(places) as Place[]).map(async (place) => {
    if (place.kind === 'directory') return await candig.openDirectory(place.path);
    if (place.kind === 'sftp') return opened.use(await candig.openSftp(place.login, place.path));
    return opened.use(await candig.openS3(place.place));
  }),
);
const [first] = stores;
if (first === undefined) throw new Error('no store was given');
if (what === 'get') {
  await pipeline(await first.get(path), new Writable({ write: (_chunk, _encoding, done) => done() }));
} else {
  const outcomes = await putIntoAll(stores, path, createReadStream(file, { highWaterMark: 65_552 }));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}
process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
