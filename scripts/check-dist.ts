import { execFileSync } from 'node:child_process';
import { root } from './bundle.ts';

// `git diff` would not see files that are new.
const changed = execFileSync('git', ['status', '--porcelain', '--', 'dist'], { cwd: root, encoding: 'utf8' });
if (changed !== '') {
  console.error(`dist/ is not what the source makes: run npm run build and commit it\n${changed}`);
  process.exitCode = 1;
}
