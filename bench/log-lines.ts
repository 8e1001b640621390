/**
 * Lines as CanDIG's services log them and fluentd writes them: time, container, record. The first half of a history is
 * as Docker's driver hands it over (ids and names of containers in each record); the second as CanDIG's own fluent.conf
 * has it since: parsed into fields, without those. The same seed gives the same lines.
 */
export interface LogLines {
  /** As many whole lines as fit into `bytes`, spread over the seconds `fromS` to `toS` since 1970. */
  take(bytes: number, fromS: number, toS: number, shape: 'raw' | 'parsed'): string;
}

interface Random {
  /** From 0 to below `count`. */
  below(count: number): number;
  hex(digits: number): string;
  pick<Of>(list: readonly Of[]): Of;
  uuid(): string;
  /** Mostly small, sometimes large: of sizes and durations. */
  skewed(most: number): number;
}

type Fields = Readonly<Record<string, string>>;
interface Said {
  readonly service: string;
  readonly source: 'stdout' | 'stderr';
  readonly log: string;
  /** What fluent.conf takes out of it; none: it stays as it is. */
  readonly fields?: Fields;
}

const programs = ['MoHQ-CM-2', 'TFRI-BREAST', 'POG-LUNG', 'PRISM-04', 'MoHQ-CM-1', 'SYNTH_01', 'SYNTH_02'];
const tables = ['donors', 'primary_diagnoses', 'specimens', 'sample_registrations', 'treatments', 'followups'];
const browsers = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15',
];
const statuses = ['200', '200', '200', '200', '200', '200', '200', '304', '401', '403', '404', '500'];

export function openLogLines(seed: number): LogLines {
  const random = openRandom(seed);
  const users = Array.from({ length: 40 }, () => ({
    id: random.uuid(),
    name: `user${random.hex(3)}@hospital.example.org`,
  }));
  const newSession = () => ({ id: random.uuid(), user: random.pick(users) });
  const sessions = Array.from({ length: 30 }, newSession);
  const containers = new Map<string, string>();
  let requests = 0;
  const write = (atMs: number, { service, source, log, fields }: Said, shape: 'raw' | 'parsed'): string => {
    const name = `candigv2_${service}_1`;
    const time = `${new Date(atMs).toISOString().slice(0, 19)}+00:00`;
    if (shape === 'parsed') return `${time}\t${name}\t${JSON.stringify({ source, ...(fields ?? { log }) })}\n`;
    if (!containers.has(service)) containers.set(service, random.hex(64));
    const record = { container_id: containers.get(service), container_name: `/${name}`, source, log };
    return `${time}\t${name}\t${JSON.stringify(record)}\n`;
  };
  return {
    take(bytes, fromS, toS, shape) {
      const lines: string[] = [];
      for (let left = bytes; ; ) {
        requests += 1;
        if (random.below(20) === 0) sessions[random.below(sessions.length)] = newSession();
        const atMs = 1_000 * (toS - (left / bytes) * (toS - fromS)) + random.below(1_000);
        for (const said of oneRequest(random, { ...random.pick(sessions), number: requests, atMs })) {
          const line = write(atMs, said, shape);
          left -= line.length;
          if (left < 0) return lines.join('');
          lines.push(line);
        }
      }
    },
  };
}

interface Request {
  readonly id: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly number: number;
  readonly atMs: number;
}

/** What the services say of one request: the gateway, whoever is asked, and OPA, who is asked whether that is allowed. */
function oneRequest(random: Random, request: Request): Said[] {
  const kinds = [katsu, katsu, katsu, htsget, htsget, query, portal, login, database, ingest];
  return [...gateway(random, request), ...random.pick(kinds)(random, request)];
}

const peer = (random: Random) => `172.18.0.${2 + random.below(16)}`;

function gateway(random: Random, { atMs, id }: Request): Said[] {
  if (random.below(4) > 0) return [];
  const time = new Date(atMs).toUTCString().slice(5, 22);
  const message = random.pick(['Authorization field missing', 'Key has expired, please renew', 'JWT validated']);
  const level = message.startsWith('JWT') ? 'info' : 'warning';
  return [
    {
      service: 'tyk',
      source: 'stderr',
      log: `time="${time}" level=${level} msg="${message}" prefix=jwt org_id= path=/katsu/v3/ session=${id} origin=${peer(random)}`,
      fields: { level, message, prefix: 'jwt' },
    },
  ];
}

