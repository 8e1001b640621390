import type { Contents, Properties } from './evidence.ts';
/**
 * In which ways `copy` is not what the evidence says was dumped; empty if it is the same. Each entry names an object,
 * never a value. Sequences must lie in the range seen around the dump.
 */
export declare function differencesOf(evidence: Contents, copy: Contents): string[];
/** Objects that are missing, added or changed in `other`, by name. */
export declare function structureDifferences(wanted: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): string[];
/** Which database properties of a staged copy are not as the backup had them. */
export declare function propertyDifferences(wanted: Properties, copy: Properties): string[];
