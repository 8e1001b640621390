/** Rows of words set in columns, two spaces between them, each row ended by a line break. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, word] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, word.length);
  return rows
    .map(
      (row) =>
        `${row
          .map((word, i) => word.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
