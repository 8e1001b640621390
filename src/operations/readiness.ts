import { BackupError } from '../errors.ts';
import { structureDifferences } from '../sources/postgres/compare.ts';
import type { DatabaseEvidence, Rights } from '../sources/postgres/evidence.ts';
import { identifier, literal } from '../sources/postgres/names.ts';
import { listDatabases } from '../sources/postgres/properties.ts';
import { readServerFacts, type ServerFacts } from '../sources/postgres/server-facts.ts';
import { openSession } from '../sources/postgres/session.ts';
import { readStructure } from '../sources/postgres/structure.ts';
import { refusePrepared } from '../sources/postgres/swap.ts';
import type { SiteAccess } from './site-access.ts';

export interface ReadinessRequest {
  /** Restore although the living databases have another structure than the backup. */
  readonly acceptSchemaChange: boolean;
  /** Extensions to be made as superuser beside the harmless ones. */
  readonly allowedExtensions: ReadonlySet<string>;
}

/** What a restore would find of the living counterpart of one dump. */
export interface StructureChange {
  readonly database: string;
  readonly differences: readonly string[];
}

/**
 * Everything that can be known to stand in the way before anything is staged: version, space, roles, and a living
 * structure that is another. Throws for the first that does; changes nothing.
 */
export async function checkReady(
  request: ReadinessRequest,
  access: SiteAccess,
  dumps: readonly { readonly evidence: DatabaseEvidence }[],
): Promise<void> {
  const evidences = dumps.map(({ evidence }) => evidence);
  const facts = await readServerFacts(access.postgres);
  requireVersion(evidences, facts.versionNumber);
  requireSpace(evidences, facts);
  await requireRoles(access, evidences);
  await refusePrepared(
    await access.postgres.admin(),
    evidences.map(({ name }) => name),
    'restore-refused',
  );
  if (request.acceptSchemaChange) return;
  const changes = await compareStructures(access, evidences);
  const changed = changes.filter(({ differences }) => differences.length > 0);
  if (changed.length === 0) return;
  const said = changed.map(({ database, differences }) => `${database} (${summary(differences)})`).join(' and ');
  throw new BackupError('restore-refused', `The living databases have another structure than the backup: ${said}`, {
    hint: 'If the services that run fit the backup, or tables were lost, restore with accept-schema-change',
  });
}

/**
 * How much must be free for the staged copies: what the databases measured, a fifth for what comes and goes, and the
 * write-ahead log of loading them. PostgreSQL stops altogether, the living databases with it, when its log finds no room.
 */
export function neededBytes(
  databases: readonly { readonly sizeBytes: number }[],
  { maxWalBytes }: Pick<ServerFacts, 'maxWalBytes'>,
): number {
  const sizeBytes = databases.reduce((sum, database) => sum + database.sizeBytes, 0);
  return Math.ceil(1.2 * sizeBytes + Math.min(sizeBytes, maxWalBytes));
}

/** How the living databases differ from what was backed up. One that is not there has no entry. */
export async function compareStructures(
  { postgres, signal }: Pick<SiteAccess, 'postgres' | 'signal'>,
  evidences: readonly DatabaseEvidence[],
): Promise<StructureChange[]> {
  const living = await listDatabases(await postgres.admin());
  const present = evidences.filter(({ name }) =>
    living.some((entry) => entry.name === name && entry.acceptsConnections),
  );
  return await Promise.all(
    present.map(async ({ name, contents }) => {
      await using session = await openSession(postgres.server, name, { signal });
      return { database: name, differences: structureDifferences(contents.structure, await readStructure(session)) };
    }),
  );
}

function summary(differences: readonly string[]): string {
  const shown = differences.slice(0, 3).join(', ');
  return differences.length > 3 ? `${shown} and ${differences.length - 3} more` : shown;
}

function requireVersion(evidences: readonly DatabaseEvidence[], versionNumber: number): void {
  const here = Math.floor(versionNumber / 10_000);
  for (const { name, serverVersion, serverVersionNumber } of evidences) {
    const there = Math.floor(serverVersionNumber / 10_000);
    if (there <= here) continue;
    throw new BackupError(
      'version-mismatch',
      `${name} was dumped from PostgreSQL ${serverVersion}; here is ${here}, which is older`,
      {
        hint: `Run the stack with PostgreSQL ${there} or newer`,
      },
    );
  }
}

function requireSpace(evidences: readonly DatabaseEvidence[], facts: ServerFacts): void {
  const { freeBytes } = facts;
  const needed = neededBytes(evidences, facts);
  if (freeBytes === undefined || freeBytes >= needed) return;
  throw new BackupError(
    'disk-full',
    `Staging needs ${needed} bytes beside the living databases; ${freeBytes} are free`,
    {
      hint: 'Free space on the volume of postgres-db; forget-previous drops copies of earlier restores',
    },
  );
}

function rolesIn({ owners, grants, defaultPrivileges }: Rights): string[] {
  const given = [...grants, ...defaultPrivileges].flatMap(({ granted, revoked }) => [...granted, ...revoked]);
  return [
    ...owners.map(({ owner }) => owner),
    ...defaultPrivileges.map(({ role }) => role),
    ...grants.flatMap(({ granted }) => granted.map(({ grantor }) => grantor)),
    ...given.flatMap(({ grantee }) => (grantee === null ? [] : [grantee])),
  ];
}

async function requireRoles({ postgres }: SiteAccess, evidences: readonly DatabaseEvidence[]): Promise<void> {
  const wanted = [
    ...new Set(
      evidences.flatMap(({ properties, requirements }) => [
        properties.owner,
        ...requirements.roles,
        ...rolesIn(requirements.rights),
        ...properties.settings.flatMap(({ role }) => (role === null ? [] : [role])),
        ...(properties.acl ?? []).flatMap(({ grantee }) => (grantee === null ? [] : [grantee])),
      ]),
    ),
  ];
  const list = wanted.map(literal).join(', ');
  const admin = await postgres.admin();
  const present = await admin.query<{ name: string }>(
    'List the roles',
    `SELECT rolname AS name FROM pg_roles WHERE rolname IN (${list})`,
  );
  const missing = wanted.filter((role) => !present.some(({ name }) => name === role));
  if (missing.length === 0) return;
  throw new BackupError('restore-refused', `Roles the databases need are missing: ${missing.join(', ')}`, {
    hint: `Create them first, e.g. CREATE ROLE ${identifier(missing[0] ?? '')}; nothing was changed`,
  });
}
