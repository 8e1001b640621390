import type { Pax } from 'tar';
import { type Block, isZero, readHeader, toProperTime } from './header.ts';
import { toPlainPath } from './path.ts';
import { readPax } from './pax.ts';
import { refused, type TarEntry, type TarRules } from './rules.ts';

const blockBytes = 512;
/** Names of 4 KiB and a few dates; not the gigabytes that a header could ask to be remembered. */
const mostAttributeBytes = 64 * 1024;
/** Programs fill a tar up to the size in which they write. */
const mostFillingBytes = 1024 * 1024;

/** A run of a tar's bytes that was found good: an entry's header (or headers), some of its contents, or filling. */
export interface TarPiece {
  /** These bytes of the tar. Put together, all pieces are the tar. */
  readonly raw: Buffer;
  /** What begins here. */
  readonly entry?: TarEntry;
  /** Contents of the entry that began last. */
  readonly data?: Buffer;
}

export interface TarReader {
  /** The pieces that `chunk` completes; a header is part of one only once it has been judged. Throws `check-failed`. */
  push(chunk: Buffer): TarPiece[];
  /** To be called after the last chunk. Throws `check-failed` if the tar is not whole. */
  end(): void;
}

/** Reads a tar as it comes, and throws `check-failed` at the first byte that is not as `rules` have it. */
export function readTar(rules: TarRules): TarReader {
  let collected: Buffer[] = [];
  let missing = blockBytes;
  /** Headers that say something of the entry to come, and are let through with it. */
  let held: Buffer[] = [];
  let attributes: { readonly kind: 'long-path' | 'pax'; readonly sizeBytes: number } | undefined;
  let longPath: string | undefined;
  let pax: Pax | undefined;
  let dataLeft = 0;
  let fillingLeft = 0;
  let zeroBlocks = 0;
  let entries = 0;
  let totalBytes = 0;

  const here = (why: string) => refused(`entry ${entries + 1} ${why}`);

  function beginEntry(block: Block & { readonly kind: 'file' | 'folder' }, raw: Buffer): TarPiece {
    const { kind, sizeBytes, modifiedAt } = block;
    if (pax?.size !== undefined && pax.size !== sizeBytes) throw here('has two sizes');
    const about = { kind, sizeBytes, modifiedAt: toProperTime(pax?.mtime) ?? modifiedAt };
    const given = pax?.path ?? longPath;
    const path = toPlainPath(given ?? block.path, kind);
    if (path === undefined) throw here('has a path that leads elsewhere');
    // A program that knows no such attributes goes by the header, where a long path stands cut short.
    const short = given === undefined ? path : toPlainPath(block.path, kind);
    if (short === undefined) throw here('has a path that leads elsewhere');
    entries += 1;
    totalBytes += sizeBytes;
    if (entries > rules.maxEntries) throw refused(`it has more than ${rules.maxEntries} entries`);
    if (totalBytes > rules.maxBytes) throw refused(`it holds more than ${rules.maxBytes} bytes`);
    const entry = { ...about, path };
    const asked = pax?.path === undefined ? [entry] : [entry, { ...about, path: short }];
    if (!asked.every((each) => each.path === '.' || rules.isAllowed(each))) {
      throw refused(`entry ${entries} does not belong into it`);
    }
    dataLeft = sizeBytes;
    fillingLeft = -sizeBytes & (blockBytes - 1);
    const piece = { raw: Buffer.concat([...held, raw]), entry };
    held = [];
    longPath = undefined;
    pax = undefined;
    return piece;
  }

  function beginAttributes(kind: 'long-path' | 'pax', sizeBytes: number): void {
    if (sizeBytes > mostAttributeBytes || sizeBytes === 0) throw here('has attributes of no proper size');
    if (longPath !== undefined || pax !== undefined) throw here('has its attributes twice');
    attributes = { kind, sizeBytes };
    missing = sizeBytes + (-sizeBytes & (blockBytes - 1));
  }

  function takeAttributes(kind: 'long-path' | 'pax', body: Buffer): void {
    attributes = undefined;
    if (kind === 'pax') {
      const read = readPax(body);
      if (typeof read === 'string') throw here(read);
      pax = read;
    } else {
      longPath = body.toString('utf8', 0, body.at(-1) === 0 ? body.length - 1 : body.length);
    }
  }

  function takeFilling(raw: Buffer): TarPiece {
    if (!isZero(raw)) throw refused('something follows its end');
    zeroBlocks += 1;
    if (zeroBlocks * blockBytes > mostFillingBytes) throw refused('more zeros follow its end than any program writes');
    return { raw };
  }

  /** What has been collected is complete: a block, or the body of a header that says something of the next entry. */
  function take(raw: Buffer): TarPiece | undefined {
    missing = blockBytes;
    if (attributes !== undefined) {
      held.push(raw);
      takeAttributes(attributes.kind, raw.subarray(0, attributes.sizeBytes));
      return undefined;
    }
    if (zeroBlocks > 1) return takeFilling(raw);
    if (isZero(raw)) {
      if (held.length > 0) throw here('is missing after its attributes');
      return takeFilling(raw);
    }
    if (zeroBlocks > 0) throw refused('something follows its end');
    const block = readHeader(raw);
    if (typeof block === 'string') throw here(block);
    if (block.kind === 'file' || block.kind === 'folder') return beginEntry({ ...block, kind: block.kind }, raw);
    held.push(raw);
    beginAttributes(block.kind, block.sizeBytes);
    return undefined;
  }

  return {
    push(chunk) {
      const pieces: TarPiece[] = [];
      for (let at = 0; at < chunk.length; ) {
        const wanted = dataLeft || fillingLeft || missing;
        const raw = chunk.subarray(at, at + wanted);
        at += raw.length;
        if (dataLeft > 0) {
          dataLeft -= raw.length;
          pieces.push({ raw, data: raw });
        } else if (fillingLeft > 0) {
          fillingLeft -= raw.length;
          pieces.push({ raw });
        } else {
          // Copied, so that a held header does not keep the chunk that it came in.
          collected.push(Buffer.from(raw));
          missing -= raw.length;
          if (missing > 0) break;
          const whole = Buffer.concat(collected);
          collected = [];
          const piece = take(whole);
          if (piece !== undefined) pieces.push(piece);
        }
      }
      return pieces;
    },
    end() {
      if (zeroBlocks < 2 || collected.length > 0) throw refused('its end is missing');
    },
  };
}
