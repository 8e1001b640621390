import prettyBytes from 'pretty-bytes';
import type { AuthorizationReport } from '../operations/authorization.ts';
import type { StoredCopy } from '../operations/copies.ts';
import type { ListReport } from '../operations/list.ts';
import type { PlanReport } from '../operations/plan.ts';
import type { Report } from '../run/perform.ts';
import { columns } from './columns.ts';
import type { KeygenReport } from './keygen.ts';

/** A report as a person reads it on a terminal; ends with a line break. */
export function reportText(report: Report | KeygenReport): string {
  switch (report.operation) {
    case 'plan':
      return planText(report);
    case 'list':
      return listText(report);
    case 'backup':
      return columns([
        ['backup', report.backupId],
        ...copyRows(report.copies),
        ...report.parts.map(({ name, status, message }) => [
          'part',
          message === null ? `${name}  ${status}` : `${name}  ${status}: ${message}`,
        ]),
        ...report.objects.map(({ name, sizeBytes, durationMs }) => [
          'object',
          `${name}  ${prettyBytes(sizeBytes)}  ${seconds(durationMs)}`,
        ]),
        ['size', prettyBytes(report.sizeBytes)],
        ['after', report.previous ?? 'none, it is the first'],
        ['digest', report.manifestDigest],
      ]);
    case 'restore':
      return columns([
        ['restored', `${report.databases.join(', ') || 'no database'} from ${report.backupId}`],
        ...authorizationRows(report.authorization),
        ['run', report.runId],
        ['staging', `${seconds(report.loadingMs)}, and checking ${seconds(report.checkingMs)}`],
        ['outage', `${seconds(report.outageMs)}, of which stopping and starting took ${seconds(report.servicesMs)}`],
        ['services', report.services.join(', ') || 'none was stopped'],
        ...report.previous.map(keptRow),
      ]);
    case 'rollback':
      return columns([
        ['rolled back', `${report.databases.join(', ') || 'no database'} to before ${report.undone}`],
        ['authorization', report.authorization === null ? 'left as it is' : `put back (${report.authorization})`],
        ['run', report.runId],
        ['outage', `${seconds(report.outageMs)}, of which stopping and starting took ${seconds(report.servicesMs)}`],
        ['services', report.services.join(', ') || 'none was stopped'],
      ]);
    case 'forget-previous':
      return report.forgotten.length === 0 && report.authorization === 0
        ? 'There were no previous copies\n'
        : columns([
            ['forgotten', report.forgotten.join(', ') || 'no database'],
            ['authorization', `${report.authorization} earlier states forgotten`],
            ['freed', prettyBytes(report.sizeBytes)],
          ]);
    case 'verify':
      return columns([
        ['backup', report.backupId],
        ...copyRows(report.copies),
        ['signature', 'by the key given, and every size and digest is as signed'],
        ['opened', report.opened ? 'every object, to its last chunk' : 'no: that needs an identity'],
        ...report.unopened.map((name) => ['but not', `${name}: it is for another identity`]),
        ['dumps', report.dumpsRead ? 'read to their ends by pg_restore' : 'not read by pg_restore'],
        ['chain', chainWords[report.chain]],
        ['digest', report.manifestDigest],
        ...report.objects.map(({ name, sizeBytes }) => ['object', `${name}  ${prettyBytes(sizeBytes)}`]),
      ]);
    case 'copy':
      return report.copied.length === 0
        ? 'Every store has every backup\n'
        : columns(
            report.copied.map(({ backupId, store, sizeBytes, message }) => [
              backupId,
              store,
              message === null ? prettyBytes(sizeBytes) : `failed: ${message}`,
            ]),
          );
    case 'recover':
      return report.healed.length === 0
        ? 'All is well: nothing was left to put right\n'
        : columns(report.healed.map((line) => [line]));
    case 'open':
      return columns([
        ...report.files.map((file) => [file]),
        ...report.unopened.map((name) => [`not ${name}: it is for another identity`]),
      ]);
    case 'keygen':
      return `${report.publicKey}\n`;
  }
}

const chainWords = {
  linked: 'the backup before it is there, and the one it names',
  'previous-gone': 'the backup before it is not there any more',
  first: 'it is the first',
} as const;

function listText({ backups, site, stores }: ListReport): string {
  if (backups.length === 0) return `There are no backups of ${site} in ${stores.join(', ')}\n`;
  const isOne = stores.length === 1;
  const rows = backups.map(({ id, state, reason, sizeBytes, parts, trouble, copies }) => [
    id,
    state,
    ...(isOne ? [] : [`${copies.filter((copy) => copy.state === state).length} of ${stores.length}`]),
    reason ?? '-',
    prettyBytes(sizeBytes),
    parts.join(' ') || '-',
    state === 'whole' ? '' : (trouble ?? ''),
  ]);
  return columns([['BACKUP', 'STATE', ...(isOne ? [] : ['COPIES']), 'REASON', 'SIZE', 'PARTS', ''], ...rows]);
}

function copyRows(copies: readonly StoredCopy[]): string[][] {
  return copies.map(({ store, message }) => ['copy', message === null ? store : `${store}  failed: ${message}`]);
}

function planText(report: PlanReport): string {
  const [atLeast, atMost] = report.expectedOutageSeconds;
  const free = report.freeBytes === null ? 'unknown' : prettyBytes(report.freeBytes);
  return [
    columns([
      ['host', report.host],
      ['PostgreSQL', report.postgresVersion],
      ...report.databases.map(({ name, sizeBytes }) => ['database', `${name}  ${prettyBytes(sizeBytes)}`]),
      ['space', `${free} free; staging a restore needs ${prettyBytes(report.neededBytes)}`],
      ['outage', `${atLeast} to ${atMost} s in a restore`],
      ['sessions', `${report.outsideSessions} from outside any container, which a restore ends`],
      ...report.previous.map(keptRow),
      ['newest', report.newestBackup ?? 'no backup known'],
      ...authorizationRows(report.authorization),
      ...(report.vaultKeysApart === false
        ? [['Vault', 'its keys have the same recipients as its data; vault-keys-recipients gives them others']]
        : []),
      ...(report.unfinishedRun === null ? [] : [['unfinished', `${report.unfinishedRun}; the next run puts it right`]]),
    ]),
    '\n',
    columns([
      ['CONTAINER', 'STATE', 'IN A RESTORE', 'GIVES DATA', 'IMAGE'],
      ...report.containers.map(({ name, state, role, well, image }) => [
        name,
        state,
        { database: 'holds the data', stopped: 'is stopped', left: 'is left alone' }[role],
        well === null ? '-' : well ? 'yes' : 'no',
        image,
      ]),
    ]),
  ].join('');
}

/** Counts only: names of people stand in what is counted. */
function authorizationRows(report: AuthorizationReport | null): string[][] {
  if (report === null) return [['authorization', 'left as it is']];
  const { mode, stores, returned } = report;
  if (stores === null) return [['authorization', `${mode}; there is no living Vault to compare with`]];
  return [
    ['authorization', mode],
    ...stores.map(({ store, adds, changes, removals }) => [
      'access',
      `${store}  ${adds} added, ${changes} changed, ${removals} removed`,
    ]),
    ['returned', `${returned} grants that the living Vault does not have`],
  ];
}

function keptRow({ runId, at, sizeBytes }: { runId: string; at: string; sizeBytes: number }): string[] {
  return ['kept', `the databases before ${runId}  ${at}  ${prettyBytes(sizeBytes)}`];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
