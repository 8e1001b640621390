// Keeps its standard input: `put-stdin.ts <root> <path>`. Something real to be killed half-way.
import { openDirectory } from '../../src/stores/directory.ts';

const [root = '', path = ''] = process.argv.slice(2);
const store = await openDirectory(root);
await store.put(path, process.stdin);
