import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { inflateSync } from 'node:zlib';
import * as vectorFiles from 'cctv-age';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import { isBackupError } from '../../src/errors.ts';
import { parseIdentities } from '../../src/seal/identities.ts';
import { unsealStream } from '../../src/seal/seal.ts';
import { createUnsealer } from '../../src/seal/unsealer.ts';

interface Vector {
  readonly name: string;
  readonly expect: string;
  readonly payloadSha256: string | undefined;
  readonly identities: readonly string[];
  readonly hasPassphrase: boolean;
  readonly file: Buffer;
}

function parseVector(name: string, bytes: Uint8Array): Vector {
  const all = Buffer.from(bytes);
  const split = all.indexOf('\n\n');
  const fields = all.subarray(0, split).toString().split('\n');
  const valuesOf = (key: string) =>
    fields.filter((line) => line.startsWith(`${key}: `)).map((line) => line.slice(key.length + 2));
  const body = all.subarray(split + 2);
  return {
    name,
    expect: valuesOf('expect')[0] ?? '',
    payloadSha256: valuesOf('payload')[0],
    identities: valuesOf('identity'),
    hasPassphrase: valuesOf('passphrase').length > 0,
    file: valuesOf('compressed')[0] === 'zlib' ? inflateSync(body) : body,
  };
}

const vectors = Object.entries({ ...vectorFiles } as Record<string, unknown>)
  .filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array)
  .map(([name, bytes]) => parseVector(name, bytes));

/** Passphrases are not offered: what only a passphrase opens is a file for somebody else. */
function expectedOutcome(vector: Vector): 'whole' | ErrorCode {
  switch (vector.expect) {
    case 'success':
      return vector.hasPassphrase ? 'no-identity-matched' : 'whole';
    case 'no match':
      return 'no-identity-matched';
    case 'header failure':
    case 'armor failure':
    case 'HMAC failure':
    case 'payload failure':
      return 'seal-broken';
    default:
      throw new Error(`${vector.name} expects something this test does not know: ${vector.expect}`);
  }
}

interface Outcome {
  readonly outcome: 'whole' | ErrorCode;
  readonly releasedBytes: number;
  readonly sha256: string;
}

function unsealInSteps(vector: Vector, stepBytes: number): Outcome {
  const identities = vector.identities.length === 0 ? [] : parseIdentities(vector.identities.join('\n'));
  const hash = createHash('sha256');
  let releasedBytes = 0;
  const emit = (bytes: Uint8Array) => {
    releasedBytes += bytes.length;
    hash.update(bytes);
  };
  const finish = (outcome: Outcome['outcome']) => ({ outcome, releasedBytes, sha256: hash.digest('hex') });
  try {
    const unsealer = createUnsealer(identities);
    for (let i = 0; i < vector.file.length; i += stepBytes) {
      unsealer.push(vector.file.subarray(i, i + stepBytes), emit);
    }
    unsealer.end(emit);
    return finish('whole');
  } catch (error) {
    if (!isBackupError(error)) throw error;
    return finish(error.code);
  }
}

const steps = [1, 512, 600, 1000, 65535, 65536, 65537, 65551, 65552, 65553, Number.MAX_SAFE_INTEGER];

describe('the third-party age vectors', () => {
  it('are all here', () => {
    expect(vectors).toHaveLength(143);
  });

  it.each(vectors)('end as $name says ($expect), in pieces of any size', (vector) => {
    const first = unsealInSteps(vector, steps[0] ?? 1);
    expect(first.outcome).toBe(expectedOutcome(vector));
    if (first.outcome === 'whole') expect(first.sha256).toBe(vector.payloadSha256);
    for (const step of steps.slice(1)) expect({ step, ...unsealInSteps(vector, step) }).toEqual({ step, ...first });
  });

  it.each(vectors.filter((vector) => vector.expect === 'payload failure'))(
    'release of $name exactly what verifies',
    (vector) => {
      expect(unsealInSteps(vector, 1000).sha256).toBe(vector.payloadSha256);
    },
  );

  it.each(vectors)('end through the stream as $name says', async (vector) => {
    const identities = vector.identities.length === 0 ? [] : parseIdentities(vector.identities.join('\n'));
    const hash = createHash('sha256');
    const ended = pipeline(Readable.from([vector.file]), unsealStream(identities), hash);
    const expected = expectedOutcome(vector);
    if (expected === 'whole') {
      await ended;
      expect(hash.digest('hex')).toBe(vector.payloadSha256);
    } else {
      await expect(ended).rejects.toMatchObject({ code: expected });
    }
  });
});
