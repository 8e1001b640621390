import { BackupError } from '../../errors.ts';

/** More than any report of ours has. */
const mostReportBytes = 16 * 1024 * 1024;

/** What a script has written so far: bytes, then a line with a marker that nobody could guess, then a report. */
export interface Marked {
  /** Gives what of `chunk`, and of what was held back before, stands before the marker. */
  push(chunk: Buffer): Buffer;
  /** The report, once all of it is there. */
  report(): string | undefined;
}

/** Parts what comes at the line `marker`. The report ends with the line `end`, so that a cut one is none. */
export function partAt(marker: string): Marked {
  const line = Buffer.from(`\n${marker}\n`);
  let held: Buffer = Buffer.alloc(0);
  let report: Buffer | undefined;
  return {
    push(chunk) {
      if (report !== undefined) {
        report = Buffer.concat([report, chunk]);
        if (report.length > mostReportBytes) throw new BackupError('dump-failed', 'The report on the logs has no end');
        return Buffer.alloc(0);
      }
      const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const at = all.indexOf(line);
      if (at !== -1) {
        report = Buffer.from(all.subarray(at + line.length));
        return all.subarray(0, at);
      }
      // The marker may come in two pieces.
      const safe = Math.max(0, all.length - line.length + 1);
      held = Buffer.from(all.subarray(safe));
      return all.subarray(0, safe);
    },
    report() {
      const text = report?.toString('utf8');
      return text?.endsWith('\nend\n') ? text : undefined;
    },
  };
}
