import { oneLine } from '../shown.ts';

/**
 * `text` as one line that the runner takes for nothing but text: control characters, among them line breaks, are
 * escaped, and what begins a workflow command (`::`, `##[`) is parted by a character of no width.
 */
export function inertLine(text: string): string {
  return oneLine(text).replaceAll('::', ':\u200b:').replaceAll('##[', '#\u200b#[');
}

/** `text` as one cell of an HTML table: nothing in it is markup, neither HTML nor Markdown. */
export function inertCell(text: string): string {
  return inertLine(text).replaceAll(
    /[^A-Za-z0-9 .,;/+()%\u0080-\u{10ffff}-]/gu,
    (character) => `&#${character.codePointAt(0)};`,
  );
}