function opa(random: Random, { number, atMs }: Request): Said[] {
  const client = `${peer(random)}:${32_768 + random.below(28_000)}`;
  const uri = `/v1/data/permissions/${random.pick(['datasets', 'allowed', 'site_admin'])}`;
  const time = new Date(atMs).toISOString();
  const [rsize, duration] = [String(random.skewed(600)), (random.skewed(40_000) / 1000).toFixed(3)];
  const received = `{"client_addr":"${client}","level":"info","msg":"Received request.","req_id":${number},"req_method":"POST","req_path":"${uri}","time":"${time}"}`;
  const sent = `{"client_addr":"${client}","level":"info","msg":"Sent response.","req_id":${number},"req_method":"POST","req_path":"${uri}","resp_bytes":${rsize},"resp_duration":${duration},"resp_status":200,"time":"${time}"}`;
  const common = { level: 'info', req_id: String(number), method: 'POST', uri };
  return [
    { service: 'opa', source: 'stderr', log: received, fields: common },
    { service: 'opa', source: 'stderr', log: sent, fields: { ...common, rsize, duration, status: '200' } },
  ];
}

/** Gunicorn's access log, and what CanDIG's own logger says of who asked. */
function katsu(random: Random, request: Request): Said[] {
  const donor = `DONOR_${String(random.below(4_000)).padStart(4, '0')}`;
  const uri = random.pick([
    `/v3/authorized/${random.pick(tables)}/?program_id=${random.pick(programs)}&page=${1 + random.below(40)}&page_size=100`,
    `/v3/authorized/donor_with_clinical_data/program/${random.pick(programs)}/donor/${donor}`,
    `/v3/discovery/overview/${random.pick(['cohort_count', 'individual_count', 'gender_count', 'treatment_type_count'])}`,
    `/v3/authorized/${random.pick(tables)}/?submitter_donor_id=${donor}`,
  ]);
  const fields = {
    level: 'INFO',
    method: 'GET',
    uri,
    rsize: String(random.skewed(90_000)),
    duration: `${random.skewed(900)}ms`,
    status: random.pick(statuses),
  };
  return [
    { service: 'katsu', source: 'stdout', log: Object.values(fields).join('\t'), fields },
    ...who('katsu', 'chord_metadata_service/mohpackets/apis/clinical_data.py', uri, request),
    ...opa(random, request),
  ];
}

function who(service: string, file: string, path: string, { id, user }: Request): Said[] {
  const message = `Request for ${path.split('?')[0]}`;
  const log = `level: DEBUG, file: ${file}, message: {'log': "${message}", 'path': '${path}', 'method': 'GET', 'user': '${user.name}', 'sid': '${id}'}`;
  const fields = { level: 'DEBUG', file, message, path, method: 'GET', user: user.name, sid: id };
  return [{ service, source: 'stderr', log, fields }];
}

/** uwsgi's log. */
function htsget(random: Random, request: Request): Said[] {
  const sample = `SAMPLE_${String(random.below(9_000)).padStart(5, '0')}`;
  const [chromosome, start] = [1 + random.below(22), random.below(240_000_000)];
  const uri = random.pick([
    `/htsget/v1/variants/data/${sample}?class=body&referenceName=${chromosome}&start=${start}&end=${start + 10_000}`,
    `/ga4gh/drs/v1/objects/${sample}.vcf.gz`,
    `/htsget/v1/reads/${sample}?referenceName=chr${chromosome}&start=${start}`,
    `/beacon/v2/g_variants?assemblyId=hg38&referenceName=chr${chromosome}&start=${start}&referenceBases=A&alternateBases=${random.pick(['C', 'G', 'T'])}`,
  ]);
  return [...uwsgi('htsget', random, uri, request), ...opa(random, request)];
}

function uwsgi(service: string, random: Random, uri: string, { number, atMs }: Request): Said[] {
  const fields = {
    method: 'GET',
    uri,
    rsize: String(random.skewed(200_000)),
    duration: String(random.skewed(2_500)),
    status: random.pick(statuses),
  };
  const worker = 20 + random.below(4);
  const time = new Date(atMs).toUTCString().replace(/^(...), (..) (...) (....) (.*) GMT$/, '$1 $3 $2 $5 $4');
  const log = `[pid: ${worker}|app: 0|req: ${number >> 2}/${number}] ${peer(random)} () {${40 + random.below(9)} vars in ${random.below(300) + 700} bytes} [${time}] GET ${uri} => generated ${fields.rsize} bytes in ${fields.duration} msecs (HTTP/1.1 ${fields.status}) 3 headers in ${110 + random.below(20)} bytes (1 switches on core ${random.below(2)})`;
  return [{ service, source: 'stderr', log, fields }];
}

