import { isIP } from 'node:net';
import { type PartName, partNames } from '../backups/manifest.ts';
import { shown } from '../shown.ts';
import type { Given, InputName } from './inputs.ts';
import { inInput, refuse } from './refuse.ts';

/** The entries of a list, each put through `parse`; blank lines are passed over, an entry given twice is refused. */
export function parseLines<Value>(given: Given, name: InputName, parse: (entry: string) => Value): Value[] {
  const entries = linesOf(given[name] ?? '');
  const twice = entries.find((entry, index) => entries.indexOf(entry) !== index);
  if (twice !== undefined) throw refuse(name, `names ${shown(twice)} twice`);
  return inInput(name, () => entries.map(parse));
}

/** The lines of `text` that are not blank, without the space around them. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What of a site is meant: all of it if nothing was given. */
export function parseInclude(given: Given): PartName[] {
  const words = (given.include ?? partNames.join(' ')).split(/\s+/).filter((word) => word !== '');
  const isPart = (word: string): word is PartName => partNames.some((name) => name === word);
  const odd = words.find((word, index) => !isPart(word) || words.indexOf(word) !== index);
  if (odd === undefined && words.length > 0) return words.filter(isPart);
  const what = odd === undefined ? 'names nothing' : isPart(odd) ? `names ${odd} twice` : `names ${shown(odd)}`;
  throw refuse('include', what, `Write one or more of ${partNames.join(', ')}`);
}

/** True or false, as the core schema of YAML 1.2 writes them. */
export function parseFlag(given: Given, name: InputName): boolean {
  const text = given[name] ?? 'false';
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  throw refuse(name, `is ${shown(text)}`, 'Write true or false');
}

/** A whole number from 0 on, 0 if none was given. */
export function parseCount(given: Given, name: InputName): number {
  const text = given[name] ?? '0';
  if (/^(0|[1-9][0-9]{0,8})$/.test(text)) return Number(text);
  throw refuse(name, `is ${shown(text)}`, 'Write a whole number, such as 0 or 12');
}

/** A TCP port, 22 if none was given. */
export function parsePort(name: InputName, text = '22'): number {
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw refuse(name, `has ${shown(text)} for a port`, 'A port is a whole number from 1 to 65535');
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;
const longestMs = 7 * 24 * unitMs.h;

/** A time such as `90m`, in milliseconds; undefined if none was given. At most seven days. */
export function parseDuration(given: Given, name: InputName): number | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const [, count, unit] = /^([1-9][0-9]{0,5})([smh])$/.exec(text) ?? [];
  const ms = Number(count) * unitMs[unit as keyof typeof unitMs];
  if (ms <= longestMs) return ms;
  throw refuse(name, `is ${shown(text)}`, 'Write a whole number and s, m or h, such as 90m; at most 168h');
}

/** The name or address of a machine. Nothing that a program could take for an option or a user. */
export function parseHostName(name: InputName, text: string): string {
  const isName = text.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$/.test(text);
  if (isName || isIP(text) !== 0) return text;
  throw refuse(name, `is not the name or address of a machine: ${shown(text)}`);
}

/** Whether `text` can name a user on a machine. */
export function isUser(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/.test(text);
}

/** The name of a user on a machine. */
export function parseUser(name: InputName, text: string): string {
  if (isUser(text)) return text;
  throw refuse(name, `is not the name of a user: ${shown(text)}`);
}

/** The name of a compose project, as compose itself allows them. */
export function parseProject(text: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,99}$/.test(text)) return text;
  throw refuse(
    'project',
    `is not the name of a compose project: ${shown(text)}`,
    'Such a name has lower-case letters, digits, - and _, and starts with a letter or digit; docker compose ls shows them',
  );
}

/** The name of a compose service. */
export function parseService(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) return text;
  throw refuse('services', `has ${shown(text)}, which is not the name of a compose service`);
}

/** The name of a PostgreSQL extension. */
export function parseExtension(text: string): string {
  if (/^[a-z_][a-z0-9_-]{0,62}$/.test(text)) return text;
  throw refuse('allow-extensions', `has ${shown(text)}, which is not the name of an extension`);
}
