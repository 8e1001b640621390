import { BackupError } from '../errors.ts';

/** A file or a folder in a tar; there is nothing else in one that we let through. */
export interface TarEntry {
  /** Relative, of plain segments: no `.`, no `..`, no `/` at its end. The folder the tar was made of is `.`. */
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  readonly modifiedAt: Date | undefined;
}

export interface TarRules {
  /** The most entries. */
  readonly maxEntries: number;
  /** The most bytes all files may have together. */
  readonly maxBytes: number;
  /** Whether an entry belongs into this tar. Asked of each but `.`, before any byte of it is let through. */
  readonly isAllowed: (entry: TarEntry) => boolean;
}

/** Why a tar is not let through: `check-failed`. Names of entries stay out of it: somebody else wrote them. */
export function refused(why: string, cause?: unknown): BackupError {
  return new BackupError('check-failed', `The tar is not safe to unpack: ${why}`, { cause });
}
