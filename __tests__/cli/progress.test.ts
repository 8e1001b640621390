import { expect, test } from 'vitest';
import { showProgress } from '../../src/cli/progress.ts';

/** A screen whose clock stands still until it is moved. */
function screenOf(isTerminal: boolean) {
  const screen = { isTerminal, text: '', ms: 0, now: () => screen.ms, write: (text: string) => (screen.text += text) };
  return screen;
}

test('on a terminal the bytes are one line that is written over, ten times a second at most', () => {
  const screen = screenOf(true);
  {
    using log = showProgress(screen);
    log.phase('Dump the databases');
    for (let step = 0; step < 1000; step++) {
      screen.ms += 1;
      log.progress('clinical.dump.age', 1000);
    }
  }
  expect(screen.text.split('\r')).toHaveLength(1 + 10 + 1);
  expect(screen.text.split('\n')).toHaveLength(3);
  expect(screen.text.endsWith('\r\u001b[K  1 MB in 1.0 s, 1 MB/s\n')).toBe(true);
});

test('elsewhere there is a line every half minute, and one when the phase is over', () => {
  const screen = screenOf(false);
  {
    using log = showProgress(screen);
    log.phase('Dump the databases');
    for (let second = 0; second < 70; second++) {
      screen.ms += 1000;
      log.progress('clinical.dump.age', 1_000_000);
    }
    log.warn('something');
    log.phase('Sign the manifest');
  }
  expect(screen.text).toBe(
    [
      'Dump the databases',
      '  30 MB in 30.0 s, 1 MB/s',
      '  60 MB in 60.0 s, 1 MB/s',
      'warning: something',
      '  70 MB in 70.0 s, 1 MB/s',
      'Sign the manifest',
      '',
    ].join('\n'),
  );
});

test('a line that comes while bytes are shown does not run into them', () => {
  const screen = screenOf(true);
  using log = showProgress(screen);
  log.phase('Dump the databases');
  screen.ms = 200;
  log.progress('x', 1);
  log.warn('something');
  expect(screen.text).toContain('\nwarning: something\n');
});

test('a name that moves the cursor or begins a line is shown escaped, and does neither', () => {
  const screen = screenOf(true);
  {
    using log = showProgress(screen);
    log.warn('left a\u001b[2Jb\nc');
    log.info('a\rb');
    log.phase('a\u009b1Ab');
  }
  expect(screen.text).toContain('left a\\u{1b}[2Jb\\u{a}c\n');
  for (const raw of ['\u001b[2J', '\u009b', '\nc', 'a\rb']) expect(screen.text).not.toContain(raw);
});
