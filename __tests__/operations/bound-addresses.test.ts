import { afterAll, beforeAll, expect, test } from 'vitest';
import { tapMoments } from '../faults/tapped-remote.ts';
import { openTestSite, type TestSite } from '../site.ts';
import { until } from '../stack/until.ts';

let site: TestSite;
const takers: string[] = [];

beforeAll(async () => {
  site = await openTestSite({ vault: true, bindAddresses: true, rows: 200, donors: 100 });
  await site.backUp();
}, 300_000);
afterAll(async () => {
  for (const id of takers) await site.stack.docker('rm', '--force', id);
  await site?.[Symbol.asyncDispose]();
});

const addressOf = async (service: 'katsu' | 'htsget'): Promise<string> =>
  await site.stack.docker(
    ...['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'],
    site.stack.containers[service],
  );

test('services that a restore gave other addresses can log in to Vault afterwards', { timeout: 120_000 }, async () => {
  const { stack } = site;
  const before = [await addressOf('katsu'), await addressOf('htsget')];
  const image = await stack.docker('inspect', '--format', '{{.Config.Image}}', stack.containers.katsu);
  const remote = tapMoments(site.remote, async ({ edge, label }) => {
    // While they are down somebody else gets what they had.
    if (edge !== 'after' || !label.includes('docker stop') || takers.length > 0) return;
    for (let at = 0; at < 3; at += 1) {
      const network = `--network=${stack.project}_default`;
      takers.push(await stack.docker('run', '--detach', network, '--entrypoint=sleep', image, 'infinity'));
    }
  });
  await site.restore({ remote }, { authorization: 'none' });
  expect([await addressOf('katsu'), await addressOf('htsget')]).not.toEqual(before);
  await until('katsu and htsget to log in', async () => {
    return (await stack.vaultLogin('katsu')) === 200 && (await stack.vaultLogin('htsget')) === 200;
  });
});
