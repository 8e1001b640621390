import * as z from 'zod';

/** Integers that may exceed what a JSON number holds are decimal text. */
const integer = z.string().regex(/^-?[0-9]+$/);

const table = z.object({
  schema: z.string(),
  name: z.string(),
  rows: integer,
  /** What of a row is hashed: each column by its type, or the text of the whole. */
  by: z.enum(['columns', 'text']),
  /** Sum over all rows of a 64-bit hash; the order of rows does not matter. See docs/format.md. */
  digest: integer,
});

const sequence = z.object({
  schema: z.string(),
  name: z.string(),
  /** Sequences stand outside snapshots: their value before and after the dump; the dumped one lies between. */
  low: integer,
  high: integer,
});

/** What is in a database: enough to tell whether a copy of it is the same. */
export const contentsSchema = z.object({
  tables: z.array(table),
  /** The hash of one fixed row: digests by columns compare only where this is the same. */
  rowHashProbe: z.string(),
  sequences: z.array(sequence),
  largeObjects: z.object({ count: integer, digest: integer }),
  /** Every object (`table public.donor`, `columns public.donor`, …) with a fingerprint of what is stable across majors. */
  structure: z.record(z.string(), z.string()),
});

/** What belongs to a database but is in no dump of it: pg_dump leaves these out without `--create`. */
export const propertiesSchema = z.object({
  owner: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** `c` libc, `i` ICU, `b` built in. */
  localeProvider: z.string(),
  /** The locale of the ICU or built-in provider. */
  locale: z.string().nullable(),
  connectionLimit: z.number(),
  comment: z.string().nullable(),
  /** Null: PostgreSQL's default. A null grantee is PUBLIC. */
  acl: z.array(z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() })).nullable(),
  /** `ALTER DATABASE … SET` (role null) and `ALTER ROLE … IN DATABASE … SET`: `name=value`. */
  settings: z.array(z.object({ role: z.string().nullable(), values: z.array(z.string()) })),
});

/** A null grantee is PUBLIC. */
const grant = z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() });

/** Who owns what and who may do what with it, as it differs from what would be so by itself. */
export const rightsSchema = z.object({
  /** Objects that belong to another role than the database does, as `pg_identify_object` names them. */
  owners: z.array(z.object({ type: z.string(), identity: z.string(), owner: z.string() })),
  /** Privileges beyond the default ones, and default ones that were revoked. */
  grants: z.array(
    z.object({
      type: z.string(),
      identity: z.string(),
      granted: z.array(grant.extend({ grantor: z.string() })),
      revoked: z.array(grant),
    }),
  ),
  /** `ALTER DEFAULT PRIVILEGES`, by role, schema (null: everywhere) and kind of object (a letter, as in pg_default_acl). */
  defaultPrivileges: z.array(
    z.object({
      role: z.string(),
      schema: z.string().nullable(),
      kind: z.string(),
      granted: z.array(grant),
      revoked: z.array(grant),
    }),
  ),
});

/** What a restore must know about a dump and the role without superuser rights that loads it cannot bring along. */
export const requirementsSchema = z.object({
  /** In the order in which they were made. A null comment: none. */
  extensions: z.array(
    z.object({ name: z.string(), version: z.string(), schema: z.string(), comment: z.string().nullable() }),
  ),
  /** Roles that own something or were granted something. */
  roles: z.array(z.string()),
  rights: rightsSchema,
});

/** Everything we seal beside the dump of one database. */
export const databaseEvidenceSchema = z.object({
  name: z.string(),
  /** When the snapshot was taken that both the dump and these figures come from. */
  snapshotAt: z.string(),
  serverVersion: z.string(),
  serverVersionNumber: z.number(),
  sizeBytes: z.number(),
  algorithm: z.literal('sum-of-row-hashes/2'),
  properties: propertiesSchema,
  requirements: requirementsSchema,
  contents: contentsSchema,
  /** What pg_dump said although it went well, such as circular foreign keys; its last lines. May quote the data. */
  warnings: z.array(z.string()),
});

export type Contents = z.infer<typeof contentsSchema>;
export type Properties = z.infer<typeof propertiesSchema>;
export type Requirements = z.infer<typeof requirementsSchema>;
export type Rights = z.infer<typeof rightsSchema>;
export type Grant = z.infer<typeof grant>;
export type DatabaseEvidence = z.infer<typeof databaseEvidenceSchema>;
