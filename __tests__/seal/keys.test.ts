import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBech32, toBech32 } from '../../src/seal/bech32.ts';
import { generateIdentity, parseIdentities, toRecipient } from '../../src/seal/identities.ts';
import { parseRecipients } from '../../src/seal/recipients.ts';
import { runTool } from './run-tool.ts';

const x25519 = () => generateIdentity('x25519');
const hybrid = () => generateIdentity('hybrid');
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'key-invalid', message: expect.stringMatching(message) });

// The points of small order on Curve25519 and its twist, below and above the prime (RFC 7748, section 6.1).
const lowOrderPoints = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => Buffer.from(hex, 'hex'));

describe('recipients', () => {
  it('are read with comments, blank lines and CRLF', () => {
    const texts = [x25519().recipient, x25519().recipient];
    const parsed = parseRecipients(['# the site', `${texts[0]}\r`, '', `  ${texts[1]}  `]);
    expect(parsed.map(({ kind, text }) => ({ kind, text }))).toEqual(texts.map((text) => ({ kind: 'x25519', text })));
    expect(parseRecipients([hybrid().recipient])[0]?.kind).toBe('hybrid');
  });

  it('are refused when there are none, more than 16, two the same, or both kinds', () => {
    const one = x25519().recipient;
    const many = Array.from({ length: 17 }, () => x25519().recipient);
    expect(() => parseRecipients([])).toThrow(invalid(/no recipient/));
    expect(() => parseRecipients(['# none', ''])).toThrow(invalid(/no recipient/));
    expect(() => parseRecipients(many)).toThrow(invalid(/17 recipients.*at most 16/));
    expect(parseRecipients(many.slice(1))).toHaveLength(16);
    expect(() => parseRecipients([one, '', one])).toThrow(invalid(/twice/));
    expect(() => parseRecipients([one, hybrid().recipient])).toThrow(invalid(/both kinds/));
  });

  it.each([x25519, hybrid])('given as a secret key is refused without echoing any of it', (make) => {
    const secret = make().identity;
    for (const text of [secret, secret.toLowerCase(), `${secret}x`, secret.slice(0, -1)]) {
      const error = catchError(() => parseRecipients(['', text]));
      expect(error).toEqual(invalid(/line 2 is a secret key/));
      expect(`${error}${JSON.stringify(error)}`.toUpperCase()).not.toContain(secret.slice(-20, -4).toUpperCase());
    }
  });

  it('mistyped in any one letter are refused', () => {
    const text = x25519().recipient;
    for (let i = 0; i < text.length; i++) {
      const letter = text[i] === 'q' ? 'p' : 'q';
      expect(() => parseRecipients([text.slice(0, i) + letter + text.slice(i + 1)])).toThrow(invalid(/line 1/));
    }
  });

  it('cut anywhere are refused', () => {
    const text = x25519().recipient;
    for (let i = 1; i < text.length; i++) expect(() => parseRecipients([text.slice(0, i)])).toThrow(invalid(/line 1/));
  });

  it.each([
    ['a key of 31 bytes', toBech32('age', new Uint8Array(31).fill(9))],
    ['a key of 33 bytes', toBech32('age', new Uint8Array(33).fill(9))],
    ['a hybrid key of the wrong length', toBech32('age1pq', new Uint8Array(1215).fill(9))],
    ['a hybrid key under the short prefix', toBech32('age', new Uint8Array(1216).fill(9))],
    ['a plugin recipient', toBech32('age1yubikey', new Uint8Array(33).fill(9))],
    ['upper case', toBech32('age', new Uint8Array(32).fill(9)).toUpperCase()],
    ['an SSH key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a command', '$(touch /tmp/inj)'],
    ['an option', '--recipient'],
    ['a NUL', 'age1\0'],
  ])('refuses %s, naming the line', (_what, text) => {
    expect(() => parseRecipients(['# comment', text])).toThrow(invalid(/line 2/));
  });

  it('refuses points of low order, plain and inside hybrid keys', () => {
    const good = fromBech32(hybrid().recipient)?.bytes ?? new Uint8Array();
    for (const point of lowOrderPoints) {
      expect(() => parseRecipients([toBech32('age', point)])).toThrow(invalid(/low order/));
      const mixed = Buffer.concat([good.subarray(0, 1184), point]);
      expect(() => parseRecipients([toBech32('age1pq', mixed)])).toThrow(invalid(/not a usable hybrid key/));
    }
  });

  it('refuses hybrid keys with a coefficient beyond the modulus', () => {
    const bytes = Uint8Array.from(fromBech32(hybrid().recipient)?.bytes ?? []);
    bytes.set([0x01, (bytes[601] ?? 0) | 0x0d], 600);
    expect(() => parseRecipients([toBech32('age1pq', bytes)])).toThrow(invalid(/not a usable hybrid key/));
  });
});

