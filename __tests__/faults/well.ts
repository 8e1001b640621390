import { expect } from 'vitest';
import type { TestSite } from '../site.ts';
import { onHost } from '../stack/login.ts';
import { serviceNames, vaultServiceNames } from '../stack/services.ts';
import { until } from '../stack/until.ts';

/** Writes the same stamp into both databases, and moves a donor, so that what katsu answers tells the states apart. */
export async function stamp({ stack }: TestSite, value: string): Promise<void> {
  const table = `CREATE TABLE IF NOT EXISTS stamp (v text); TRUNCATE stamp; INSERT INTO stamp VALUES ('${value}')`;
  await stack.psql('genomic', table);
  await stack.psql(
    'clinical',
    `${table}; INSERT INTO program (program_id, created, updated, metadata) VALUES ('${value}', now(), now(), '{}') ON CONFLICT DO NOTHING;
     UPDATE donor SET program_id = '${value}' WHERE submitter_donor_id = (SELECT min(submitter_donor_id) FROM donor)`,
  );
}

/** The stamp of both living databases. Fails if they are of different times. */
export async function stampOf({ stack }: TestSite): Promise<string> {
  const [clinical, genomic] = await Promise.all(
    ['clinical', 'genomic'].map((database) => stack.psql(database, 'SELECT v FROM stamp')),
  );
  expect(clinical, 'clinical and genomic are of the same time').toBe(genomic);
  return clinical as string;
}

/** What somebody may see, as query finds it: by its own token and OPA's, in Vault. */
export async function lookUp({ stack }: TestSite, user: string): Promise<{ status: number; value: unknown }> {
  const url = `http://127.0.0.1:${stack.ports.query}/lookup/${encodeURIComponent(user)}`;
  const answer = await fetch(url, { headers: { connection: 'close' } });
  return { status: answer.status, value: await answer.json() };
}

/** Holds the whole site against what it must be after any run, however that ended. Gives the stamp it carries. */
export async function expectWell(site: TestSite): Promise<string> {
  const { stack } = site;
  const value = await stampOf(site);
  const hasVault = stack.images.vault !== undefined;
  for (const name of [...serviceNames, ...(hasVault ? vaultServiceNames : [])]) {
    const state = await stack.docker('inspect', '--format', '{{.State.Status}}', stack.containers[name]);
    expect(state, name).toBe('running');
  }
  await until(
    'htsget to answer from the data',
    async () => (await fetch(`${stack.htsgetUrl}/ga4gh/drs/v1/objects/none`)).status === 404,
    15_000,
  );
  await until(
    'katsu to answer from the data',
    async () => {
      const answer = await fetch(`${stack.katsuUrl}/v3/discovery/donors/`);
      return answer.status === 200 && JSON.stringify(await answer.json()).includes(`"${value}"`);
    },
    15_000,
  );
  if (hasVault) {
    await until('query to look somebody up', async () => (await lookUp(site, 'nobody')).status === 200);
  }
  const databases = await stack.psql(
    'postgres',
    `SELECT datname FROM pg_database WHERE (NOT datallowconn AND datname <> 'template0')
       OR shobj_description(oid, 'pg_database') LIKE 'candig-backup %"staged"%'`,
  );
  expect(databases, 'databases that are closed or staged').toBe('');
  const roles = await stack.psql('postgres', "SELECT rolname FROM pg_roles WHERE rolname LIKE 'candig_backup%'");
  expect(roles, 'staging roles').toBe('');
  const sessions = await stack.psql(
    'postgres',
    "SELECT DISTINCT application_name FROM pg_stat_activity WHERE application_name LIKE 'candig-backup/%' AND datname <> 'postgres'",
  );
  expect(sessions, 'sessions of a run').toBe('');
  const state = `$HOME/.candig-backup/${stack.project}`;
  const host = await onHost(stack, `cd ${state}; ls; flock -n lock echo free`);
  expect(host, 'the lock and the journal').toMatch(/^(guard\n)?lock\nwork\nfree\n$/);
  return value;
}

/** The kept copies there are, each with the stamp in it, as lines. */
export async function keptCopies({ stack }: TestSite): Promise<string[]> {
  const names = await stack.psql(
    'postgres',
    `SELECT datname FROM pg_database WHERE shobj_description(oid, 'pg_database') LIKE 'candig-backup %"previous"%' ORDER BY 1`,
  );
  const copies = names.split('\n').filter((name) => name !== '');
  return await Promise.all(copies.map(async (name) => `${name} ${await stack.psql(name, 'SELECT v FROM stamp')}`));
}

/** Empties katsu's cache, as somebody who changed rows behind its back has to. */
export async function flushCache({ stack }: TestSite): Promise<void> {
  const flush = 'REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE") redis-cli -n 1 FLUSHDB';
  await stack.docker('exec', stack.containers.redis, 'sh', '-c', flush);
}
