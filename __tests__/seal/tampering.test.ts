import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { formatHeader, parseHeader } from '../../src/seal/header.ts';
import { generateIdentity, type Identity, parseIdentities } from '../../src/seal/identities.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { unsealStream } from '../../src/seal/seal.ts';
import type { Stanza } from '../../src/seal/stanza.ts';
import { newKeys, passThrough, sealWhole, unsealWhole } from './in-memory.ts';

const sealedChunk = 64 * 1024 + 16;
const nonceBytes = 16;

let tried = 0;
let accepted = 0;

afterAll(() => {
  console.log(`mutations of sealed files: ${tried} tried, ${accepted} accepted`);
});

/** A mutated file must end in an error, and may release at most a beginning of what was sealed. */
async function mustRefuse(identities: readonly Identity[], file: Uint8Array, plaintext: Uint8Array, what: string) {
  const { bytes, error } = await unsealWhole(identities, file);
  tried++;
  if (error === undefined) accepted++;
  const isPrefix = bytes.equals(plaintext.subarray(0, bytes.length));
  const code = (error as { code?: string } | undefined)?.code;
  if (!isPrefix || (code !== 'seal-broken' && code !== 'no-identity-matched')) {
    expect.fail(`${what}: ended with ${code ?? 'success'}, ${bytes.length} bytes released, a beginning: ${isPrefix}`);
  }
}

