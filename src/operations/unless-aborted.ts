/**
 * What `opening` opens, or a rejection with the signal's reason as soon as it aborts; what is opened after that is
 * closed again. For openings that cannot be called off, or must outlive the signal once they have succeeded.
 */
export async function unlessAborted<Opened extends AsyncDisposable>(
  opening: Promise<Opened>,
  signal: AbortSignal,
): Promise<Opened> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => {
    reject(signal.reason);
    opening.then((opened) => opened[Symbol.asyncDispose]()).catch(() => {});
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([opening, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
