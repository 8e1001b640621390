import * as z from 'zod';

const prefix = 'candig-backup ';

const schema = z.object({
  /** The run that made this copy. */
  run: z.string(),
  role: z.enum(['staged', 'previous']),
  /** The name it stands in for. */
  of: z.string(),
  /** When it was made (ISO 8601). */
  at: z.string(),
  /** The comment the database had before ours took its place. */
  comment: z.string().nullable(),
});

/** Written as the comment of every database we make, so that ours are known for certain, whatever they are called. */
export type Marker = z.infer<typeof schema>;

export function toComment(marker: Marker): string {
  return prefix + JSON.stringify(marker);
}

/** The marker in a database's comment; null if the comment is not one of ours. */
export function parseMarker(comment: string | null): Marker | null {
  if (comment === null || !comment.startsWith(prefix)) return null;
  try {
    return schema.parse(JSON.parse(comment.slice(prefix.length)));
  } catch {
    return null;
  }
}
