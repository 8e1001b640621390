/**
 * `text` from outside, fit to stand in a one-line message: in double quotes, at most 80 characters, and everything
 * that is not printable ASCII (newlines, control codes, letters that only look like others) escaped as `\u{…}`.
 */
export declare function shown(text: string): string;
