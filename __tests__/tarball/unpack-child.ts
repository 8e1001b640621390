import { unpackTar } from '../../src/tarball/unpack.ts';

/** Unpacks standard input into the folder named by the first argument. */
const rules = { maxEntries: 10_000, maxBytes: 1e9, isAllowed: () => true, compression: null };
await unpackTar(process.stdin, process.argv[2] ?? '', rules);
