/** Does one thing and writes a line about it: its time, what it was, and what came of it. */
export async function step<Result>(
  title: string,
  work: () => Promise<readonly [said: string, result: Result]>,
): Promise<Result> {
  const beganMs = performance.now();
  const [said, result] = await work();
  const seconds = ((performance.now() - beganMs) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} s  ${title.padEnd(44)} ${said}\n`);
  return result;
}

/** A line about something that takes its time, before the step it belongs to. */
export function mention(line: string): void {
  process.stdout.write(`          ${line}\n`);
}

/** Ends the demo unless `truth` is. */
export function insist(truth: boolean, what: string): asserts truth {
  if (!truth) throw new Error(`The demo did not prove that ${what}`);
}
