import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { ContainerEvidence, FolderEvidence } from '../../src/sources/logs/evidence.ts';
import { file, header, tarOf } from '../tarball/make-tar.ts';
import type { Forged } from './forged-backup.ts';

export const keysText = `keys: \n${['a', 'b', 'c', 'd', 'e'].map((it) => `${it.repeat(43)}=`).join('\n')}\nroot: \nhvs.CANARYROOTTOKEN\n`;
export const storesText = 'htsget\nkatsu\n';

/** A folder in a tar. */
export const folder = (path: string) => header({ path, type: '5', mode: '0000755\0' });

export const storageTar = tarOf(folder('data/'), folder('data/core/'), file('data/core/_master', '{"Value":"sealed"}'));
export const keysTar = tarOf(file('keys.txt', keysText), file('service_stores.txt', storesText));

export const storage = (plain = storageTar): Forged => ({ name: 'vault.tar.age', part: 'vault', plain });
export const keys = (plain = keysTar, isForOthers = false): Forged => ({
  ...{ name: 'vault-keys.tar.age', part: 'vault', plain, isForOthers },
});

const none = { count: 0, names: [] };

export function folderEvidence(changes: Partial<FolderEvidence> = {}): FolderEvidence {
  return {
    ...{ kind: 'folder', from: '/site/tmp/logs', foundBy: 'fluentd', compression: 'zstd', files: 2, plainBytes: 10 },
    ...{ grown: none, torn: none, vanished: none, unreadable: none, leftOut: none },
    ...changes,
  };
}

export function containerEvidence(changes: Partial<ContainerEvidence> = {}): ContainerEvidence {
  return {
    ...{
      kind: 'container',
      service: 'redis',
      container: 'site_redis_1',
      compression: 'zstd',
      plainBytes: 5,
      whole: true,
    },
    ...changes,
  };
}

export const logsTar = tarOf(file('logs/.20261121_0.log', 'older'), file('logs/deep/a.log', 'newer'));

/** The log folder as an object. */
export const logFolder = (tar = logsTar): Forged => ({
  ...{ name: 'logs.tar.zst.age', part: 'logs', plain: zstdCompressSync(tar) },
});

/** What Docker had kept of redis, as an object. */
export const redisLog = (text: string | Buffer = 'hello', compression: 'zstd' | 'gzip' = 'zstd'): Forged => ({
  name: compression === 'zstd' ? 'redis.log.zst.age' : 'redis.log.gz.age',
  part: 'logs',
  plain: compression === 'zstd' ? zstdCompressSync(text) : gzipSync(text),
});
