import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BackupError } from '../errors.ts';
import { shown } from '../shown.ts';
import { type BackupId, isBackupId } from './ids.ts';
import { type BackupRef, manifestName, signatureName } from './layout.ts';
import { isSite, type Site } from './site.ts';

/** What of a site a backup can hold. Each is whole in it, or it is not. */
export const partNames = ['databases', 'vault', 'logs'] as const;
export type PartName = (typeof partNames)[number];

/** The most bytes a manifest may have: room for some 20,000 objects. */
export const maxManifestBytes = 4 * 1024 * 1024;

const format = 'candig-backup/1';

const id = z.custom<BackupId>((value) => typeof value === 'string' && isBackupId(value), 'not a backup id');
const site = z.custom<Site>((value) => typeof value === 'string' && isSite(value), 'not a name of a site');
const digest = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in lower-case hex');
const time = z.iso.datetime();

const part = z
  .strictObject({
    name: z.enum(partNames),
    /** `failed`: something of it is missing, though some of its objects may be there. */
    status: z.enum(['complete', 'failed']),
    /** Why it failed, as an error code. */
    code: z
      .string()
      .regex(/^[a-z][a-z-]{0,63}$/, 'not an error code')
      .optional(),
  })
  .refine(
    (it) => (it.status === 'failed') === (it.code !== undefined),
    'a part has a code if it failed, and only then',
  );

const object = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/, 'not a name of an object')
    .refine((name) => name !== manifestName && name !== signatureName, 'the name of the manifest'),
  part: z.enum([...partNames, 'evidence']),
  sizeBytes: z.int().nonnegative(),
  /** Of the sealed bytes, as they lie in the store. */
  sha256: digest,
});

const manifest = z
  .strictObject({
    format: z.literal(format),
    site,
    id,
    /** `safety`: taken before a restore, of what that restore replaces. */
    reason: z.enum(['regular', 'safety']),
    startedAt: time,
    finishedAt: time,
    /** The version of what wrote it. */
    tool: z.string().regex(/^[\x21-\x7e]{1,64}$/, 'not a version'),
    /** The backup before this one and the digest of its manifest: what makes a lost tail of a store noticeable. */
    previous: z.strictObject({ id, digest }).nullable(),
    parts: z.array(part).refine((parts) => isDistinct(parts.map((it) => it.name)), 'a part stands twice'),
    objects: z.array(object).refine((objects) => isDistinct(objects.map((it) => it.name)), 'an object stands twice'),
  })
  .superRefine(({ parts, objects }, context) => {
    const named = new Set<string>(['evidence', ...parts.map((it) => it.name)]);
    const filled = new Set<string>(objects.map((it) => it.part));
    if (objects.some((it) => !named.has(it.part))) context.addIssue('an object belongs to no part');
    if (parts.some((it) => it.status === 'complete' && !filled.has(it.name))) {
      context.addIssue('a part is complete without any object');
    }
  });

/** The list of what a backup is made of: written last, signed, and readable by anybody with a text editor. */
export type Manifest = z.infer<typeof manifest>;
export type ManifestObject = Manifest['objects'][number];

/**
 * A manifest's one spelling: JSON indented by two spaces, fields in the order of the format, a newline at the end.
 * Throws `manifest-invalid` if it is none, so that what is written can always be read.
 */
export function encodeManifest(value: Manifest): Uint8Array {
  const bytes = spell(parsed(value));
  if (bytes.length > maxManifestBytes) throw invalid('it has more than 4 MiB');
  return bytes;
}

/**
 * The manifest `bytes` are. Throws `manifest-invalid` if they are none, if its format is one we do not know, if it is
 * of another site or backup than `expected`, or if it is spelt in any way but the one `encodeManifest` has, which
 * leaves no room for two readers to see different things in it.
 */
export function decodeManifest(bytes: Uint8Array, expected: BackupRef): Manifest {
  if (bytes.length > maxManifestBytes) throw invalid('it has more than 4 MiB');
  const value = parsed(jsonOf(bytes));
  if (value.site !== expected.site) throw invalid(`it is of the site ${value.site}, not ${expected.site}`);
  if (value.id !== expected.id) throw invalid(`it is of the backup ${value.id}, not ${expected.id}`);
  if (Buffer.compare(spell(value), bytes) !== 0) throw invalid('it is not spelt as a manifest is');
  return value;
}

/** The SHA-256 of `bytes`, in lower-case hex. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function spell(value: Manifest): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}

function isDistinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw invalid('it is not JSON', error);
  }
}

function parsed(value: unknown): Manifest {
  const itsFormat = z.looseObject({ format: z.string() }).safeParse(value).data?.format;
  if (itsFormat === undefined) throw invalid('it names no format');
  if (itsFormat !== format) throw invalid(`its format is ${shown(itsFormat)}, and only ${format} is known here`);
  const result = manifest.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(shown([...(issue?.path ?? []), issue?.message].join(': ')), result.error);
}

function invalid(why: string, cause?: unknown): BackupError {
  return new BackupError('manifest-invalid', `the manifest cannot be used: ${why}`, { cause });
}
