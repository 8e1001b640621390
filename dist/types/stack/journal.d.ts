import * as z from 'zod';
import type { CallOptions, Remote } from '../remote/remote.ts';
import { type Runner } from './lock.ts';
declare const schema: z.ZodObject<{
    format: z.ZodLiteral<"candig-backup-journal/1">;
    run: z.ZodString;
    operation: z.ZodString;
    services: z.ZodArray<z.ZodObject<{
        id: z.ZodString;
        name: z.ZodString;
    }, z.core.$strip>>;
    databases: z.ZodArray<z.ZodString>;
}, z.core.$strip>;
/** What a run is about to change on the host, written there before it does. Holds no secret. */
export type Journal = z.infer<typeof schema>;
/** Writes the journal, whole or not at all. `host` is the lock, so that nobody else's is replaced. */
export declare function writeJournal(host: Runner, project: string, journal: Journal, options?: CallOptions): Promise<void>;
/** What an earlier run left unfinished; undefined if nothing. */
export declare function readJournal(remote: Remote, project: string, options?: CallOptions): Promise<Journal | undefined>;
/** Says that nothing is unfinished any more. `host` is the lock, so that nobody else's is removed. */
export declare function clearJournal(host: Runner, project: string, options?: CallOptions): Promise<void>;
export {};
