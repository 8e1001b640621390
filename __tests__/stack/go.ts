import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../../src/errors.ts';
import { canInstall, install, isInstalled } from './daemon.ts';
import { run } from './run.ts';

/** What Vault was last built with; any from 1.20 on will do. */
const toolchain = 'v0.0.1-go1.26.8';

async function isRecent(go: string): Promise<boolean> {
  const [, major, minor] = /^go version go(\d+)\.(\d+)/.exec(await run(go, ['version'])) ?? [];
  return Number(major) > 1 || Number(minor) >= 20;
}

/**
 * A Go of 1.20 or newer, as the path of its `go`: the one that is installed, else Debian's, and where that is older (1.19
 * in bookworm) the toolchain that the module proxy has, which an old Go can fetch as a module though it cannot switch to it.
 */
export async function ensureGo(say: (line: string) => void): Promise<string> {
  if (!(await isInstalled('go'))) {
    if (!(await canInstall())) throw new BackupError('command-missing', 'What the tests build here needs Go');
    say('Installing Go');
    await install('golang-go', 'ca-certificates');
  }
  if (await isRecent('go')) return 'go';
  say('Getting a newer Go');
  const platform = `${await goVariable('GOOS')}-${await goVariable('GOARCH')}`;
  const module = `golang.org/toolchain@${toolchain}.${platform}`;
  const answer = await run('go', ['mod', 'download', '-json', module], { timeoutMs: 600_000 });
  const { Dir: folder } = JSON.parse(answer) as { readonly Dir: string };
  // A module's files are never executable, and never writable.
  for (const programs of [join(folder, 'bin'), join(folder, 'pkg/tool', platform.replace('-', '_'))]) {
    for (const name of await readdir(programs)) await chmod(join(programs, name), 0o555);
  }
  return join(folder, 'bin/go');
}

async function goVariable(name: string): Promise<string> {
  return (await run('go', ['env', name])).trim();
}
