import { randomBytes } from 'node:crypto';
import {
  appendFile,
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Remote } from '../../../src/remote/remote.ts';
import { logsEvidenceSchema } from '../../../src/sources/logs/evidence.ts';
import { logsParts } from '../../../src/sources/logs/logs.ts';
import { run } from '../../stack/run.ts';
import { until } from '../../stack/until.ts';
import { imageKinds } from './images.ts';
import { altered, heldUp, makeLogSite, takePart, unpack } from './log-site.ts';

const yesterday = new Date(Date.now() - 86_400_000);
const none = { count: 0, names: [] };

describe.each(imageKinds)('with an image that has %s', (kind) => {
  const ending = kind === 'zstd' ? 'zst' : 'gz';

  test('the folder comes back with every file, whatever its name, owner and rights', async () => {
    await using site = await makeLogSite(kind);
    const files: Readonly<Record<string, string>> = {
      'buffer.b1.log': 'today\n'.repeat(10_000),
      'buffer.b1.log.meta': 'meta',
      '.20240101_0.log': 'an earlier day',
      empty: '',
      '-rf': 'a name like an option',
      'two words': 'x',
      'a\nline break': 'y',
      'é "quoted" \\ $(touch x)': 'z',
      [`deep/er/${'long'.repeat(50)}`]: 'w',
    };
    await mkdir(join(site.logs, 'deep/er'), { recursive: true });
    for (const [name, contents] of Object.entries(files)) await writeFile(join(site.logs, name), contents);
    await run('sh', ['-c', 'chown -R 999:999 "$1"; find "$1" -type f -exec chmod 600 {} +', 'sh', site.logs]);
    await link(join(site.logs, 'two words'), join(site.logs, 'the same'));

    const [part] = await logsParts(await site.host());
    expect(part?.name).toBe(`logs.tar.${ending}`);
    const { bytes, evidence } = await takePart(part, 'folder');
    expect(logsEvidenceSchema.parse(evidence)).toEqual(evidence);
    const plainBytes = [...Object.values(files), 'x'].join('').length;
    expect(evidence).toMatchObject({ from: site.logs, foundBy: 'fluentd', files: 10, plainBytes });
    expect(evidence).toMatchObject({ torn: none, vanished: none, unreadable: none, leftOut: none });

    const out = join(site.checkout, 'out');
    await unpack(bytes, evidence.compression, out);
    for (const [name, contents] of Object.entries({ ...files, 'the same': 'x' })) {
      expect(await readFile(join(out, 'logs', name), 'utf8')).toBe(contents);
    }
    expect(await site.helpers()).toEqual([]);
    // And with nothing of ours.
    const plain = join(site.checkout, 'plain');
    await mkdir(plain);
    await writeFile(`${plain}.tar`, bytes);
    await run('tar', ['-C', plain, kind === 'zstd' ? '--zstd' : '--gzip', '-xf', `${plain}.tar`]);
    expect((await readdir(join(plain, 'logs'))).length).toBe(10);
  });

  test('an empty folder gives a tar of nothing, and says so', async () => {
    await using site = await makeLogSite(kind);
    const { bytes, evidence } = await takePart((await logsParts(await site.host()))[0], 'folder');
    expect(evidence).toMatchObject({ files: 0, plainBytes: 0 });
    await unpack(bytes, evidence.compression, join(site.checkout, 'out'));
    expect(await readdir(join(site.checkout, 'out'))).toEqual([]);
  });

  test('links, sockets, pipes and devices are left out and named, and nobody waits for a pipe', async () => {
    await using site = await makeLogSite(kind);
    await writeFile(join(site.logs, 'a.log'), 'a');
    await symlink('/etc/passwd', join(site.logs, 'link'));
    await symlink('/etc', join(site.logs, 'folder link'));
    await run('mkfifo', [join(site.logs, 'pi\npe')]);
    await run('mknod', [join(site.logs, 'null'), 'c', '1', '3']);
    const server = createServer().listen(join(site.logs, 'socket'));
    try {
      const { bytes, evidence } = await takePart((await logsParts(await site.host()))[0], 'folder');
      expect(evidence).toMatchObject({ files: 1, plainBytes: 1 });
      expect(evidence.leftOut.count).toBe(5);
      expect([...evidence.leftOut.names].sort()).toEqual(
        ['logs/folder link', 'logs/link', 'logs/null', 'logs/pi\npe', 'logs/socket'].sort(),
      );
      await unpack(bytes, evidence.compression, join(site.checkout, 'out'));
      expect(await readdir(join(site.checkout, 'out/logs'))).toEqual(['a.log']);
    } finally {
      server.close();
    }
  });

  test('files that grow or vanish while they are read are named, and the rest is whole', async () => {
    await using site = await makeLogSite(kind);
    for (const name of ['quiet', 'growing', 'gone', 'go\nne', 'replaced']) {
      await writeFile(join(site.logs, name), name);
      await utimes(join(site.logs, name), yesterday, yesterday);
    }
    const [part] = await logsParts(await site.host(heldUp(site.remote)));
    const taking = takePart(part, 'folder');
    await until('the folder has been listed', async () => await site.runs('sleep'));
    await appendFile(join(site.logs, 'growing'), ' and growing');
    await writeFile(join(site.logs, 'new'), 'new');
    await rm(join(site.logs, 'gone'));
    await rm(join(site.logs, 'go\nne'));
    await rm(join(site.logs, 'replaced'));
    await writeFile(join(site.logs, 'replaced'), 'by another');
    await writeFile(join(site.checkout, 'go'), '');
    await rename(join(site.checkout, 'go'), join(site.logs, 'go'));
    const { bytes, evidence } = await taking;
    expect(evidence).toMatchObject({ files: 3, torn: none, unreadable: none, leftOut: none });
    expect([...evidence.grown.names].sort()).toEqual(['logs/growing', 'logs/replaced']);
    expect([...evidence.vanished.names].sort()).toEqual(['logs/go\nne', 'logs/gone']);
    await unpack(bytes, evidence.compression, join(site.checkout, 'out'));
    expect(await readFile(join(site.checkout, 'out/logs/growing'), 'utf8')).toBe('growing and growing');
    expect((await readdir(join(site.checkout, 'out/logs'))).sort()).toEqual(['growing', 'quiet', 'replaced']);
  });

  test('files that nobody may read are named, and the rest is whole', async () => {
    await using site = await makeLogSite(kind);
    await writeFile(join(site.logs, 'open'), 'open');
    await writeFile(join(site.logs, 'closed'), 'closed');
    await mkdir(join(site.logs, 'folder'), { mode: 0o700 });
    await chmod(join(site.logs, 'closed'), 0o600);
    const [part] = await logsParts(await site.host(asNobody(site.remote)));
    const { bytes, evidence } = await takePart(part, 'folder');
    expect(evidence).toMatchObject({ files: 1, vanished: none });
    expect([...evidence.unreadable.names].sort()).toEqual(['logs/closed', 'logs/folder']);
    await unpack(bytes, evidence.compression, join(site.checkout, 'out'));
    expect(await readdir(join(site.checkout, 'out/logs'))).toEqual(['open']);
  });

  test('a file that is emptied while it is read is named as torn, or all is read once more', async () => {
    await using site = await makeLogSite(kind);
    await writeFile(join(site.logs, 'big'), randomBytes(80_000_000));
    await writeFile(join(site.logs, 'small'), 'small');
    const [part] = await logsParts(await site.host());
    if (part === undefined) throw new Error('there is no part');
    await using dump = await part.begin({ signal: new AbortController().signal });
    const reading = (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of dump.content) {
        // Nobody reads on meanwhile, so tar waits in its midst.
        if (chunks.length === 0) await truncate(join(site.logs, 'big'));
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    })();
    if (kind === 'busybox') {
      await expect(reading).rejects.toMatchObject({ code: 'dump-ended' });
      return;
    }
    const bytes = await reading;
    const evidence = await dump.evidence();
    expect(evidence).toMatchObject({ files: 2, plainBytes: 80_000_005, torn: { count: 1, names: ['logs/big'] } });
    await unpack(bytes, kind === 'zstd' ? 'zstd' : 'gzip', join(site.checkout, 'out'));
    expect(await readFile(join(site.checkout, 'out/logs/small'), 'utf8')).toBe('small');
  });
});

/** The helper is not root, as where root of a container is nobody on the host. */
function asNobody(remote: Remote): Remote {
  return altered(remote, (word) => ({ '0:0': '4711:4711', '/report:mode=0700': '/report:mode=0777' })[word] ?? word);
}