function flipped(file: Buffer, bit: number): Buffer {
  const copy = Buffer.from(file);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

function splitFile(file: Buffer): { header: Buffer; nonce: Buffer; chunks: Buffer[] } {
  const headerBytes = file.indexOf('\n', file.indexOf('\n--- ') + 1) + 1;
  const chunks: Buffer[] = [];
  for (let i = headerBytes + nonceBytes; i < file.length; i += sealedChunk)
    chunks.push(file.subarray(i, i + sealedChunk));
  return {
    header: file.subarray(0, headerBytes),
    nonce: file.subarray(headerBytes, headerBytes + nonceBytes),
    chunks,
  };
}

const x25519 = newKeys('x25519');
const hybrid = newKeys('hybrid');
const three = [1, 2, 3].map(() => generateIdentity('x25519'));
const small = [
  { name: 'one X25519 recipient', ...x25519, plaintext: randomBytes(1500) },
  { name: 'one hybrid recipient', ...hybrid, plaintext: randomBytes(100) },
  {
    name: 'three X25519 recipients, opened by the last',
    recipients: parseRecipients(three.map((key) => key.recipient)),
    identities: parseIdentities(three.at(-1)?.identity ?? ''),
    plaintext: randomBytes(50),
  },
];

describe.each(small)('a small file sealed to $name', ({ recipients, identities, plaintext }) => {
  it('is refused when cut at any byte', async () => {
    const file = await sealWhole(recipients, plaintext);
    for (let i = 0; i < file.length; i++) await mustRefuse(identities, file.subarray(0, i), plaintext, `cut at ${i}`);
  });

  it('is refused with any single bit flipped', async () => {
    const file = await sealWhole(recipients, plaintext);
    for (let bit = 0; bit < file.length * 8; bit++) {
      await mustRefuse(identities, flipped(file, bit), plaintext, `bit ${bit}`);
    }
  });

  it('is refused with any byte taken out or put in twice', async () => {
    const file = await sealWhole(recipients, plaintext);
    for (let i = 0; i < file.length; i++) {
      const without = Buffer.concat([file.subarray(0, i), file.subarray(i + 1)]);
      await mustRefuse(identities, without, plaintext, `without byte ${i}`);
      const twice = Buffer.concat([file.subarray(0, i + 1), file.subarray(i)]);
      await mustRefuse(identities, twice, plaintext, `byte ${i} twice`);
    }
  });

  it('is refused with 1 to 64 bytes after it, or another file, or itself', async () => {
    const file = await sealWhole(recipients, plaintext);
    for (let more = 1; more <= 64; more++) {
      for (const tail of [Buffer.alloc(more), Buffer.alloc(more, '\n'), randomBytes(more)]) {
        await mustRefuse(identities, Buffer.concat([file, tail]), plaintext, `${more} bytes more`);
      }
    }
    await mustRefuse(identities, Buffer.concat([file, file]), plaintext, 'twice');
    const other = await sealWhole(recipients, plaintext);
    await mustRefuse(identities, Buffer.concat([file, other]), plaintext, 'two files');
  });

  it('is refused with the header, nonce or payload of another file to the same recipients', async () => {
    const a = splitFile(await sealWhole(recipients, plaintext));
    const b = splitFile(await sealWhole(recipients, plaintext));
    const join = (parts: { header: Buffer; nonce: Buffer; chunks: Buffer[] }) =>
      Buffer.concat([parts.header, parts.nonce, ...parts.chunks]);
    await mustRefuse(identities, join({ ...b, header: a.header }), plaintext, 'header of another');
    await mustRefuse(identities, join({ ...a, nonce: b.nonce }), plaintext, 'nonce of another');
    await mustRefuse(identities, join({ ...a, chunks: b.chunks }), plaintext, 'payload of another');
  });
});

describe('a file of several chunks', () => {
  it.each([
    ['a short final chunk', 3 * 64 * 1024 + 100],
    ['a full final chunk', 4 * 64 * 1024],
  ])('with %s is refused in every other arrangement of up to five of its chunks', async (_what, sizeBytes) => {
    const plaintext = randomBytes(sizeBytes);
    const { header, nonce, chunks } = splitFile(await sealWhole(x25519.recipients, plaintext));
    expect(chunks).toHaveLength(4);
    let arrangements: number[][] = [[]];
    for (let length = 0; length <= 5; length++) {
      for (const order of arrangements) {
        if (order.join() === '0,1,2,3') continue;
        const file = Buffer.concat([header, nonce, ...order.map((index) => chunks[index] ?? Buffer.alloc(0))]);
        await mustRefuse(x25519.identities, file, plaintext, `chunks ${order.join()}`);
      }
      arrangements = arrangements.flatMap((order) => [0, 1, 2, 3].map((index) => [...order, index]));
    }
  });

  it('is refused when cut around every chunk border', async () => {
    const plaintext = randomBytes(2 * 64 * 1024 + 100);
    const file = await sealWhole(x25519.recipients, plaintext);
    const { header } = splitFile(file);
    for (const border of [0, 1, 2]) {
      for (let off = -20; off <= 20; off++) {
        const cut = header.length + nonceBytes + border * sealedChunk + off;
        await mustRefuse(x25519.identities, file.subarray(0, cut), plaintext, `cut at ${cut}`);
      }
    }
  });

  it('is refused when a chunk of another file stands in', async () => {
    const plaintext = randomBytes(3 * 64 * 1024);
    const a = splitFile(await sealWhole(x25519.recipients, plaintext));
    const b = splitFile(await sealWhole(x25519.recipients, plaintext));
    for (const index of [0, 1, 2]) {
      const chunks = a.chunks.map((chunk, i) => (i === index ? (b.chunks[i] ?? chunk) : chunk));
      await mustRefuse(x25519.identities, Buffer.concat([a.header, a.nonce, ...chunks]), plaintext, `chunk ${index}`);
    }
  });
});

describe('a header', () => {
  const fileKey = randomBytes(16);
  const wrapped = (): Stanza[] => small[2]?.recipients.map((recipient) => recipient.wrap(fileKey)) ?? [];
  const identities = small[2]?.identities ?? [];

  /** The stanzas of a real file rearranged, under the MAC it had. */
  async function rearranged(change: (stanzas: readonly Stanza[]) => Stanza[]): Promise<Buffer> {
    const file = await sealWhole(small[2]?.recipients ?? [], Buffer.from('x'));
    const { header, nonce, chunks } = splitFile(file);
    const { stanzas } = parseHeader(header);
    const text = formatHeader(change(stanzas), fileKey).toString();
    const macOf = (from: string) => from.slice(from.lastIndexOf('--- '));
    return Buffer.concat([Buffer.from(text.replace(macOf(text), macOf(header.toString()))), nonce, ...chunks]);
  }

  it('opens when put together again unchanged, so that the refusals below mean something', async () => {
    const { error } = await unsealWhole(identities, await rearranged((stanzas) => [...stanzas]));
    expect(error).toBeUndefined();
  });

  it.each([
    ['swapped', (stanzas: readonly Stanza[]) => [stanzas[1], stanzas[0], stanzas[2]]],
    ['removed', (stanzas: readonly Stanza[]) => stanzas.slice(1)],
    ['doubled', (stanzas: readonly Stanza[]) => [stanzas[0], ...stanzas]],
    ['added', (stanzas: readonly Stanza[]) => [{ args: ['unknown'], body: new Uint8Array(3) }, ...stanzas]],
  ])('is refused with a stanza %s', async (what, change) => {
    const isStanza = (stanza: Stanza | undefined): stanza is Stanza => stanza !== undefined;
    const file = await rearranged((stanzas) => change(stanzas).filter(isStanza));
    await mustRefuse(identities, file, Buffer.from('x'), what);
    const { error } = await unsealWhole(identities, file);
    expect(error).toMatchObject({ message: expect.stringContaining('header was changed') });
  });

  it('made for two recipients with two file keys opens for at most one of them', async () => {
    const [a, b] = [newKeys('x25519'), newKeys('x25519')];
    const keyOfB = randomBytes(16);
    const stanzas = [
      ...a.recipients.map((recipient) => recipient.wrap(fileKey)),
      ...b.recipients.map((recipient) => recipient.wrap(keyOfB)),
    ];
    const file = Buffer.concat([formatHeader(stanzas, fileKey), randomBytes(32)]);
    const { error } = await unsealWhole(b.identities, file);
    expect(error).toMatchObject({ code: 'seal-broken', message: expect.stringContaining('header was changed') });
  });

  it.each([
    ['has no end in 300 KB', Buffer.concat([Buffer.from('age-encryption.org/v1\n-> '), Buffer.alloc(300_000, 'a')])],
    ['has a hundred thousand stanzas', Buffer.from(`age-encryption.org/v1\n${'-> a\n\n'.repeat(100_000)}---`)],
    ['has 129 stanzas', formatHeader(Array<Stanza>(129).fill({ args: ['a'], body: new Uint8Array(0) }), fileKey)],
    ['has no stanza', formatHeader([], fileKey)],
    ['is of another version', Buffer.from('age-encryption.org/v2\n-> a\n\n--- \n')],
    ['is a gzip file', Buffer.from([0x1f, 0x8b, 8, 0])],
    ['is a PostgreSQL dump', Buffer.from('PGDMP\x01\x0f\x00')],
  ])('that %s is refused', async (what, file) => {
    await mustRefuse(identities, file, Buffer.alloc(0), what);
  });

  it('that never ends is refused after 256 KiB, whatever follows', async () => {
    const endless = (function* () {
      yield Buffer.from('age-encryption.org/v1\n');
      for (;;) yield Buffer.from('-> unknown kind\n\n'.repeat(64));
    })();

    const { error } = await passThrough(endless, unsealStream(identities));
    expect(error).toMatchObject({ code: 'seal-broken', message: expect.stringContaining('262144') });
  });

  it('with unknown kinds of stanza beside a known one opens', async () => {
    const stanzas = [{ args: ['from-the-future', 'x'], body: randomBytes(100) }, ...wrapped()];
    const header = formatHeader(stanzas, fileKey);
    const { error } = await unsealWhole(identities, Buffer.concat([header, randomBytes(32)]));
    // Past the header: what stops it is the made-up payload.
    expect(error).toMatchObject({ message: expect.stringContaining('chunk 0') });
  });
});

it('enough mutations were tried, and none was accepted', () => {
  expect(tried).toBeGreaterThan(30_000);
  expect(accepted).toBe(0);
});
