import { type Listed, mostNames } from './evidence.ts';

/** What a helper says it met with while it read the log folder. */
export interface FolderReport {
  /** Regular files there were to read. */
  readonly listed: number;
  readonly grown: Listed;
  readonly torn: Listed;
  readonly vanished: Listed;
  readonly unreadable: Listed;
  readonly leftOut: Listed;
  /** How many of those listed are not in the tar. */
  readonly missing: number;
}

/** Messages of GNU tar 1.29 to 1.35, of busybox 1.30 to 1.37 and of their `find`, in the locale C. */
const kinds = [
  { kind: 'torn', pattern: /^tar: (.*?): File shrank by \d+ bytes; padding with zeros$/s },
  { kind: 'torn', pattern: /^tar: (.*?): (?:Warning: )?Read error at byte \d+, while reading \d+ bytes?: .*$/s },
  { kind: 'vanished', pattern: /^tar: (.*?): (?:Warning: )?Cannot (?:stat|open): No such file or directory$/s },
  { kind: 'vanished', pattern: /^tar: (.*?): File removed before we read it$/s },
  { kind: 'unreadable', pattern: /^tar: (.*?): (?:Warning: )?Cannot (?:stat|open|read): .*$/s },
  { kind: 'replaced', pattern: /^tar: (.*?): (?:socket|door) ignored$/s },
  { kind: 'vanished', pattern: /^tar: can't open '(.*)': No such file or directory$/s },
  { kind: 'unreadable', pattern: /^tar: can't open '(.*)': .*$/s },
  { kind: 'vanished', pattern: /^tar: (.*?): No such file or directory$/s },
  { kind: 'unreadable', pattern: /^tar: (.*?): Permission denied$/s },
] as const;
const isFolderGone = /^find: ['‘]?(.*?)['’]?: No such file or directory$/s;
const isFolderUnreadable = /^find: ['‘]?(.*?)['’]?: .*$/s;

/** Reads the report of the script `archive`. Undefined if it is none. */
export function parseFolderReport(text: string): FolderReport | undefined {
  const sections = sectionsOf(text);
  const [all, grown, leftOut, messages] = ['listed', 'grown', 'left-out', 'messages'].map((name) => sections.get(name));
  if (all === undefined || grown === undefined || leftOut === undefined || messages === undefined) return undefined;
  const names = { torn: [], vanished: [], unreadable: [], replaced: [] } as Record<
    (typeof kinds)[number]['kind'],
    string[]
  >;
  const said = messagesOf(messages.names);
  for (const line of said) {
    const known = kinds.find(({ pattern }) => pattern.test(line));
    if (known !== undefined) names[known.kind].push(unescaped(known.pattern.exec(line)?.[1] ?? ''));
  }
  const missing = names.vanished.length + names.unreadable.length + names.replaced.length;
  // Folders that could not be listed; what was in them nobody counted.
  for (const line of said) {
    const gone = isFolderGone.exec(line)?.[1];
    const closed = isFolderUnreadable.exec(line)?.[1];
    if (gone !== undefined) names.vanished.push(gone);
    else if (closed !== undefined) names.unreadable.push(closed);
  }
  return {
    listed: all.count,
    grown,
    torn: toListed(names.torn),
    vanished: toListed(names.vanished),
    unreadable: toListed(names.unreadable),
    leftOut: toListed([...leftOut.names, ...names.replaced], leftOut.count + names.replaced.length),
    missing,
  };
}

/** Sections: a line `name count shown`, then as many lines as are shown. */
function sectionsOf(text: string): Map<string, Listed> {
  const lines = text.split('\n');
  const sections = new Map<string, Listed>();
  for (let at = 0; at < lines.length; ) {
    const [, name, count, shown] = /^([a-z-]+) (\d+) (\d+)$/.exec(lines[at] ?? '') ?? [];
    if (name === undefined) break;
    const end = at + 1 + Number(shown);
    sections.set(name, { count: Number(count), names: lines.slice(at + 1, end).map(toName) });
    at = end;
  }
  return sections;
}

/** busybox writes a name with a line break in it as two lines. */
function messagesOf(lines: readonly string[]): string[] {
  const messages: string[] = [];
  for (const line of lines) {
    if (/^(tar|find): /.test(line) || messages.length === 0) messages.push(line);
    else messages.push(`${messages.pop()}\n${line}`);
  }
  return messages;
}

function toName(line: string): string {
  return line.replaceAll('\u0001', '\n');
}

/** A name as GNU tar writes it in a message (`--quoting-style=escape`); busybox writes it as it is. */
function unescaped(name: string): string {
  if (!name.includes('\\')) return name;
  const bytes = name.replaceAll(/\\([0-7]{3}|[\\abfnrtv])/g, (_, code: string) => {
    return code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (letters[code] ?? code);
  });
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

const letters: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function toListed(names: readonly string[], count = names.length): Listed {
  return { count, names: names.slice(0, mostNames) };
}
