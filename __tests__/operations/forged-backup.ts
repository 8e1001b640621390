import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { encodeEvidence, evidenceName } from '../../src/backups/evidence.ts';
import { keepManifest } from '../../src/backups/kept.ts';
import type { ManifestObject, PartName } from '../../src/backups/manifest.ts';
import { putObject } from '../../src/backups/objects.ts';
import type { Site } from '../../src/backups/site.ts';
import { type Log, silentLog } from '../../src/log.ts';
import { newRunId } from '../../src/operations/context.ts';
import { type OpenReport, type OpenRequest, open } from '../../src/operations/open.ts';
import { type VerifyReport, verify } from '../../src/operations/verify.ts';
import { generateSigningKey, parsePublicKey, readSigningKey } from '../../src/seal/minisign-keys.ts';
import type { Recipient } from '../../src/seal/recipients.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';
import { site } from '../backups/sample.ts';
import { newKeys, sealWhole } from '../seal/in-memory.ts';

/** An object as a forger who has the signing key would keep it. */
export interface Forged {
  readonly name: string;
  readonly part: PartName;
  readonly plain: Buffer;
  /** Sealed for somebody else. */
  readonly isForOthers?: boolean;
}

/** What a test may put in the place of what is used otherwise. */
export type Instead = Partial<OpenRequest> & { readonly log?: Log; readonly signal?: AbortSignal };

/** Backups of any contents, sealed and signed by the right keys. */
export interface Forge extends AsyncDisposable {
  readonly storeFolder: string;
  readonly store: Store;
  readonly publicKey: string;
  readonly identity: string;
  /** Keeps a backup, with `logs` as its evidence of logs. */
  keep(objects: readonly Forged[], logs?: readonly unknown[]): Promise<void>;
  /** Opens the newest one into `folder`. */
  open(folder: string, instead?: Instead): Promise<OpenReport>;
  verify(instead?: Instead): Promise<VerifyReport>;
}

/** What a forger has: a place in a store, and the right keys. */
export interface Forger {
  readonly site: Site;
  readonly store: Store;
  readonly recipients: readonly Recipient[];
  /** For objects that are sealed for somebody else. */
  readonly others?: readonly Recipient[];
  /** The text of the secret signing key. */
  readonly signing: string;
  readonly now: Date;
}

/** Keeps a backup of any contents, sealed and signed as a good one is, with `logs` as its evidence of logs. */
export async function keepForged(
  { site, store, recipients, others = recipients, signing, now }: Forger,
  forged: readonly Forged[],
  logs?: readonly unknown[],
): Promise<void> {
  const ref = { site, id: newRunId({ log: silentLog, signal: new AbortController().signal, now: () => now }) };
  const parts = [...new Set(forged.map(({ part }) => part))];
  const keep = async (name: string, plain: Uint8Array, isForOthers = false) => {
    const sealed = await sealWhole(isForOthers ? others : recipients, plain);
    return { name, ...(await putObject(store, ref, name, Readable.from([sealed]))) };
  };
  const objects: ManifestObject[] = [];
  for (const { name, part, plain, isForOthers } of forged) {
    objects.push({ ...(await keep(name, plain, isForOthers)), part });
  }
  const evidence = encodeEvidence(ref, logs === undefined ? {} : { logs: [...logs] });
  objects.push({ ...(await keep(evidenceName, evidence)), part: 'evidence' });
  await keepManifest(
    store,
    {
      ...{ format: 'candig-backup/1', ...ref, reason: 'regular', tool: '0.1.0', previous: null },
      ...{ startedAt: now.toISOString(), finishedAt: now.toISOString(), objects },
      parts: parts.map((name) => ({ name, status: 'complete' as const })),
    },
    await readSigningKey(signing),
  );
}

export async function openForge(): Promise<Forge> {
  const storeFolder = await mkdtemp(join(tmpdir(), 'candig-backup-forge-'));
  const store = await openDirectory(storeFolder);
  const signing = generateSigningKey();
  const publicKey = parsePublicKey(signing.public);
  const [ours, others] = [newKeys('x25519'), newKeys('x25519')];
  let now = new Date('2026-11-22T03:15:00Z');
  const contextOf = ({ log = silentLog, signal = new AbortController().signal }: Instead = {}) => ({
    log,
    signal,
    now: () => now,
  });
  const request = { site, stores: [store], backup: 'latest', publicKey, identities: ours.identities } as const;
  return {
    storeFolder,
    store,
    publicKey: signing.public,
    identity: ours.text,
    keep: async (forged, logs) => {
      now = new Date(now.getTime() + 60_000);
      const sealing = { recipients: ours.recipients, others: others.recipients };
      await keepForged({ site, store, ...sealing, signing: signing.secret, now }, forged, logs);
    },
    open: async (folder, instead) =>
      await open({ ...request, folder, object: undefined, pgRestore: undefined, ...instead }, contextOf(instead)),
    verify: async (instead) => await verify({ ...request, pgRestore: undefined, ...instead }, contextOf(instead)),
    [Symbol.asyncDispose]: async () => await rm(storeFolder, { recursive: true, force: true }),
  };
}
