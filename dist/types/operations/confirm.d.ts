import type { Site } from '../backups/site.ts';
/** Throws unless `confirm` is the site's name: acting on the wrong site is the mistake this is for. */
export declare function requireConfirmed(site: Site, confirm: string): void;
