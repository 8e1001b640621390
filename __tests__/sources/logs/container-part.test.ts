import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { logsEvidenceSchema } from '../../../src/sources/logs/evidence.ts';
import { logsParts } from '../../../src/sources/logs/logs.ts';
import { docker } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { imageKinds } from './images.ts';
import { makeLogSite, takePart, unpack } from './log-site.ts';

const speak = ['sh', '-c', 'echo "to say"; echo "to complain" >&2'];

test.each(imageKinds)(
  'what Docker keeps of the services that do not log to fluentd is beside the folder (%s)',
  async (kind) => {
    await using site = await makeLogSite(kind, ({ logs }) => [
      { service: 'fluentd', mounts: { '/logging': logs }, command: speak },
      { service: 'vault', command: speak },
      {
        service: 'vault-runner',
        command: ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo "line $i of many"; i=$((i + 1)); done'],
      },
      { service: 'redis' },
      { service: 'katsu', command: speak },
    ]);
    await until('all have spoken', async () => {
      const states = await docker(['ps', '--all', '--filter', `name=${site.project}`, '--format', '{{.State}}']);
      return !states.includes('running');
    });
    const parts = await logsParts(await site.host());
    const ending = kind === 'zstd' ? 'zst' : 'gz';
    expect(parts.map(({ name }) => name)).toEqual(
      ['logs.tar', 'vault.log', 'vault-runner.log', 'redis.log', 'fluentd.log'].map((name) => `${name}.${ending}`),
    );
    const said = new Map<string, string>();
    for (const part of parts.slice(1)) {
      const { bytes, evidence } = await takePart(part, 'container');
      expect(logsEvidenceSchema.parse(evidence)).toEqual(evidence);
      const text = (kind === 'zstd' ? zstdDecompressSync(bytes) : gunzipSync(bytes)).toString();
      expect(evidence).toMatchObject({
        whole: true,
        plainBytes: text.length,
        container: `${site.project}_${evidence.service}_1`,
      });
      said.set(evidence.service, text);
    }
    const time = '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z';
    for (const service of ['vault', 'fluentd']) {
      expect(said.get(service)?.split('\n').sort().join('\n')).toMatch(
        new RegExp(`^\\n${time} to (say|complain)\\n${time} to (say|complain)$`),
      );
      expect(said.get(service)).toContain('complain');
    }
    expect(said.get('vault-runner')?.match(/ line \d+ of many$/gm)).toHaveLength(20_000);
    expect(said.get('redis')).toBe('');
    expect(await site.helpers()).toEqual([]);
  },
);

test('of a container that is gone when its turn comes, what there was is kept, and it is said', async () => {
  await using site = await makeLogSite('gnu', ({ logs }) => [{ service: 'fluentd', mounts: { '/logging': logs } }]);
  const vault = await site.add({ service: 'vault', command: speak });
  const parts = await logsParts(await site.host());
  await docker(['rm', '--force', vault]);
  const { evidence } = await takePart(parts[1], 'container');
  expect(evidence).toMatchObject({ service: 'vault', whole: false });
});

test.each(imageKinds)("of Vault's volume the audit log is taken and nothing else (%s)", async (kind) => {
  await using site = await makeLogSite(kind, ({ logs, checkout }) => [
    { service: 'fluentd', mounts: { '/logging': logs } },
    { service: 'vault', mounts: { '/vault': `${checkout}/volume` } },
  ]);
  const volume = join(site.checkout, 'volume');
  await mkdir(join(volume, 'config'), { recursive: true });
  await mkdir(join(volume, 'data/core'), { recursive: true });
  const secret = ['keys.txt', 'config/keys.txt', 'data/core/_master', 'vault-audit.log.old', 'backup.tar.gz'];
  for (const name of secret) await writeFile(join(volume, name), 'CANARY-KEY');
  await writeFile(join(volume, 'vault-audit.log'), '{"type":"request"}\n');
  await writeFile(join(site.logs, 'a.log'), 'a');
  const [part] = await logsParts(await site.host());
  const { bytes, evidence } = await takePart(part, 'folder');
  expect(evidence.files).toBe(2);
  const out = join(site.checkout, 'out');
  await unpack(bytes, evidence.compression, out);
  expect(await readFile(join(out, 'vault/vault-audit.log'), 'utf8')).toBe('{"type":"request"}\n');
  const plain = kind === 'zstd' ? zstdDecompressSync(bytes) : gunzipSync(bytes);
  expect(plain.toString('latin1')).not.toContain('CANARY');
});

test("a link in place of Vault's audit log leads to nothing", async () => {
  await using site = await makeLogSite('gnu', ({ logs, checkout }) => [
    { service: 'fluentd', mounts: { '/logging': logs } },
    { service: 'vault-runner', mounts: { '/vault': `${checkout}/volume` } },
  ]);
  const volume = join(site.checkout, 'volume');
  await mkdir(volume, { recursive: true });
  await writeFile(join(volume, 'keys.txt'), 'CANARY-KEY');
  await symlink('keys.txt', join(volume, 'vault-audit.log'));
  const [part] = await logsParts(await site.host());
  const { bytes, evidence } = await takePart(part, 'folder');
  expect(evidence).toMatchObject({ files: 0, leftOut: { count: 1, names: ['vault/vault-audit.log'] } });
  expect(gunzipSync(bytes).toString('latin1')).not.toContain('CANARY');
});
