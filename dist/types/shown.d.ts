/**
 * `text` from outside, fit to stand in a one-line message: in double quotes, at most 80 characters, and everything
 * that is not printable ASCII (newlines, control codes, letters that only look like others) escaped as `\u{…}`. What
 * looks like a secret key is not shown at all: it was most likely put in the wrong place.
 */
export declare function shown(text: string): string;
/** `text` as one line that moves no cursor: control characters and line breaks of all kinds are escaped as `\u{…}`. */
export declare function oneLine(text: string): string;