describe('identities', () => {
  it('are read from a key file as age-keygen writes it, with CRLF too', () => {
    const file = runTool('age-keygen', []).toString();
    const recipient = runTool('age-keygen', ['-y'], file).toString().trim();
    for (const text of [file, file.replaceAll('\n', '\r\n'), `\n\n${file}\n# end`, `${file}${hybrid().identity}`]) {
      expect(parseIdentities(text)[0]?.recipient).toBe(recipient);
    }
    expect(toRecipient(file.split('\n')[2] ?? '')).toBe(recipient);
  });

  it('that were made here give the recipient that age-keygen gives', () => {
    const { identity, recipient } = x25519();
    expect(runTool('age-keygen', ['-y'], `${identity}\n`).toString().trim()).toBe(recipient);
    expect(toRecipient(`${identity}\n`)).toBe(recipient);
  });

  it('are new every time', () => {
    for (const make of [x25519, hybrid]) expect(make().identity).not.toBe(make().identity);
  });

  it('match the hybrid example of the specification in its prefix and length', () => {
    const { identity, recipient } = hybrid();
    expect(identity).toMatch(/^AGE-SECRET-KEY-PQ-1[02-9AC-HJ-NP-Z]{58}$/);
    expect(recipient).toMatch(/^age1pq1[02-9ac-hj-np-z]{1952}$/);
  });

  it.each([
    ['nothing', '', /no identity/],
    ['comments alone', '# created: today\n\n', /no identity/],
    ['a recipient', x25519().recipient, /line 1 is a recipient/],
    ['lower case', x25519().identity.toLowerCase(), /line 1/],
    ['a cut key', `# c\n${x25519().identity.slice(0, -1)}`, /line 2/],
    ['a plugin', toBech32('age-plugin-x-', new Uint8Array(9)).toUpperCase(), /line 1/],
    ['a short key', toBech32('age-secret-key-', new Uint8Array(31)).toUpperCase(), /line 1/],
  ])('refuse %s', (_what, text, message) => {
    const error = catchError(() => parseIdentities(text));
    expect(error).toEqual(invalid(message));
    for (const line of text.split('\n').filter((line) => line.length > 20)) {
      expect(`${error}`).not.toContain(line.slice(20, 40));
    }
  });

  it('refuse a key file under a passphrase as locked', () => {
    for (const text of ['age-encryption.org/v1\n-> scrypt', '-----BEGIN AGE ENCRYPTED FILE-----\n']) {
      expect(() => parseIdentities(text)).toThrow(expect.objectContaining({ code: 'key-locked' }));
    }
  });

  it('do not show their secret when printed', () => {
    const { identity } = x25519();
    const [parsed] = parseIdentities(identity);
    expect(Object.keys(parsed ?? {}).sort()).toEqual(['kind', 'recipient', 'unwrap']);
    expect(JSON.stringify(parsed)).not.toContain(identity.slice(20));
  });
});

describe('Bech32', () => {
  it('says back any bytes, and in upper case too', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1300 }), (bytes) => {
        const text = toBech32('age1x', bytes);
        expect(fromBech32(text)).toEqual({ prefix: 'age1x', bytes });
        expect(fromBech32(text.toUpperCase())).toEqual({ prefix: 'AGE1X', bytes });
      }),
    );
  });

  // BIP 173, "Test vectors".
  it.each([
    'A12UEL5L',
    'a12uel5l',
    'an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1tt5tgs',
    '?1ezyfcl',
  ])('reads %s', (text) => {
    expect(fromBech32(text)).toBeDefined();
  });

  it.each([
    ' 1nwldj5',
    'pzry9x0s0muk',
    '1pzry9x0s0muk',
    'x1b4n0q5v',
    'li1dgmt3',
    'A1G7SGD8',
    '10a06t8',
    '1qzzfhee',
    'A12uel5l',
  ])('refuses %j', (text) => {
    expect(fromBech32(text)).toBeUndefined();
  });
});

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
