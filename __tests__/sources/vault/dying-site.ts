import type { Command, Remote } from '../../../src/remote/remote.ts';
import type { WholeSite } from '../../../src/sources/vault/volume.ts';

/** What a helper's script does that stays. */
const verbs = ['mv', 'cp', 'rm', 'rmdir', 'chown', 'chmod', 'sync', 'mkdir'];

/** A moment at which a run dies: the nth change it makes, counted over all commands and the steps of their scripts. */
export interface DyingSite {
  readonly site: WholeSite;
  /** How many changes there were. */
  changes(): number;
  readonly isDead: () => boolean;
}

/**
 * `site` as a run has it that dies before its change number `at`; a script in the volume is cut off there too. After that
 * nothing it asks is done. A change is a docker command that changes something, or a step of a script that does.
 */
export function dyingSite(site: WholeSite, at: number): DyingSite {
  let changes = 0;
  let isDead = false;
  const die = (): never => {
    isDead = true;
    throw new Error('dead');
  };
  const run: Remote['run'] = async (command, options) => {
    if (isDead) die();
    const verb = command[1] ?? '';
    if (verb === 'run' && command.some((word) => word.endsWith(':rw'))) return await runScript(command, options);
    if (['stop', 'start', 'create', 'rm'].includes(verb)) changes += 1;
    if (changes === at) die();
    return await site.remote.run(command, options);
  };
  const runScript: Remote['run'] = async (command, options) => {
    const cut = command.map((word) =>
      word.startsWith('set -eu\n') ? interrupted(word, at - changes) : word,
    ) as unknown as Command;
    const onStderr = (text: string): void => {
      changes += Number(/changes=(\d+)/.exec(text)?.[1] ?? 0);
    };
    try {
      return await site.remote.run(cut, { ...options, onStderr });
    } catch (error) {
      if (error instanceof Error && 'exit' in error && (error.exit as { status: number }).status === dead) die();
      throw error;
    }
  };
  const remote: Remote = {
    ...site.remote,
    run,
    read: (command, options) => (isDead ? die() : site.remote.read(command, options)),
    write: async (command, input, options) => (isDead ? die() : await site.remote.write(command, input, options)),
    open: (command, options) => (isDead ? die() : site.remote.open(command, options)),
  };
  return { site: { ...site, remote, host: remote }, changes: () => changes, isDead: () => isDead };
}

const dead = 99;

/** The script, ended before its nth step that changes something; it tells how many there were. */
function interrupted(script: string, nth: number): string {
  const count = 'n=0; step() { n=$((n+1)); [ "$n" != NTH ] || { trap - EXIT; exit 99; }; }'.replace('NTH', String(nth));
  const shadows = verbs.map((verb) => `${verb}() { step; command ${verb} "$@"; }`);
  return ['set -eu', count, ...shadows, "trap 'echo changes=$n >&2' EXIT", script].join('\n');
}
