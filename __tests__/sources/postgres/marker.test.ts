import { expect, test } from 'vitest';
import { type Marker, ownMarker, parseMarker, toComment } from '../../../src/sources/postgres/marker.ts';

const marker: Marker = {
  run: '20260101T000000Z-0123abcd',
  role: 'previous',
  of: 'clinical',
  at: '2026-01-01T00:00:00.000Z',
  together: ['clinical', 'genomic'],
  comment: `the "old" one's \\ comment\nin two lines`,
};

test('a marker comes back out of the comment it was written as', () => {
  expect(parseMarker(toComment(marker))).toEqual(marker);
});

test.each([
  null,
  '',
  'a comment',
  'candig-backup',
  'candig-backup was here',
  'candig-backup {}',
  'candig-backup {"run":1}',
  `x${toComment(marker)}`,
  toComment(marker).slice(0, -1),
  toComment(marker).replace('previous', 'other'),
])('%j is not one of ours', (comment) => {
  expect(parseMarker(comment)).toBeNull();
});

test.each<[string, Marker['role'], boolean]>([
  ['clinical__before_0123abcd', 'previous', true],
  ['clinical__restore_0123abcd', 'staged', true],
  ['clinical__restore_0123abcd', 'previous', false],
  ['clinical__before_0123abcd', 'staged', false],
  ['clinical__before_00000000', 'previous', false],
  ['genomic__before_0123abcd', 'previous', false],
  ['clinical', 'previous', false],
  ['clinical', 'staged', false],
])('a database called %s with the comment of a %s copy is ours: %s', (name, role, isOurs) => {
  const entry = { name, comment: toComment({ ...marker, role }) };
  expect(ownMarker(entry)).toEqual(isOurs ? { ...marker, role } : null);
});
