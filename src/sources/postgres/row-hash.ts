import { identifier, literal } from './names.ts';

/** A column, as far as its hash depends on it. */
export interface HashedColumn {
  readonly name: string;
  /** Its type's name in pg_catalog (`int4`, for an array of them `_int4`); null if the type is not PostgreSQL's own. */
  readonly type: string | null;
}

/** SQL for a 64-bit hash of `value` with `seed`, both SQL too. */
type Hash = (value: string, seed: string) => string;

const ofText: Hash = (value, seed) => `hashtextextended(${value} COLLATE "C", ${seed})`;
const ofInteger: Hash = (value, seed) => `hashint4extended(${value}, ${seed})`;
const ofOutput =
  (output: string): Hash =>
  (value, seed) =>
    ofText(`textin(${output}(${value}))`, seed);
/** For types whose hash function goes by another name in another version, or has none that can be called. */
const ofRecord: Hash = (value, seed) => `hash_record_extended(ROW(${value}), ${seed})`;

/**
 * Types with a hash that follows from the value alone. PostgreSQL's own would take `{}` and `[]` of a jsonb for the same,
 * and a month and 30 days of an interval: those go by their text. It folds a bigint into 32 bits; as a seed, all 64 count.
 */
const scalars: Readonly<Record<string, Hash>> = {
  bool: (value, seed) => ofInteger(`int4(${value})`, seed),
  int2: ofInteger,
  int4: ofInteger,
  int8: (value, seed) => ofInteger(seed, value),
  float4: (value, seed) => `hashfloat4extended(${value}, ${seed})`,
  float8: (value, seed) => `hashfloat8extended(${value}, ${seed})`,
  numeric: (value, seed) => `hash_numeric_extended(${value}, ${seed})`,
  text: ofText,
  varchar: ofText,
  bpchar: (value, seed) => `hashbpcharextended(${value} COLLATE "C", ${seed})`,
  bytea: ofRecord,
  uuid: (value, seed) => `uuid_hash_extended(${value}, ${seed})`,
  jsonb: ofOutput('jsonb_out'),
  date: ofRecord,
  time: ofRecord,
  timestamp: ofRecord,
  timestamptz: ofRecord,
  interval: ofOutput('interval_out'),
};

/** PostgreSQL's own hash of an array forgets its shape, and of an empty one the seed. */
const ofArray: Hash = (value, seed) =>
  ofInteger(`coalesce(array_upper(${value}, 1), 0)`, `hash_array_extended(${value}, ${seed})`);
const ofTexts: Hash = (value, seed) => ofArray(`(${value} COLLATE "C")`, seed);

const arrays: Readonly<Record<string, Hash>> = {
  ...Object.fromEntries(Object.keys(scalars).map((type) => [`_${type}`, ofArray])),
  _text: ofTexts,
  _varchar: ofTexts,
  _bpchar: ofTexts,
  // What holds of the elements' own hash holds here.
  _int8: ofOutput('array_out'),
  _jsonb: ofOutput('array_out'),
  _interval: ofOutput('array_out'),
};

const hashes: ReadonlyMap<string, Hash> = new Map(Object.entries({ ...scalars, ...arrays }));

/**
 * SQL for a 64-bit hash of the row `x` of a table with these columns, by each column's own hash; undefined if one of them
 * has a type whose hash may change with a restore. The seed is the column's place, so that a value that moved to another
 * column is noticed, a null among them. Hashed once more, since the sum over all rows must notice values that changed
 * places between two of them.
 */
export function hashByColumns(columns: readonly HashedColumn[]): string | undefined {
  const terms: string[] = [];
  for (const [at, { name, type }] of columns.entries()) {
    const hash = hashes.get(type ?? '');
    if (hash === undefined) return undefined;
    terms.push(`coalesce(${hash(`x.${identifier(name)}`, `${at + 1}`)}, ${-at - 1})`);
  }
  return terms.length === 0 ? undefined : ofInteger('0', combined(terms));
}

/** Halved again and again: PostgreSQL's parser would run out of stack on a chain of 1,600. */
function combined(terms: readonly string[]): string {
  if (terms.length <= 8) return `(${terms.join(' # ')})`;
  const half = Math.ceil(terms.length / 2);
  return `(${combined(terms.slice(0, half))} # ${combined(terms.slice(half))})`;
}

/**
 * The same by the row's text: for every other table. `record_out` and not a cast to text: a database can define such a
 * cast, and we would run it.
 */
export function hashByText(columns: readonly HashedColumn[]): string {
  const row = `ROW(${columns.map(({ name }) => `x.${identifier(name)}`).join(', ')})`;
  return `hashtextextended(textin(record_out(${row})) COLLATE "C", 0)`;
}

/** A value of every such type, as text. */
const samples: Readonly<Record<string, string>> = {
  bool: 'true',
  int2: '1',
  int4: '70000',
  int8: '5000000000',
  float4: '1.5',
  float8: '-2.25',
  numeric: '12.340',
  text: 'donor',
  varchar: 'é',
  bpchar: 'x',
  bytea: '\\x00ff',
  uuid: '0f6a1c2e-0000-4000-8000-00000000abcd',
  jsonb: '{"a": [1, "b", null]}',
  date: '2024-02-29',
  time: '12:34:56.789',
  timestamp: '2024-02-29 12:34:56.789',
  timestamptz: '2024-02-29 12:34:56.789+00',
  interval: '1 mon 2 days 03:00',
};

/**
 * The hash of one fixed row with a value, and an array, of every type that is hashed so. Two servers that give the same
 * one hash alike, whatever their versions and machines; else their digests say nothing about each other.
 */
export const probeQuery = `SELECT ${hashByColumns([...hashes.keys()].map((type) => ({ name: type, type })))}::text AS probe
  FROM (SELECT ${Object.entries(samples)
    .map(([type, text]) => {
      const value = `${literal(text)}::pg_catalog.${type}`;
      return `${value} AS ${identifier(type)}, ARRAY[${value}, NULL]::pg_catalog._${type} AS ${identifier(`_${type}`)}`;
    })
    .join(', ')}) AS x`;
