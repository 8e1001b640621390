import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type BackupId, idTailBytes, newBackupId } from '../../src/backups/ids.ts';
import { digestOf, type Manifest, type ManifestObject } from '../../src/backups/manifest.ts';
import { parseSite } from '../../src/backups/site.ts';
import { generateSigningKey, parsePublicKey, readSigningKey } from '../../src/seal/minisign-keys.ts';
import { openDirectory } from '../../src/stores/directory.ts';
import type { Store } from '../../src/stores/store.ts';

export const site = parseSite('hospital');

/** The objects a small backup has, by name. */
export const contents: ReadonlyMap<string, Buffer> = new Map([
  ['clinical.dump.age', Buffer.from('sealed clinical data')],
  ['genomic.dump.age', Buffer.from('sealed genomic data!')],
  ['evidence.json.age', Buffer.from('sealed evidence')],
]);

/** A manifest of a small backup begun at `begun`, with what `changes` says instead. */
export function manifestOf(begun: string, changes: Partial<Manifest> = {}): Manifest {
  const start = new Date(begun);
  return {
    format: 'candig-backup/1',
    site,
    id: idAt(begun),
    reason: 'regular',
    startedAt: start.toISOString(),
    finishedAt: new Date(start.getTime() + 90_000).toISOString(),
    tool: '0.1.0',
    previous: null,
    parts: [{ name: 'databases', status: 'complete' }],
    objects: [...contents].map(([name, bytes]) => objectOf(name, bytes)),
    ...changes,
  };
}

/** What a manifest says of an object. */
export function objectOf(name: string, bytes: Buffer): ManifestObject {
  const part = name.startsWith('evidence') ? 'evidence' : 'databases';
  return { name, part, sizeBytes: bytes.length, sha256: digestOf(bytes) };
}

export function idAt(begun: string): BackupId {
  return newBackupId(new Date(begun), randomBytes(idTailBytes));
}

export async function newKeys() {
  const made = generateSigningKey();
  return { key: await readSigningKey(made.secret), publicKey: parsePublicKey(made.public) };
}

export async function putText(store: Store, path: string, text: string | Uint8Array): Promise<void> {
  await store.put(path, Readable.from([Buffer.from(text)]));
}

/** A directory store in a folder of its own. */
export async function newStore() {
  const root = await mkdtemp(join(tmpdir(), 'candig-backup-backups-'));
  return {
    root,
    store: await openDirectory(root),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}
