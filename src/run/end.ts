const graceMs = 2_000;

/** Ends the process with `code` once all is written, or 2 s from now if something still holds it. */
export function endWith(code: number): void {
  process.exitCode = code;
  setTimeout(() => process.exit(code), graceMs).unref();
}
