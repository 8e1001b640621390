import { spawnSync } from 'node:child_process';

/** Runs a program that must be installed; a missing one fails the test. Standard output, or an error if it exits other than 0. */
export function runTool(program: string, args: readonly string[], input?: string | Uint8Array): Buffer {
  const result = tryTool(program, args, input);
  if (result.status !== 0) throw new Error(`${program} ${args[0] ?? ''} exited ${result.status}: ${result.stderr}`);
  return result.stdout;
}

/** The same, with whatever status it exits. */
export function tryTool(
  program: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): { status: number | null; stdout: Buffer; stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(program, args, { input, maxBuffer: 64 * 1024 * 1024 });
  if (error !== undefined) throw error;
  return { status, stdout, stderr: stderr.toString() };
}
