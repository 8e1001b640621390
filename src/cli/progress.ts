import prettyBytes from 'pretty-bytes';
import type { Log } from '../log.ts';
import { oneLine } from '../shown.ts';

/** What a log writes to. */
export interface Screen {
  /** Whether a person watches, so that a line may be written over. */
  readonly isTerminal: boolean;
  write(text: string): void;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
}

const redrawMs = 100;
const soberMs = 30_000;

/**
 * Shows an operation's progress: a line a phase, and under it the bytes and their rate. On a terminal that is one line
 * that is written over, ten times a second; elsewhere a line every half minute, and one when the phase is over.
 */
export function showProgress(screen: Screen): Log & Disposable {
  let fromMs = screen.now();
  let shownMs = fromMs;
  let bytes = 0;
  let isLineOpen = false;

  const passed = (): string => {
    const seconds = Math.max(screen.now() - fromMs, 1) / 1000;
    return `  ${prettyBytes(bytes)} in ${seconds.toFixed(1)} s, ${prettyBytes(bytes / seconds)}/s`;
  };
  const draw = (): void => {
    shownMs = screen.now();
    screen.write(screen.isTerminal ? `\r\u001b[K${passed()}` : `${passed()}\n`);
    isLineOpen = screen.isTerminal;
  };
  const endLine = (): void => {
    if (isLineOpen) screen.write('\n');
    isLineOpen = false;
  };
  const endPhase = (): void => {
    if (bytes > 0) draw();
    endLine();
    bytes = 0;
    fromMs = screen.now();
    shownMs = fromMs;
  };
  const line = (text: string): void => {
    endLine();
    screen.write(`${oneLine(text)}\n`);
  };

  return {
    phase: (title) => {
      endPhase();
      line(title);
    },
    info: (text) => line(`  ${text}`),
    warn: (text) => line(`warning: ${text}`),
    progress: (_what, more) => {
      bytes += more;
      if (screen.now() - shownMs >= (screen.isTerminal ? redrawMs : soberMs)) draw();
    },
    [Symbol.dispose]: endPhase,
  };
}
