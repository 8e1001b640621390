import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const mebibyte = 1024 * 1024;
const program = join(import.meta.dirname, 'seal-generated.ts');

async function sealGenerated(sizeBytes: number): Promise<{ received: number; growthBytes: number; peakBytes: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, String(sizeBytes)]);
  return JSON.parse(stdout);
}

it('memory stays flat however long the stream is', async () => {
  const short = await sealGenerated(128 * mebibyte);
  const long = await sealGenerated(2048 * mebibyte + 1);
  const inMebibytes = (bytes: number) => Math.round(bytes / mebibyte);
  console.log(`sealing and unsealing 2 GiB grew memory by ${inMebibytes(long.growthBytes)} MiB`);
  expect(long.received).toBe(2048 * mebibyte + 1);
  expect(long.growthBytes).toBeLessThan(100 * mebibyte);
  expect(long.peakBytes).toBeLessThan(200 * mebibyte);
  expect(long.growthBytes - short.growthBytes).toBeLessThan(40 * mebibyte);
});
