import * as z from 'zod';
import { type Compression } from '../../tarball/inflate.ts';
import type { Gap } from '../source.ts';
/** The most names that are kept of one kind. */
export declare const mostNames = 1000;
/** How many there were, and the first of their names. */
declare const listed: z.ZodObject<{
    count: z.ZodInt;
    names: z.ZodArray<z.ZodString>;
}, z.core.$strip>;
/** What of the log folder is in the backup, and what is not. */
declare const folderEvidence: z.ZodObject<{
    kind: z.ZodLiteral<"folder">;
    from: z.ZodString;
    foundBy: z.ZodEnum<{
        checkout: "checkout";
        fluentd: "fluentd";
    }>;
    compression: z.ZodEnum<{
        gzip: "gzip";
        zstd: "zstd";
    }>;
    files: z.ZodInt;
    plainBytes: z.ZodInt;
    grown: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    torn: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    vanished: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    unreadable: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    leftOut: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
}, z.core.$strip>;
/** What Docker has kept of a container's output. */
declare const containerEvidence: z.ZodObject<{
    kind: z.ZodLiteral<"container">;
    service: z.ZodString;
    container: z.ZodString;
    compression: z.ZodEnum<{
        gzip: "gzip";
        zstd: "zstd";
    }>;
    plainBytes: z.ZodInt;
    whole: z.ZodBoolean;
}, z.core.$strip>;
/** Everything we seal beside the logs, for each of their objects. */
export declare const logsEvidenceSchema: z.ZodDiscriminatedUnion<[z.ZodObject<{
    kind: z.ZodLiteral<"folder">;
    from: z.ZodString;
    foundBy: z.ZodEnum<{
        checkout: "checkout";
        fluentd: "fluentd";
    }>;
    compression: z.ZodEnum<{
        gzip: "gzip";
        zstd: "zstd";
    }>;
    files: z.ZodInt;
    plainBytes: z.ZodInt;
    grown: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    torn: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    vanished: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    unreadable: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
    leftOut: z.ZodObject<{
        count: z.ZodInt;
        names: z.ZodArray<z.ZodString>;
    }, z.core.$strip>;
}, z.core.$strip>, z.ZodObject<{
    kind: z.ZodLiteral<"container">;
    service: z.ZodString;
    container: z.ZodString;
    compression: z.ZodEnum<{
        gzip: "gzip";
        zstd: "zstd";
    }>;
    plainBytes: z.ZodInt;
    whole: z.ZodBoolean;
}, z.core.$strip>], "kind">;
export type LogsEvidence = z.infer<typeof logsEvidenceSchema>;
export type FolderEvidence = z.infer<typeof folderEvidence>;
export type ContainerEvidence = z.infer<typeof containerEvidence>;
export type Listed = z.infer<typeof listed>;
/** What the evidence says is not in the backup. That files grow and go is the way of logs, and recorded in it alone. */
export declare function gapsOf(evidence: LogsEvidence): Gap[];
/** The name of the part that holds what evidence of its kind is about. */
export declare function logPartName(it: {
    readonly kind: 'folder';
} | {
    readonly kind: 'container';
    readonly service: string;
}, compression: Compression): string;
export {};
