import { describe, expect, test } from 'vitest';
import type { Given } from '../../src/request/inputs.ts';
import { parseRequest } from '../../src/request/parse.ts';
import { refusal, samples } from './samples.ts';

const sftp: Given = { 'sftp-private-key': 'a key', 'sftp-known-hosts': 'lines' };
const storesOf = (stores: string, more: Given = {}) => parseRequest('list', { ...samples.list, ...more, stores });

describe('stores', () => {
  test('are read as they are written, one a line, in their order', () => {
    const lines = [
      'directory:/srv/backups',
      'sftp://backup@vault.example.org/srv/candig/',
      's3://site-backups/candig/site?region=ca-central-1',
    ];
    expect(storesOf(lines.join('\n'), sftp)).toMatchObject({
      stores: [
        { kind: 'directory', path: '/srv/backups' },
        {
          kind: 'sftp',
          path: '/srv/candig',
          login: { host: 'vault.example.org', port: 22, user: 'backup', privateKey: 'a key', knownHosts: 'lines' },
        },
        { kind: 's3', place: { bucket: 'site-backups', prefix: 'candig/site', region: 'ca-central-1' } },
      ],
    });
  });

  test.each([
    ['sftp://u@h:2222/x', { login: { host: 'h', port: 2222 }, path: '/x' }],
    ['sftp://u@[::1]:22/x/y', { login: { host: '::1', port: 22 }, path: '/x/y' }],
    ['s3://bucket', { place: { bucket: 'bucket', prefix: '' } }],
    ['s3://bucket/', { place: { bucket: 'bucket', prefix: '' } }],
    ['s3://bucket/a/b/', { place: { prefix: 'a/b' } }],
    [
      's3://bucket/a?endpoint=https://s3.example.org:9000&path-style=true',
      { place: { endpoint: 'https://s3.example.org:9000/', isPathStyle: true } },
    ],
    ['s3://bucket/a?endpoint=http://127.0.0.1:7070', { place: { endpoint: 'http://127.0.0.1:7070/' } }],
  ])('are understood: %s', (line, expected) => {
    const more = line.startsWith('sftp') ? sftp : {};
    expect(storesOf(line, more)).toMatchObject({ stores: [expected] });
  });

  test.each([
    'sftp://user:hunter2@host/x',
    'sftp://user@host',
    'sftp://user@host/',
    'sftp://host/x',
    'sftp://user@host:0/x',
    'sftp://user@host:65536/x',
    'sftp://user@host/x/../y',
    'sftp://-oProxyCommand=hunter2@host/x',
    'sftp://user@-host/x',
    'sftp:user@host/x',
    's3://',
    's3:///prefix',
    's3://B/x',
    's3://key:hunter2@bucket/x',
    's3://bucket/../x',
    's3://bucket/.hidden',
    's3://bucket/x?region=',
    's3://bucket/x?secret=hunter2',
    's3://bucket/x?endpoint=http://s3.example.org',
    's3://bucket/x?endpoint=https://key:hunter2@s3.example.org',
    's3://bucket/x?endpoint=ftp://s3.example.org',
    's3://bucket/x?endpoint=hunter2',
    's3://bucket/x?path-style=yes',
    'directory:backups',
    'artifact',
    'ftp://user:hunter2@x',
    'Me:hunter2@nas:/b',
    'me:hunter2@nas:/b',
    'SFTP://me:hunter2@nas/b',
    'hunter2',
    's3://bucket/x?endpoint=https://key:pa&hunter2=@s3.example.org',
    '/srv/backups',
    'directory:/a\ndirectory:/a',
  ])('are refused, and show no secret: %s', (stores) => {
    const more = stores.startsWith('sftp') ? sftp : {};
    const error = refusal('list', { ...samples.list, ...more, stores });
    expect(error.message).toMatch(/^Input stores /);
    expect(`${error.message} ${error.hint}`).not.toContain('hunter2');
  });

  test('over SFTP need a key, and nothing else does', () => {
    expect(refusal('list', { ...samples.list, stores: 'sftp://u@h/x' }).message).toContain(
      'Input sftp-private-key is needed',
    );
    expect(refusal('list', { ...samples.list, ...sftp, stores: 'directory:/x' }).message).toContain(
      'Input sftp-private-key is given without',
    );
  });
});
