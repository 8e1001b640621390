import { randomBytes } from 'node:crypto';
import { BackupError } from '../../errors.ts';
import { CommandError, type RemoteStream } from '../../remote/remote.ts';
import { readTar } from '../../tarball/reader.ts';
import type { TarRules } from '../../tarball/rules.ts';
import type { Dump, Part } from '../source.ts';
import { type FolderEvidence, gapsOf, logPartName, logsEvidenceSchema } from './evidence.ts';
import type { LogFolder } from './folder.ts';
import {
  type Helper,
  helperCommand,
  type LogsHost,
  newHelperName,
  removeHelper,
  translateHelperError,
} from './helper.ts';
import { inspectInflated } from './inspector.ts';
import { relay } from './relay.ts';
import { type FolderReport, parseFolderReport } from './report.ts';
import { archive, endings, heartbeatMs, longestRunS, watched } from './scripts.ts';

/** The audit log of Vault, in the volume in which its keys lie too. */
export const auditLog = 'vault/vault-audit.log';

/** What may be in a tar of logs: regular files of the folder, and of Vault's volume that one. */
export const logTarRules: TarRules = {
  maxEntries: Number.MAX_SAFE_INTEGER,
  maxBytes: Number.MAX_SAFE_INTEGER,
  isAllowed: ({ kind, path }) => kind === 'file' && (path.startsWith('logs/') || path === auditLog),
};

/**
 * The log folder as a part of a backup: a tar of its regular files below `logs/`, and `vault/vault-audit.log` of
 * `vaultVolume`, compressed on the host. Files that grow, shrink, vanish or cannot be read are in the evidence.
 */
export function logFolderPart(
  host: LogsHost,
  helper: Helper,
  folder: LogFolder,
  vaultVolume: string | undefined,
): Part {
  const name = logPartName({ kind: 'folder' }, helper.compression);
  const what = `Read the logs of ${host.stack.project}`;
  const mounts = { '/from/logs': folder.path, ...(vaultVolume === undefined ? {} : { '/from/vault': vaultVolume }) };

  async function begin({ signal }: { readonly signal: AbortSignal }): Promise<Dump> {
    const container = newHelperName();
    const marker = randomBytes(24).toString('hex');
    const args = [String(longestRunS), archive, helper.tar, helper.compression, marker];
    const run = { image: helper.image, name: container, mounts, script: watched, args };
    const output = host.remote.open(helperCommand(host, run), { signal });
    const heart = beat(output);
    const counted = countTar();
    const { content, report } = relay({
      what,
      output,
      marker,
      inspector: inspectInflated(helper.compression, counted.look),
      onReport: () => {
        heart.stop();
        output.end();
      },
      translate: (error) => translateEnding(error, what, host.remote.name),
    });
    const evidence = report.then((text) => {
      const { files, plainBytes } = counted.whole();
      const met = parseFolderReport(text);
      if (met === undefined) throw new BackupError('dump-failed', `${what}: its report cannot be read`);
      refuseLost(what, met, files);
      return toEvidence(helper, folder, met, files, plainBytes);
    });
    evidence.catch(() => {});
    return {
      content,
      evidence: async () => await evidence,
      gaps: async () => gapsOf(await evidence),
      [Symbol.asyncDispose]: async () => {
        heart.stop();
        content.destroy();
        const ended = await output.ended.then(
          () => true,
          () => false,
        );
        if (!ended) await removeHelper(host.remote, container);
      },
    };
  }

  return { name, begin };
}

/** Lets the helper know that we are there. */
function beat(output: RemoteStream): { stop(): void } {
  output.write('.');
  const timer = setInterval(() => output.write('.'), heartbeatMs);
  output.once('close', () => clearInterval(timer));
  return { stop: () => clearInterval(timer) };
}

function countTar() {
  const reader = readTar(logTarRules);
  let files = 0;
  let plainBytes = 0;
  return {
    look(chunk: Buffer): void {
      for (const { entry } of reader.push(chunk)) {
        if (entry === undefined) continue;
        files += 1;
        plainBytes += entry.sizeBytes;
      }
    },
    whole() {
      reader.end();
      return { files, plainBytes };
    },
  };
}

/** Every file that was there to read is in the tar, or it is known why not. */
function refuseLost(what: string, { listed, missing }: FolderReport, files: number): void {
  if (listed === files + missing) return;
  throw new BackupError('dump-failed', `${what}: of ${listed} files ${files} were read and ${missing} could not be`);
}

function toEvidence(
  helper: Helper,
  folder: LogFolder,
  { listed: _, missing: __, ...met }: FolderReport,
  files: number,
  plainBytes: number,
): FolderEvidence {
  const { compression } = helper;
  const evidence = {
    kind: 'folder' as const,
    from: folder.path,
    foundBy: folder.foundBy,
    compression,
    files,
    plainBytes,
  };
  logsEvidenceSchema.parse({ ...evidence, ...met });
  return { ...evidence, ...met };
}

function translateEnding(error: unknown, what: string, hostName: string): unknown {
  if (!(error instanceof CommandError)) return error;
  switch (error.exit.status) {
    case endings.unreadable:
      return new BackupError('dump-failed', `${what}: the folder cannot be read`, { cause: error });
    case endings.tarFailed:
      return new BackupError('dump-failed', `${what}: tar failed`, { cause: error });
    case endings.torn:
      return new BackupError('dump-ended', `${what}: a file got shorter while it was read`, {
        hint: 'The tar of the image that was used cannot go on after that; one with GNU tar can, such as postgres-db has',
        cause: error,
      });
    case endings.compressorFailed:
      return new BackupError('dump-failed', `${what}: what was read could not be compressed`, { cause: error });
    case endings.tooManyMessages:
      return new BackupError('dump-failed', `${what}: too many files could not be read`, { cause: error });
    default:
      return translateHelperError(error, what, hostName);
  }
}
