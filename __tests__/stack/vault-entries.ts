import { createHash } from 'node:crypto';

export interface EntriesSize {
  /** Users that may see something. */
  readonly users: number;
  /** Programs that the databases hold. */
  readonly programs: readonly string[];
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');
// Starts like a real one; every one starts with CANARY further on, so that a leak can be found by looking for that word.
const token = (name: string) => `eyJhbGciOiJSUzI1NiJ9.CANARY-${digestOf(name).slice(0, 40)}.c2lnbmF0dXJl`;
const userName = (index: number) => `user${index}@canary.example.org`;

function user(name: string, programs: readonly string[]): unknown {
  return {
    user: { user_name: name, sample_jwt: token(name) },
    programs: Object.fromEntries(
      programs.map((id) => [id, { program_id: id, start_date: '2024-01-01', end_date: '2044-12-31' }]),
    ),
  };
}

/** What the stores of a site hold that was just built: the same for the same `clientSecret`. */
export function* basicEntries(clientSecret: string): Generator<readonly [path: string, value: unknown]> {
  yield ['keycloak/client-secret', { value: clientSecret }];
  yield ['keycloak/client-id', { value: 'local_candig' }];
  yield [
    'opa/data',
    { keys: [{ cert: `{"keys":["CANARY-CERT"]}`, iss: 'http://candig.docker.internal', aud: 'account' }] },
  ];
  yield [
    'opa/paths',
    { paths: { read: { get: ['/v3/discovery/?.*', '/v3/authorized/?.*'] }, curate: { post: ['/ingest/?.*'] } } },
  ];
  yield [
    'opa/site_roles',
    { site_roles: { admin: ['admin@canary.example.org'], curator: [], local_team: [], mohccn_network: [] } },
  ];
  yield ['opa/pending_users', { pending_users: {} }];
  yield ['opa/programs', { programs: [] }];
  yield ['federation/servers', { servers: {} }];
  yield ['federation/services', { services: {} }];
}

/** What comes in while the site is used: the same for the same size. A later value for a path replaces an earlier one. */
export function* siteEntries({ users, programs }: EntriesSize): Generator<readonly [path: string, value: unknown]> {
  yield ['opa/programs', { programs }];
  for (const id of programs) {
    const people = { program_curators: [`curator-${id}@canary.example.org`], team_members: [userName(1)] };
    yield [`opa/programs/${id}`, { [id]: { program_id: id, ...people, date_created: '2024-10-24' } }];
  }
  for (let index = 1; index <= users; index += 1) {
    // From one program to all but one: no two neighbours may see the same.
    const own = programs.filter((_, program) => (index + program) % programs.length <= index % 3);
    yield [`opa/users/${userName(index)}`, user(userName(index), own)];
  }
  const roles = {
    admin: ['admin@canary.example.org', userName(2)],
    curator: [userName(3)],
    local_team: [],
    mohccn_network: [],
  };
  yield ['opa/site_roles', { site_roles: roles }];
  const newcomer = 'newcomer@canary.example.org';
  yield ['opa/pending_users', { pending_users: { [newcomer]: user(newcomer, []) } }];
  for (const bucket of ['reads', 'variants']) {
    const secrets = { access_key: `CANARY-ACCESS-${bucket}`, secret_key: `CANARY-SECRET-${digestOf(bucket)}` };
    yield [`candig-ingest/aws/s3_example_org/${bucket}`, { url: 's3.example.org', ...secrets, secure: true }];
  }
  const server = {
    id: 'self',
    url: 'http://candig.docker.internal:4232/federation',
    location: { name: 'Here', province: 'BC' },
  };
  yield [
    'federation/servers',
    {
      servers: { self: { server, authentication: { issuer: 'http://candig.docker.internal', token: token('self') } } },
    },
  ];
  for (const service of ['katsu', 'htsget', 'candig-ingest', 'federation']) {
    const id = digestOf(service).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
    yield [`${service}/token/${id}`, { token: id }];
  }
}
