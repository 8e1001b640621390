import { z } from 'zod';
import { type BackupId } from './ids.ts';
import { type BackupRef } from './layout.ts';
import { type Site } from './site.ts';
/** What of a site a backup can hold. Each is whole in it, or it is not. */
export declare const partNames: readonly ['databases', 'vault', 'logs'];
export type PartName = (typeof partNames)[number];
/** The most bytes a manifest may have: room for some 20,000 objects. */
export declare const maxManifestBytes: number;
declare const manifest: z.ZodObject<{
    format: z.ZodLiteral<"candig-backup/1">;
    site: z.ZodCustom<Site, Site>;
    id: z.ZodCustom<BackupId, BackupId>;
    reason: z.ZodEnum<{
        regular: "regular";
        safety: "safety";
    }>;
    startedAt: z.ZodISODateTime;
    finishedAt: z.ZodISODateTime;
    tool: z.ZodString;
    previous: z.ZodNullable<z.ZodObject<{
        id: z.ZodCustom<BackupId, BackupId>;
        digest: z.ZodString;
    }, z.core.$strict>>;
    parts: z.ZodArray<z.ZodObject<{
        name: z.ZodEnum<{
            databases: "databases";
            logs: "logs";
            vault: "vault";
        }>;
        status: z.ZodEnum<{
            complete: "complete";
            failed: "failed";
        }>;
        code: z.ZodOptional<z.ZodString>;
    }, z.core.$strict>>;
    objects: z.ZodArray<z.ZodObject<{
        name: z.ZodString;
        part: z.ZodEnum<{
            databases: "databases";
            evidence: "evidence";
            logs: "logs";
            vault: "vault";
        }>;
        sizeBytes: z.ZodInt;
        sha256: z.ZodString;
    }, z.core.$strict>>;
}, z.core.$strict>;
/** The list of what a backup is made of: written last, signed, and readable by anybody with a text editor. */
export type Manifest = z.infer<typeof manifest>;
export type ManifestObject = Manifest['objects'][number];
/**
 * A manifest's one spelling: JSON indented by two spaces, fields in the order of the format, a newline at the end.
 * Throws `manifest-invalid` if it is none, so that what is written can always be read.
 */
export declare function encodeManifest(value: Manifest): Uint8Array;
/**
 * The manifest `bytes` are. Throws `manifest-invalid` if they are none, if its format is one we do not know, if it is
 * of another site or backup than `expected`, or if it is spelt in any way but the one `encodeManifest` has, which
 * leaves no room for two readers to see different things in it.
 */
export declare function decodeManifest(bytes: Uint8Array, expected: BackupRef): Manifest;
/** The SHA-256 of `bytes`, in lower-case hex. */
export declare function digestOf(bytes: Uint8Array): string;
export {};
