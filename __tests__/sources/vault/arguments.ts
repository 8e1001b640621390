import { readdirSync, readFileSync } from 'node:fs';

/** The arguments and environments of every process of the machine, those in containers too, until it is stopped. */
export function watchProcesses(): () => {
  readonly commands: ReadonlySet<string>;
  readonly environments: ReadonlySet<string>;
} {
  const commands = new Set<string>();
  const environments = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        commands.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
        environments.add(readFileSync(`/proc/${pid}/environ`, 'latin1'));
      } catch {
        // It has ended meanwhile.
      }
    }
  };
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    return { commands, environments };
  };
}

/** The ways in which a value could slip out. */
export function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const reversed = [...value].reverse().join('');
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = [0, 1, 2].map((by) => Buffer.concat([Buffer.alloc(by), bytes]).toString('base64'));
  const shifted = base64.map((text) => text.slice(4, -4));
  const hex = bytes.toString('hex');
  return [...new Set([value, ...shifted, hex, hex.toUpperCase(), encodeURIComponent(value), reversed, json])];
}
