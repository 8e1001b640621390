import * as z from 'zod';
declare const schema: z.ZodObject<{
    run: z.ZodString;
    role: z.ZodEnum<{
        previous: "previous";
        staged: "staged";
    }>;
    of: z.ZodString;
    at: z.ZodString;
    together: z.ZodArray<z.ZodString>;
    comment: z.ZodNullable<z.ZodString>;
    authorization: z.ZodOptional<z.ZodBoolean>;
}, z.core.$strip>;
/** Written as the comment of every database we make. */
export type Marker = z.infer<typeof schema>;
export declare function toComment(marker: Marker): string;
/** The marker in a database's comment; null if the comment is not one of ours. */
export declare function parseMarker(comment: string | null): Marker | null;
/**
 * The marker of a database of ours: one that has the comment *and* the name we gave it. A comment goes along when
 * somebody renames a copy by hand; what they put in place of a living database is not ours to drop.
 */
export declare function ownMarker({ name, comment, }: {
    readonly name: string;
    readonly comment: string | null;
}): Marker | null;
export {};
