import { describe, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import type { Container } from '../../src/stack/container.ts';
import { databaseServiceOf } from '../../src/stack/database-service.ts';
import { findNamed, findWriters, inStartOrder, requireStartable } from '../../src/stack/services.ts';
import { findService, requireService, type Stack } from '../../src/stack/stack.ts';

const secret = '/srv/candig/tmp/postgres/db-secret';

function container(service: string, more: Partial<Container> = {}): Container {
  return {
    id: Buffer.from(service).toString('hex').padEnd(64, '0').slice(0, 64),
    name: `candigv2_${service}_1`,
    project: 'candigv2',
    service,
    state: 'running',
    image: 'some/image',
    env: {},
    mounts: [],
    addresses: [],
    logDriver: 'json-file',
    ...more,
  };
}

const holdsSecret = (at: string) => ({ mounts: [{ source: secret, destination: `/run/secrets/${at}` }] });
const database = container('postgres-db', {
  env: { POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_db_secret' },
  ...holdsSecret('postgres_db_secret'),
});
const katsu = container('katsu', { ...holdsSecret('katsu_secret'), logDriver: 'fluentd' });
const htsget = container('htsget', holdsSecret('another-name'));
const ingest = container('candig-ingest');
const redis = container('redis');
const stackOf = (...containers: Container[]): Stack => ({ project: 'candigv2', containers });
const services = (found: readonly Container[]) => found.map(({ service }) => service);

describe('the services that are stopped for a swap', () => {
  const stack = stackOf(ingest, redis, katsu, database, htsget);

  test('are those that mount the password of the database, wherever, and candig-ingest last', () => {
    expect(services(inStartOrder(findWriters(stack, database, [])))).toEqual(['htsget', 'katsu', 'candig-ingest']);
  });

  test('include whoever holds a session, of whatever project, once', () => {
    const stranger = container('notebook', { project: 'elsewhere', name: 'a_notebook' });
    expect(services(inStartOrder(findWriters(stack, database, [stranger, katsu])))).toEqual([
      'notebook',
      'htsget',
      'katsu',
      'candig-ingest',
    ]);
  });

  test('never include the database, though its health check holds a session', () => {
    expect(findWriters(stack, database, [database])).not.toContain(database);
  });

  test('include services that are named, and a wrong name is refused with the right ones', () => {
    expect(services(findNamed(stack, ['redis']))).toContain('redis');
    expect(() => findNamed(stack, ['rediss'])).toThrow(/rediss, which project candigv2 does not have/);
  });

  test.each(['exited', 'paused', 'restarting', 'created', 'dead'] as const)('leave out one that is %s', (state) => {
    const down = { ...katsu, state };
    expect(services(findWriters(stackOf(database, down, htsget), database, []))).toEqual(['htsget']);
  });

  test('are found though the database has no password file', () => {
    const open = { ...database, env: {} };
    expect(services(inStartOrder(findWriters(stack, open, [katsu])))).toEqual(['katsu', 'candig-ingest']);
  });
});

describe('a stop', () => {
  test('is refused if fluentd is down and a service logs through it', () => {
    const fluentd = container('fluentd', { state: 'exited' });
    expect(() => requireStartable(stackOf(fluentd, katsu), [katsu])).toThrow(/candigv2_fluentd_1 is exited/);
    requireStartable(stackOf(fluentd, htsget), [htsget]);
    requireStartable(stackOf({ ...fluentd, state: 'running' }, katsu), [katsu]);
  });
});

describe('a service', () => {
  const codeOf = (work: () => unknown): string | undefined => {
    try {
      work();
    } catch (error) {
      return isBackupError(error) ? `${error.code}: ${error.message} / ${error.hint}` : String(error);
    }
    return undefined;
  };

  test('of which there are two is refused with both names', () => {
    const stack = stackOf(database, { ...database, id: 'f'.repeat(64), name: 'twin' });
    expect(codeOf(() => findService(stack, 'postgres-db'))).toMatch(
      /^service-ambiguous: .*candigv2_postgres-db_1, twin/,
    );
  });

  test('that is not there is named, with those that are', () => {
    expect(codeOf(() => requireService(stackOf(katsu, redis), 'vault'))).toMatch(
      /^service-missing: .*vault.*katsu, redis/,
    );
    expect(codeOf(() => requireService(stackOf(), 'vault'))).toMatch(/check the input project/);
  });

  test.each(['exited', 'paused', 'restarting'] as const)('that is %s is refused with its state', (state) => {
    expect(codeOf(() => requireService(stackOf({ ...database, state }), 'postgres-db'))).toMatch(
      new RegExp(`^service-not-running: candigv2_postgres-db_1 is ${state}`),
    );
  });

  test('for the databases is called metadata-db in older releases', () => {
    const old = container('metadata-db');
    expect(databaseServiceOf(stackOf(katsu, old))).toBe(old);
    expect(databaseServiceOf(stackOf(old, database))).toBe(database);
  });
});
