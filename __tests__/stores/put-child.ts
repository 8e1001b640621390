// Keeps its standard input: `put-child.ts <settings as JSON> <path>`. Says how many bytes it has read, a line each time.
// Something real to be killed half-way.
import { Transform } from 'node:stream';
import { silentLog } from '../../src/log.ts';
import { openStores } from '../../src/run/open-stores.ts';

const [settings = '', path = ''] = process.argv.slice(2);
const context = { log: silentLog, signal: new AbortController().signal, now: () => new Date() };
await using opened = await openStores([JSON.parse(settings)], context);
let sizeBytes = 0;
process.stdout.write('0\n');
const counting = new Transform({
  transform(chunk: Uint8Array, _encoding, done) {
    sizeBytes += chunk.length;
    process.stdout.write(`${sizeBytes}\n`);
    done(null, chunk);
  },
});
await opened.stores[0]?.put(path, process.stdin.pipe(counting));
