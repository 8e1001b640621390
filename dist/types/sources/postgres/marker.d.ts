import * as z from 'zod';
declare const schema: z.ZodObject<{
    run: z.ZodString;
    role: z.ZodEnum<{
        previous: "previous";
        staged: "staged";
    }>;
    of: z.ZodString;
    at: z.ZodString;
    comment: z.ZodNullable<z.ZodString>;
}, z.core.$strip>;
/** Written as the comment of every database we make, so that ours are known for certain, whatever they are called. */
export type Marker = z.infer<typeof schema>;
export declare function toComment(marker: Marker): string;
/** The marker in a database's comment; null if the comment is not one of ours. */
export declare function parseMarker(comment: string | null): Marker | null;
export {};
