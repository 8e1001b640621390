import { z } from 'zod';
import type { BackupRef } from './layout.ts';
/** The object that holds the evidence, sealed. */
export declare const evidenceName = "evidence.json.age";
/** The most plain bytes an evidence may have: room for some hundred thousand tables. */
export declare const maxEvidenceBytes: number;
declare const schema: z.ZodObject<{
    format: z.ZodLiteral<"candig-backup-evidence/1">;
    site: z.ZodString;
    id: z.ZodString;
    parts: z.ZodRecord<z.ZodEnum<{
        databases: "databases";
        logs: "logs";
        vault: "vault";
    }> & z.core.$partial, z.ZodArray<z.ZodUnknown>>;
}, z.core.$strip>;
/** The sealed record of what was in a backup. It names tables and counts rows, so it is never kept in the clear. */
export type Evidence = z.infer<typeof schema>;
export declare function encodeEvidence({ site, id }: BackupRef, parts: Evidence['parts']): Uint8Array;
/** Throws `manifest-invalid` if `bytes` are no evidence we know, or that of another site or backup. */
export declare function decodeEvidence(bytes: Uint8Array, expected: BackupRef): Evidence;
export {};
