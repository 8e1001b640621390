/**
 * `text` from outside, fit to stand in a one-line message: in double quotes, at most 80 characters, and everything
 * that is not printable ASCII (newlines, control codes, letters that only look like others) escaped as `\u{…}`. What
 * looks like a secret key is not shown at all: it was most likely put in the wrong place.
 */
export declare function shown(text: string): string;
