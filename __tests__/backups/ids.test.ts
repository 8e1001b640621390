import { assert, date, property, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idTailBytes, isBackupId, newBackupId, parseBackupId, timeOf } from '../../src/backups/ids.ts';
import { isSite, parseSite } from '../../src/backups/site.ts';
import { hostilePaths } from '../contracts/hostile-paths.ts';

const dates = date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
const tails = uint8Array({ minLength: idTailBytes, maxLength: 16 });

describe('a backup id', () => {
  test('is the time in UTC to the second and a random tail', () => {
    const id = newBackupId(new Date('2026-11-22T03:15:00.999Z'), Uint8Array.of(0x4f, 0x9a, 0x2c, 0, 0xff, 7));
    expect(id).toBe('20261122T031500Z-4f9a2c00ff');
    expect(timeOf(id).toISOString()).toBe('2026-11-22T03:15:00.000Z');
  });

  test('reads back as itself and its second, whatever the time', async () => {
    await assert(
      property(dates, tails, (now, tail) => {
        const id = newBackupId(now, tail);
        expect(parseBackupId(id)).toBe(id);
        expect(timeOf(id).getTime()).toBe(Math.floor(now.getTime() / 1000) * 1000);
      }),
    );
  });

  test('sorts after every one of an earlier second', async () => {
    await assert(
      property(dates, dates, tails, tails, (one, other, tail, otherTail) => {
        const [a, b] = [newBackupId(one, tail), newBackupId(other, otherTail)];
        if (timeOf(a) < timeOf(b)) expect(a < b).toBe(true);
      }),
    );
  });

  test('is not made from too little randomness', () => {
    expect(() => newBackupId(new Date(), new Uint8Array(idTailBytes - 1))).toThrow(RangeError);
  });

  test.each([
    ...hostilePaths,
    'latest',
    '20261122',
    '20261122T031500Z',
    '20261122T031500Z-',
    '20261122T031500Z-4f9a2c',
    '20261122T031500Z-4F9A2C81D0',
    '20261122T031500Z-4f9a2c81d0/',
    '20261122T031500Z-4f9a2c81d0\n',
    '../20261122T031500Z-4f9a2c81d0',
    '20260230T031500Z-4f9a2c81d0',
    '20261322T031500Z-4f9a2c81d0',
    '20261122T241500Z-4f9a2c81d0',
    '20261122T036000Z-4f9a2c81d0',
    '20261122T031560Z-4f9a2c81d0',
    '٢٠٢٦1122T031500Z-4f9a2c81d0',
  ])('is not %j, and the error says what one is', (text) => {
    expect(isBackupId(text)).toBe(false);
    expect(() => parseBackupId(text)).toThrowError(
      expect.objectContaining({
        code: 'input-invalid',
        message: expect.stringMatching(/^[\x20-\x7e…]+$/),
        hint: expect.stringContaining('20261122T031500Z-4f9a2c81d0'),
      }),
    );
  });
});

describe('the name of a site', () => {
  test.each(['hospital', 'UHN', '0', 'a.b_c-d', 'x'.repeat(64)])('may be %s', (text) => {
    expect(parseSite(text)).toBe(text);
  });

  test.each([...hostilePaths, '_a', 'a/b', 'x'.repeat(65)])('is not %j', (text) => {
    expect(isSite(text)).toBe(false);
    expect(() => parseSite(text)).toThrowError(expect.objectContaining({ code: 'input-invalid' }));
  });
});
