import * as z from 'zod';
import { tailOf } from '../run-tail.ts';
import { copyName } from './names.ts';

const prefix = 'candig-backup ';

const schema = z.object({
  /** The run that made this copy. */
  run: z.string(),
  role: z.enum(['staged', 'previous']),
  /** The name it stands in for. */
  of: z.string(),
  /** When it was made (ISO 8601). */
  at: z.string(),
  /** The names of all databases that changed places with it: a set is put back whole or not at all. */
  together: z.array(z.string()),
  /** The comment the database had before ours took its place. */
  comment: z.string().nullable(),
  /** Whether authorization changed places in the same run: then one is not put back without the other. */
  authorization: z.boolean().optional(),
});

/** Written as the comment of every database we make. */
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

/**
 * The marker of a database of ours: one that has the comment *and* the name we gave it. A comment goes along when
 * somebody renames a copy by hand; what they put in place of a living database is not ours to drop.
 */
export function ownMarker({
  name,
  comment,
}: {
  readonly name: string;
  readonly comment: string | null;
}): Marker | null {
  const marker = parseMarker(comment);
  if (marker === null) return null;
  const kind = marker.role === 'staged' ? 'restore' : 'before';
  return name === copyName(marker.of, kind, tailOf(marker.run)) ? marker : null;
}
