export const tailLength = 8;

/** The short tail that all names of one run share: the random end of its id. */
export function tailOf(runId: string): string {
  return runId
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(-tailLength)
    .toLowerCase();
}
