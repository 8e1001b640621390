/**
 * `text` from outside, fit to stand in a one-line message: in double quotes, at most 80 characters, and everything
 * that is not printable ASCII (newlines, control codes, letters that only look like others) escaped as `\u{…}`. What
 * looks like a secret key is not shown at all: it was most likely put in the wrong place.
 */
export function shown(text: string): string {
  if (/AGE-SECRET-KEY-|PRIVATE KEY|minisign (encrypted )?secret key/i.test(text)) return 'what looks like a secret key';
  const characters = [...text];
  const kept = characters.slice(0, 80).map(printable).join('');
  return `"${kept}${characters.length > 80 ? '…' : ''}"`;
}

/** `text` as one line that moves no cursor: control characters and line breaks of all kinds are escaped as `\u{…}`. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}|\u2028|\u2029/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

function printable(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  return /^[\x20-\x7e]$/.test(character) ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
