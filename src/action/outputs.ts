import type { Report } from '../run/perform.ts';

/** The outputs of the action: name and what it says. action.yml follows this list. */
export const outputs = [
  { name: 'backup-id', doc: 'The backup that was made, verified or restored.' },
  { name: 'status', doc: '`complete`, or `degraded` if a good copy exists and something is missing.' },
  { name: 'manifest-digest', doc: "SHA-256 of the backup's manifest." },
  { name: 'size-bytes', doc: 'How much was written or freed.' },
  { name: 'outage-seconds', doc: 'How long the site was out, in a restore or rollback.' },
  { name: 'report', doc: 'The whole report, as JSON.' },
] as const;

export type OutputName = (typeof outputs)[number]['name'];

/** The values of those outputs that `report` has. */
export function outputsOf(report: Report): Map<OutputName, string> {
  const values = new Map<OutputName, string>([
    ['status', report.status],
    ['report', JSON.stringify(report)],
  ]);
  if ('backupId' in report) values.set('backup-id', report.backupId);
  if ('manifestDigest' in report) values.set('manifest-digest', report.manifestDigest);
  if ('sizeBytes' in report) values.set('size-bytes', String(report.sizeBytes));
  if ('outageMs' in report) values.set('outage-seconds', (report.outageMs / 1000).toFixed(1));
  return values;
}
