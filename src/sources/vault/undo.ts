import * as z from 'zod';
import { BackupError } from '../../errors.ts';
import { tailOf } from '../run-tail.ts';
import type { VaultApi } from './api.ts';
import type { Difference } from './compare.ts';
import { type Entry, listPaths, readEntry, writeEntry } from './entries.ts';
import { isObject, parseJson, toJson } from './exact-json.ts';

const prefix = 'candig-backup-';

const schema = z.object({
  run: z.string(),
  /** `undo`: the run is not done yet; `previous`: kept, to be put back some day. */
  role: z.enum(['undo', 'previous']),
  /** When it was made (ISO 8601). */
  at: z.string(),
  /** How many entries it has. */
  entries: z.number().int().nonnegative(),
  /** The run whose kept values these replace, once that is done. */
  replaces: z.string().optional(),
});

/** Written last into the store that keeps what a run changes: where it stands, the store is whole. */
export type UndoMarker = z.infer<typeof schema>;

/** What a run changes at one path. Undefined: no entry. */
export interface Change {
  readonly path: string;
  readonly previous: Entry | undefined;
  readonly next: Entry | undefined;
}

/** A store of ours in the living Vault. No marker: it was never whole, and nothing has been changed yet. */
export interface UndoStore {
  readonly run: string;
  readonly marker: UndoMarker | undefined;
}

function mountOf(run: string): string {
  return `${prefix}${tailOf(run)}`;
}

/**
 * Keeps in Vault itself, behind its own seal, what is about to be changed: a KV store of the run's own. Written whole
 * before anything else is; the host's keys open it, so that undoing needs nothing of the backup's.
 */
export async function writeUndo(
  api: VaultApi,
  marker: Omit<UndoMarker, 'entries' | 'role'>,
  differences: readonly Difference[],
): Promise<void> {
  const mount = mountOf(marker.run);
  // One that died before it was whole is begun anew.
  await removeUndo(api, marker.run);
  await api.ask('Make the store for undoing', 'PUT', `sys/mounts/${mount}`, {
    body: { type: 'kv', options: { version: '1' }, description: prefix + marker.run },
  });
  await Promise.all(
    differences.map(async ({ path, living, wanted }, at) => {
      // As texts, so that they come back as they are.
      const entry = { path, previous: textOf(living), next: textOf(wanted) };
      await writeEntry(api, `${mount}/entries/${String(at).padStart(6, '0')}`, entry);
    }),
  );
  await writeMarker(api, { ...marker, role: 'undo', entries: differences.length });
}

/** The marker of a run's store; undefined if there is no store, or none that is whole. */
export async function readMarker(api: VaultApi, run: string): Promise<UndoMarker | undefined> {
  const entry = await readEntry(api, `${mountOf(run)}/marker`);
  if (entry === undefined) return undefined;
  const marker = schema.safeParse(entry);
  if (marker.success && marker.data.run === run) return marker.data;
  throw damaged(run);
}

/** Writes the marker again: with another role it is all that tells a change that may be undone from one that is done. */
export async function writeMarker(api: VaultApi, marker: UndoMarker): Promise<void> {
  const { replaces, ...always } = marker;
  const entry = { ...always, ...(replaces === undefined ? {} : { replaces }) };
  await writeEntry(api, `${mountOf(marker.run)}/marker`, entry);
}

/** What the run changes, in the order in which it does. To be asked only where there is a marker. */
export async function readChanges(api: VaultApi, { run, entries }: UndoMarker): Promise<Change[]> {
  const paths = (await listPaths(api, `${mountOf(run)}/entries/`)).sort();
  if (paths.length !== entries) throw damaged(run);
  return await Promise.all(paths.map(async (path) => toChange(await readEntry(api, path), run)));
}

/** Removes a run's store and all in it; none there is no error. */
export async function removeUndo(api: VaultApi, run: string): Promise<void> {
  const mount = mountOf(run);
  // First, so that one whose removal is cut off is not taken for a whole one.
  await api.ask('Remove the store for undoing', 'DELETE', `${mount}/marker`, { accept: [404] });
  await api.ask('Remove the store for undoing', 'DELETE', `sys/mounts/${mount}`, { timeoutMs: 120_000 });
}

/** The stores of ours that are in this Vault, newest first. */
export async function listUndo(api: VaultApi): Promise<UndoStore[]> {
  const { body } = await api.ask("List Vault's stores", 'GET', 'sys/mounts');
  const mounts = isObject(body.data) ? body.data : body;
  const runs = Object.entries(mounts).flatMap(([path, mount]) => {
    const description = isObject(mount) ? String(mount.description) : '';
    const run = description.startsWith(prefix) ? description.slice(prefix.length) : '';
    // By name and by description: one alone may be anybody's.
    return run !== '' && path === `${mountOf(run)}/` ? [run] : [];
  });
  const stores = await Promise.all(runs.map(async (run) => ({ run, marker: await readMarker(api, run) })));
  return stores.sort((a, b) => ((a.marker?.at ?? '') < (b.marker?.at ?? '') ? 1 : -1));
}

function toChange(entry: Entry | undefined, run: string): Change {
  const { path, previous, next } = entry ?? {};
  if (typeof path !== 'string') throw damaged(run);
  return { path, previous: entryOf(previous, run), next: entryOf(next, run) };
}

function textOf(entry: Entry | undefined): string | null {
  return entry === undefined ? null : toJson(entry);
}

function entryOf(text: unknown, run: string): Entry | undefined {
  if (text === null) return undefined;
  try {
    const entry = parseJson(String(text));
    if (isObject(entry)) return entry;
  } catch {
    // Told below: a syntax error would quote what it read.
  }
  throw damaged(run);
}

function damaged(run: string): BackupError {
  return new BackupError('needs-person', `What run ${run} keeps in Vault for undoing is not whole`, {
    hint: `It is the KV store ${mountOf(run)}: look at it with the root token; nothing was changed just now`,
  });
}
