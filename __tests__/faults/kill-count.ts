/** How many moments of an outage to injure runs at: KILL_POINTS, a number or `all`, which takes hours. */
export const killCount = parseCount(process.env.KILL_POINTS ?? '6');

function parseCount(text: string): number | 'all' {
  if (text === 'all') return text;
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new Error(`KILL_POINTS is a number above 0, or all; not ${JSON.stringify(text)}`);
  return Number(text);
}
