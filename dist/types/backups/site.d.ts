declare const known: unique symbol;
/** The name a site's backups lie under: up to 64 of `[A-Za-z0-9._-]`, starting with a letter or digit. */
export type Site = string & {
    readonly [known]: 'Site';
};
/** Whether `text` can name a site. */
export declare function isSite(text: string): text is Site;
/** `text` as a site's name; `input-invalid` if it cannot be one. */
export declare function parseSite(text: string): Site;
export {};