function query(random: Random, request: Request): Said[] {
  const uri = `/query?treatment=${random.pick(['Chemotherapy', 'Surgery', 'Radiation+therapy'])}&primary_site=${random.pick(['Breast', 'Bronchus+and+lung', 'Colon', 'Brain'])}&page=${random.below(10)}&session_id=${random.uuid()}`;
  return [
    ...uwsgi('query', random, uri, request),
    ...who('query', 'query_server/query_operations.py', uri, request),
    ...opa(random, request),
  ];
}

function portal(random: Random, { atMs }: Request): Said[] {
  const time = new Date(atMs).toUTCString().replace(/^..., (..) (...) (....) (.*) GMT$/, '$1/$2/$3:$4 +0000');
  const path = random.pick([
    '/v2/summary',
    '/v2/clinicalGenomicSearch',
    `/static/js/main.${random.pick(['5d1f0c3a', '8be2c77d'])}.js`,
    `/static/js/${random.below(60)}.8be2c77d.chunk.js`,
  ]);
  const log = `${peer(random)} - - [${time}] "GET ${path} HTTP/1.1" ${random.pick(statuses)} ${random.skewed(400_000)} "https://candig.example.org/" "${random.pick(browsers)}" "10.${random.below(20)}.${random.below(256)}.${random.below(256)}"`;
  return [{ service: 'candig-data-portal', source: 'stdout', log }];
}

function login(random: Random, { id, user, atMs }: Request): Said[] {
  const type = random.pick(['LOGIN', 'CODE_TO_TOKEN', 'REFRESH_TOKEN', 'REFRESH_TOKEN', 'LOGOUT', 'LOGIN_ERROR']);
  const time = new Date(atMs).toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
  const log = `${time} DEBUG [org.keycloak.events] (executor-thread-${1 + random.below(30)}) type=${type}, realmId=candig, clientId=local_candig, userId=${user.id}, sessionId=${id}, ipAddress=10.${random.below(20)}.${random.below(256)}.${random.below(256)}, token_id=${random.uuid()}, grant_type=refresh_token, refresh_token_type=Refresh`;
  return [{ service: 'keycloak', source: 'stdout', log }];
}

function database(random: Random, { atMs }: Request): Said[] {
  const time = `${new Date(atMs).toISOString().replace('T', ' ').slice(0, 23)} UTC [${27 + random.below(5)}]`;
  const buffers = random.skewed(4_000);
  const log = random.pick([
    `${time} LOG:  checkpoint complete: wrote ${buffers} buffers (${(buffers / 163.84).toFixed(1)}%); 0 WAL file(s) added, 0 removed, ${random.below(3)} recycled; write=${(buffers / 10).toFixed(3)} s, sync=0.0${random.below(90) + 10} s, total=${(buffers / 9.9).toFixed(3)} s; sync files=${random.below(90)}, longest=0.00${random.below(9)} s, average=0.001 s; distance=${random.skewed(60_000)} kB, estimate=${random.skewed(90_000)} kB; lsn=${random.below(9)}/${random.hex(8).toUpperCase()}, redo lsn=${random.below(9)}/${random.hex(8).toUpperCase()}`,
    `${time} LOG:  checkpoint starting: time`,
    `${time} ERROR:  canceling statement due to user request`,
  ]);
  return [{ service: 'postgres-db', source: 'stderr', log }];
}

function ingest(random: Random, request: Request): Said[] {
  const file = 'ingest_operations.py';
  const message = `Ingesting ${random.uuid()}: ${random.pick(programs)}~${random.pick(tables)} ${random.below(4_000)} of 4000`;
  return [
    {
      service: 'candig-ingest',
      source: 'stderr',
      log: `level: INFO, file: ${file}, message: ${message}`,
      fields: { level: 'INFO', file, message },
    },
    ...uwsgi('candig-ingest', random, `/ingest/status/${request.id}`, request),
  ];
}

/** xorshift32: fast, and the same everywhere. */
function openRandom(seed: number): Random {
  let state = seed | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (count: number) => next() % count;
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += next().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  };
  return {
    below,
    hex,
    pick: (list) => list[below(list.length)] as (typeof list)[number],
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
    skewed: (most) => Math.floor(most ** (next() / 2 ** 32)),
  };
}
