import prettyBytes from 'pretty-bytes';
import type { StoredCopy } from '../operations/copies.ts';
import type { Report } from '../run/perform.ts';
import { inertCell } from './inert.ts';

/**
 * A report as the job summary shows it: sizes, times, names of things we made, verdicts. Nothing in a name or a value
 * can act as markup. Who may read a repository may read its summaries, so what tells of people is left out.
 */
export function summaryOf(report: Report): string {
  const rows = [...rowsOf(report)].map(
    ([name, value]) => `<tr><th>${inertCell(name)}</th><td>${inertCell(value)}</td></tr>`,
  );
  return `<h3>candig-backup ${report.operation}: ${report.status}</h3>\n<table>\n${rows.join('\n')}\n</table>\n`;
}

function* rowsOf(report: Report): Generator<readonly [string, string]> {
  if ('site' in report) yield ['Site', report.site];
  switch (report.operation) {
    case 'backup':
      yield ['Backup', report.backupId];
      yield ['Size', prettyBytes(report.sizeBytes)];
      yield ['Time', seconds(Date.parse(report.finishedAt) - Date.parse(report.startedAt))];
      yield ['Manifest digest', report.manifestDigest];
      for (const { name, status, code, gaps } of report.parts)
        yield [`Part ${name}`, [code === null ? status : `${status}: ${code}`, ...gaps].join('; ')];
      yield* copyRows(report.copies);
      for (const { name, sizeBytes, durationMs } of report.objects) {
        yield [name, `${prettyBytes(sizeBytes)}, ${seconds(durationMs)}`];
      }
      break;
    case 'restore':
      yield ['Backup', report.backupId];
      yield ['Databases', report.databases.join(', ')];
      yield ['Authorization', report.authorization?.mode ?? 'left as it is'];
      yield ['Outage', seconds(report.outageMs)];
      yield ['Services stopped and started', report.services.join(', ')];
      yield ['Previous copies kept', prettyBytes(report.previous.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))];
      break;
    case 'rollback':
      yield ['Databases', report.databases.join(', ')];
      yield ['Authorization', report.authorization ?? 'left as it is'];
      yield ['Back to before', report.undone];
      yield ['Outage', seconds(report.outageMs)];
      break;
    case 'forget-previous':
      yield ['Copies dropped', String(report.forgotten.length)];
      yield ['Freed', prettyBytes(report.sizeBytes)];
      break;
    case 'verify':
      yield ['Backup', report.backupId];
      yield* copyRows(report.copies);
      yield ['Signature, sizes and digests', 'as signed'];
      yield ['Objects opened to their ends', report.opened ? 'yes' : 'no: that needs an identity'];
      if (report.unopened.length > 0) yield ['For another identity', report.unopened.join(', ')];
      yield ['Every dump read by pg_restore', report.dumpsRead ? 'yes' : 'no'];
      yield ['Chain', report.chain];
      break;
    case 'copy':
      for (const { backupId, store, status, sizeBytes } of report.copied)
        yield [backupId, `${status}, ${prettyBytes(sizeBytes)} to ${store}`];
      break;
    case 'list':
      for (const { id, state, sizeBytes } of report.backups) yield [id, `${state}, ${prettyBytes(sizeBytes)}`];
      break;
    case 'plan':
      yield ['PostgreSQL', report.postgresVersion];
      for (const { name, sizeBytes } of report.databases) yield [`Database ${name}`, prettyBytes(sizeBytes)];
      yield ['Expected outage of a restore', `${report.expectedOutageSeconds.join(' to ')} s`];
      yield ['Newest backup', report.newestBackup ?? 'none known'];
      for (const { name, state, role } of report.containers) yield [name, `${state}, in a restore: ${role}`];
      break;
    case 'recover':
      yield ['Put right', report.healed.length === 0 ? 'nothing was left to put right' : report.healed.join('; ')];
      break;
    case 'open':
      yield ['Files', String(report.files.length)];
      break;
  }
}

function* copyRows(copies: readonly StoredCopy[]): Generator<readonly [string, string]> {
  for (const { store, status, code } of copies) yield ['Copy', code === null ? store : `${store}, ${status}: ${code}`];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
