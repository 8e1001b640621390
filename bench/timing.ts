import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Timed {
  readonly seconds: number;
  readonly output: string;
}

/** Runs a shell script to its end and takes the time; rejects if it did not exit 0. */
export async function timed(script: string, ...args: readonly string[]): Promise<Timed> {
  const beganMs = performance.now();
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script, 'bash', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, complaint, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (status !== 0) throw new Error(`${script} ended with ${status}: ${complaint.slice(-1000)}`);
  return { seconds: (performance.now() - beganMs) / 1000, output };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** One line of a table: what was measured, against what bound. */
export function tell(what: string, value: number, bound: number, unit = ''): void {
  const verdict = value <= bound ? 'holds' : 'MISSED';
  process.stdout.write(`${what.padEnd(64)} ${value.toFixed(2).padStart(8)}${unit}  ≤ ${bound}${unit}  ${verdict}\n`);
}
