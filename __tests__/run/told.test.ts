import { expect, test } from 'vitest';
import { BackupError } from '../../src/errors.ts';
import { tell } from '../../src/run/told.ts';

test('an error of ours is told by its message and hint', () => {
  const error = new BackupError('locked', 'Another run works on demo', { hint: 'Wait', cause: new Error('CANARY') });
  expect(tell(error)).toEqual({ message: 'Another run works on demo', hint: 'Wait', frames: [] });
});

test('what moves a cursor or ends a line is escaped, in the message and in the hint', () => {
  const error = new BackupError('restore-refused', 'a\u001b[2Jb\nc', { hint: 'd\u2028e\u009b1Af\r' });
  expect(tell(error)).toEqual({ message: 'a\\u{1b}[2Jb\\u{a}c', hint: 'd\\u{2028}e\\u{9b}1Af\\u{d}', frames: [] });
});

test('a defect is told by its class, its code and its frames, and never by its message', () => {
  const error = Object.assign(new TypeError('CANARY\n    at CANARY (x:1:1)\nCANARY'), { code: 'ERR_X' });
  const told = tell(error);
  expect(told.message).toBe('a defect of candig-backup: TypeError (ERR_X)');
  expect(told.frames.length).toBeGreaterThan(0);
  expect(told.frames.every((line) => line.startsWith('    at '))).toBe(true);
  expect(JSON.stringify(told)).not.toContain('CANARY');
});

test('a defect whose stack does not hold its message any more shows no frames rather than its message', () => {
  const error = new Error('CANARY');
  error.message = 'changed since';
  expect(JSON.stringify(tell(error))).not.toContain('CANARY');
});

test.each(['CANARY', 7, undefined, null, { message: 'CANARY' }])(
  'something thrown that is no error is not shown: %s',
  (thrown) => {
    expect(JSON.stringify(tell(thrown))).not.toContain('CANARY');
  },
);
