import type { Remote } from './remote.ts';
/** The machine this runs on, as a `Remote`. Programs are started without a shell, each in a process group of its own. */
export declare function openLocal(environment?: Readonly<Record<string, string | undefined>>): Remote;
