import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tellStory } from './story.ts';

/** `npm run demo`. However it ends, also by Ctrl-C, everything it made is removed. */
const folder = await mkdtemp(join(tmpdir(), 'candig-backup-demo-'));
const beganMs = performance.now();
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (!stop.signal.aborted) process.stderr.write('Stopping, and cleaning up\n');
    stop.abort(new Error('The demo was stopped'));
  });
}
try {
  await tellStory(folder, stop.signal);
  process.stdout.write(`Done in ${((performance.now() - beganMs) / 1000).toFixed(0)} s, and cleaned up.\n`);
} catch (error) {
  const why: unknown = stop.signal.aborted ? stop.signal.reason : error;
  process.stderr.write(`${why instanceof Error ? why.message : String(why)}\n`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
