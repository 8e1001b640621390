import { endGroup, info, startGroup, warning } from '@actions/core';
import prettyBytes from 'pretty-bytes';
import type { Log } from '../log.ts';
import { inertLine } from './inert.ts';

const everyMs = 30_000;

/** Writes to the log of a workflow run: a group a phase, the bytes at its end and every half minute. */
export function actionLog(now: () => number): Log & Disposable {
  let isOpen = false;
  let bytes = 0;
  let fromMs = now();
  let saidMs = fromMs;

  const sayBytes = (): void => {
    saidMs = now();
    const seconds = Math.max(saidMs - fromMs, 1) / 1000;
    info(`${prettyBytes(bytes)} in ${seconds.toFixed(1)} s, ${prettyBytes(bytes / seconds)}/s`);
  };
  const endPhase = (): void => {
    if (bytes > 0) sayBytes();
    if (isOpen) endGroup();
    isOpen = false;
    bytes = 0;
    fromMs = now();
    saidMs = fromMs;
  };
  return {
    phase: (title) => {
      endPhase();
      startGroup(inertLine(title));
      isOpen = true;
    },
    info: (line) => info(inertLine(line)),
    warn: (line) => warning(inertLine(line)),
    progress: (_what, more) => {
      bytes += more;
      if (now() - saidMs >= everyMs) sayBytes();
    },
    [Symbol.dispose]: endPhase,
  };
}
