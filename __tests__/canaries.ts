import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What is secret, by what it is called. */
export type Canaries = Readonly<Record<string, string>>;

/** The ways in which a value could slip out. */
export function formsOf(value: string): string[] {
  const base64 = Buffer.from(value).toString('base64');
  const hex = Buffer.from(value).toString('hex');
  // Inside a longer text base64 falls differently: at each of three shifts, without what hangs over at the ends.
  const shifted = [0, 1, 2].map((by) =>
    Buffer.from(' '.repeat(by) + value)
      .toString('base64')
      .slice(by === 0 ? 0 : 4, -4),
  );
  const json = JSON.stringify(value).slice(1, -1);
  const reversed = [...value].reverse().join('');
  return [...new Set([value, base64, hex, hex.toUpperCase(), encodeURIComponent(value), reversed, json, ...shifted])];
}

/** Tells, a line each, which of the canaries are in a text, in whatever form. `where`: what the text is. */
export function finderOf(canaries: Canaries): (text: string, where: string) => string[] {
  const forms = Object.entries(canaries).map(([name, value]) => ({ name, forms: formsOf(value) }));
  return (text, where) =>
    forms.flatMap((it) => (it.forms.some((form) => text.includes(form)) ? [`${it.name} in ${where}`] : []));
}

/** What was seen of the processes of the machine; bytes as Latin-1. */
export interface SeenProcesses {
  readonly commands: readonly string[];
  readonly environments: readonly string[];
  /** How many programs began, as far as the kernel told, and how many of them had ended before they could be looked at. */
  readonly told: number;
  readonly missed: number;
}

/** Notes the arguments and environment of every process of this machine, those in containers too, until it is stopped. */
export async function watchProcesses(): Promise<() => Promise<SeenProcesses>> {
  const script = join(import.meta.dirname, 'watch-processes.py');
  const child = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = text(child.stdout);
  await once(child.stdout, 'readable');
  return async () => {
    child.stdin.end();
    const [, seen = ''] = (await output).split('\n');
    return JSON.parse(seen) as SeenProcesses;
  };
}
