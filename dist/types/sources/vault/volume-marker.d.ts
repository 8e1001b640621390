import * as z from 'zod';
declare const schema: z.ZodObject<{
    format: z.ZodLiteral<"candig-backup-whole/1">;
    run: z.ZodString;
    role: z.ZodEnum<{
        previous: "previous";
        undo: "undo";
    }>;
    at: z.ZodString;
    wasRunning: z.ZodBoolean;
    wasUnsealed: z.ZodBoolean;
    madeConfiguration: z.ZodNullable<z.ZodString>;
    files: z.ZodNumber;
    replaces: z.ZodOptional<z.ZodString>;
}, z.core.$strip>;
/**
 * What a run that swaps Vault's folder left word of, in Vault's own volume: `/vault/candig-backup-<tail>.json`. It stands there only while the copy, or what
 * took its place, is whole. Holds no secret.
 */
export type VolumeMarker = z.infer<typeof schema>;
/** Reads markers that were printed one a line. */
export declare function parseMarkers(text: string): VolumeMarker[];
export {};
