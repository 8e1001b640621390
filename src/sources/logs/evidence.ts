import * as z from 'zod';
import { type Compression, compressions } from '../../tarball/inflate.ts';
import type { Gap } from '../source.ts';

/** The most names that are kept of one kind. */
export const mostNames = 1_000;

/** How many there were, and the first of their names. */
const listed = z.object({ count: z.int().nonnegative(), names: z.array(z.string()).max(mostNames) });

/** What of the log folder is in the backup, and what is not. */
const folderEvidence = z.object({
  kind: z.literal('folder'),
  /** The folder on the host. */
  from: z.string(),
  /** Whether fluentd's own container named it, or it was found in the checkout. */
  foundBy: z.enum(['fluentd', 'checkout']),
  compression: z.enum(compressions),
  /** Regular files in the tar; 0 for an empty folder. */
  files: z.int().nonnegative(),
  plainBytes: z.int().nonnegative(),
  /** Written to since the reading began: what came after they were read is not in it. */
  grown: listed,
  /** Got shorter while they were read, or could not be read to their end: filled up with zeros. */
  torn: listed,
  /** Gone before they could be read. */
  vanished: listed,
  unreadable: listed,
  /** Neither files nor folders: links, sockets, pipes, devices. */
  leftOut: listed,
});

/** What Docker has kept of a container's output. */
const containerEvidence = z.object({
  kind: z.literal('container'),
  service: z.string(),
  container: z.string(),
  compression: z.enum(compressions),
  plainBytes: z.int().nonnegative(),
  /** False: Docker stopped in its midst, because the container was removed, say. */
  whole: z.boolean(),
});

/** Everything we seal beside the logs, for each of their objects. */
export const logsEvidenceSchema = z.discriminatedUnion('kind', [folderEvidence, containerEvidence]);

export type LogsEvidence = z.infer<typeof logsEvidenceSchema>;
export type FolderEvidence = z.infer<typeof folderEvidence>;
export type ContainerEvidence = z.infer<typeof containerEvidence>;
export type Listed = z.infer<typeof listed>;

/** What the evidence says is not in the backup. That files grow and go is the way of logs, and recorded in it alone. */
export function gapsOf(evidence: LogsEvidence): Gap[] {
  if (evidence.kind === 'container') {
    const what = `what ${evidence.service} has said is kept only as far as Docker gave it`;
    return evidence.whole ? [] : [{ what, isLoss: true }];
  }
  const counted = (count: number, words: string, isLoss: boolean): Gap[] =>
    count === 0 ? [] : [{ what: `${count} log ${count === 1 ? 'file' : 'files'} ${words}`, isLoss }];
  return [
    ...counted(evidence.unreadable.count, 'could not be read', true),
    ...counted(evidence.torn.count, 'got shorter while being read, and are filled up with zeros', false),
    ...counted(evidence.vanished.count, 'were gone before they could be read', false),
    ...(evidence.files === 0 ? [{ what: 'the log folder holds no file', isLoss: false }] : []),
  ];
}

/** The name of the part that holds what evidence of its kind is about. */
export function logPartName(
  it: { readonly kind: 'folder' } | { readonly kind: 'container'; readonly service: string },
  compression: Compression,
): string {
  const name = it.kind === 'folder' ? 'logs.tar' : `${it.service}.log`;
  return `${name}.${compression === 'zstd' ? 'zst' : 'gz'}`;
}
