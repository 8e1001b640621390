import { BackupError } from '../errors.ts';

/** What asks a process to stop. */
const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** A signal for an operation that aborts when somebody asks the process to stop. */
export interface StopSignals extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * From now on SIGINT, SIGTERM and SIGHUP do not end the process: the first aborts `signal` with `cancelled`, further
 * ones only call `say`. Disposing of it gives the signals back.
 */
export function listenForStop(say: (line: string) => void): StopSignals {
  const controller = new AbortController();
  const onSignal = (): void => {
    say(controller.signal.aborted ? 'Still putting things back' : 'Stopping: what was begun is undone first');
    controller.abort(new BackupError('cancelled', 'Cancelled'));
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of stopSignals) process.off(name, onSignal);
    },
  };
}
