import { once } from 'node:events';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type BackupError, isBackupError } from '../../src/errors.ts';
import { openSsh } from '../../src/remote/ssh.ts';
import type { SshLogin } from '../../src/ssh/login.ts';
import { ended } from '../contracts/ended.ts';
import { makeKey, type Sshd, type SshdOptions, startSshd } from './sshd.ts';

const started: Sshd[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((sshd) => sshd.stop()));
});

async function start(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await startSshd(options);
  started.push(sshd);
  return sshd;
}

async function refusal(login: SshLogin): Promise<BackupError> {
  const error = await openSsh(login).then(
    async (remote) => {
      await remote[Symbol.asyncDispose]();
    },
    (reason) => reason,
  );
  if (!isBackupError(error)) throw new Error(`no refusal: ${error}`);
  const secret = login.privateKey.split('\n')[1] ?? '';
  expect(`${error.message}${error.hint}${JSON.stringify(error)}`).not.toContain(secret);
  expect(error.message).not.toMatch(/\n|\.$/);
  return error;
}

async function works(login: SshLogin): Promise<void> {
  await using remote = await openSsh(login);
  expect(await remote.run(['echo', 'in'])).toBe('in\n');
}

describe('a host that is not there', () => {
  test('says that its port is closed, after three attempts', async () => {
    const sshd = await start();
    await sshd.stop();
    started.pop();
    const error = await refusal(sshd);
    expect(error).toMatchObject({
      code: 'host-unreachable',
      message: expect.stringContaining(`127.0.0.1:${sshd.port}`),
    });
    expect(error.message).toContain('connection refused');
  });

  test('says that its name is not known', async () => {
    const sshd = await start();
    const error = await refusal({ ...sshd, host: 'no-such-host.invalid' });
    expect(error).toMatchObject({ code: 'host-unreachable', message: expect.stringContaining('no-such-host.invalid') });
  });

  test('is waited for while it starts', async () => {
    const sshd = await start();
    await sshd.stop();
    started.pop();
    const opening = openSsh({ ...sshd, knownHosts: '' });
    opening.catch(() => {});
    const again = await start({ port: sshd.port });
    // The old host's key is gone: that we are told of the new one shows that we got through.
    await expect(opening).rejects.toMatchObject({ code: 'host-key-unknown' });
    await works(again);
  });
});

describe('something that is no SSH server', () => {
  const listen = async (answer: (socket: Socket) => void): Promise<{ server: Server; port: number }> => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      answer(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return { server, port: typeof address === 'object' && address !== null ? address.port : 0 };
  };

  test.each([
    ['says nothing', 'timed-out', () => {}],
    ['hangs up', 'host-unreachable', (socket: Socket) => socket.end()],
    ['speaks HTTP', 'host-unreachable', (socket: Socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\ncanary')],
    ['talks nonsense without end', 'host-unreachable', (socket: Socket) => socket.write('canary\n'.repeat(100_000))],
    ['says only that it is one', 'timed-out', (socket: Socket) => socket.write('SSH-2.0-canary\r\n')],
  ] as const)('is told when it %s', async (_, code, answer) => {
    const sshd = await start();
    const { server, port } = await listen(answer);
    const error = await refusal({ ...sshd, port, readyTimeoutMs: 700 });
    expect(error.code).toBe(code);
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).not.toContain('canary');
    server.close();
  });
});

describe('the key of the host', () => {
  test.each(['', '# nothing\n', 'other.example ssh-ed25519 '])('is shown when it is unknown (%j)', async (text) => {
    const sshd = await start();
    const key = sshd.knownHosts.split(' ')[2]?.trim() ?? '';
    const error = await refusal({ ...sshd, knownHosts: text.startsWith('other') ? `${text}${key}\n` : text });
    expect(error.code).toBe('host-key-unknown');
    expect(error.message).toMatch(/SHA256:[\w+/]{43} \(ssh-ed25519\)/);
    expect(error.hint).toContain('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub');
    expect(error.hint).toContain(sshd.knownHosts.trim());
  });

  test('is refused when it is another one, before anything is said of us', async () => {
    const sshd = await start();
    const other = await start();
    const knownHosts = other.knownHosts.replaceAll(`:${other.port}`, `:${sshd.port}`);
    const error = await refusal({ ...sshd, knownHosts });
    expect(error.code).toBe('host-key-mismatch');
    expect(new Set(error.message.match(/SHA256:[\w+/]{43}/g)).size).toBe(2);
  });

  test('is checked again when the connection is opened again', async () => {
    const sshd = await start();
    const remote = await openSsh(sshd);
    await sshd.stop();
    started.pop();
    const other = await start({ port: sshd.port });
    await expect(remote.run(['true'])).rejects.toMatchObject({ code: 'host-key-mismatch' });
    expect(other.knownHosts).not.toBe(sshd.knownHosts);
    await remote[Symbol.asyncDispose]();
  });

  test('may be of any kind we know of, though the host has better ones', async () => {
    const sshd = await start({ hostKeys: ['ed25519', 'rsa', 'ecdsa'] });
    for (const line of sshd.knownHosts.trim().split('\n')) await works({ ...sshd, knownHosts: line });
    await works(sshd);
  });

  test('may be known by a hashed line and CRLF', async () => {
    const sshd = await start();
    await works({ ...sshd, knownHosts: sshd.knownHosts.replaceAll('\n', '\r\n') });
  });

  test('of another kind than the known ones is no reason for trust', async () => {
    const [withEd, withRsa] = [await start(), await start({ hostKeys: ['rsa'] })];
    const knownHosts = withEd.knownHosts.replaceAll(`:${withEd.port}`, `:${withRsa.port}`);
    expect((await refusal({ ...withRsa, knownHosts })).code).toBe('host-key-mismatch');
  });

  test('is refused when it was revoked', async () => {
    const sshd = await start();
    const key = sshd.knownHosts.split(' ').slice(1).join(' ');
    const error = await refusal({ ...sshd, knownHosts: `${sshd.knownHosts}@revoked * ${key}` });
    expect(error).toMatchObject({ code: 'host-key-mismatch', message: expect.stringContaining('revoke') });
  });

  test('is never taken with SHA-1 alone; the error says what the host offers', async () => {
    const sshd = await start({ hostKeys: ['rsa'], config: ['HostKeyAlgorithms ssh-rsa'] });
    const error = await refusal(sshd);
    expect(error).toMatchObject({ code: 'host-algorithms', message: expect.stringMatching(/offers ssh-rsa$/) });
  });
});

describe('a login', () => {
  test.each(['ed25519', 'rsa', 'ecdsa'] as const)('works with a locked %s key', async (type) => {
    const sshd = await start();
    const file = join(sshd.folder, `locked_${type}`);
    await makeKey(file, type, '-N', 'correct horse');
    await appendFile(join(sshd.folder, 'authorized_keys'), await readFile(`${file}.pub`));
    const login = { ...sshd, privateKey: await readFile(file, 'utf8') };
    await works({ ...login, passphrase: 'correct horse' });
    expect((await refusal({ ...login, passphrase: 'wrong' })).code).toBe('key-locked');
    expect((await refusal(login)).code).toBe('key-locked');
  });

  test('is refused with the fingerprint of the key that was given', async () => {
    const [sshd, other] = [await start(), await start()];
    const error = await refusal({ ...sshd, privateKey: other.privateKey });
    expect(error).toMatchObject({ code: 'auth-failed', hint: expect.stringMatching(/SHA256:/) });
    expect(error.message).toContain(`127.0.0.1:${sshd.port}`);
    expect((await refusal({ ...sshd, user: 'nobody-by-that-name' })).code).toBe('auth-failed');
  });

  test('without a shell is told from a good one', async () => {
    const sshd = await start({ user: 'guest', shell: '/usr/sbin/nologin' });
    const error = await refusal(sshd);
    expect(error).toMatchObject({ code: 'auth-failed', hint: expect.stringContaining('nologin') });
    expect(error.message).not.toMatch(/currently not available/);
  });

  test('with a forced command is told from a good one', async () => {
    const sshd = await start({ keyOptions: 'command="echo welcome canary"' });
    const error = await refusal(sshd);
    expect(error.code).toBe('auth-failed');
    expect(error.message).not.toContain('canary');
  });

  test('whose shell prints before every command is refused', async () => {
    const sshd = await start({ keyOptions: 'command="echo canary; eval \\"$SSH_ORIGINAL_COMMAND\\""' });
    const error = await refusal(sshd);
    expect(error).toMatchObject({ code: 'command-failed', hint: expect.stringContaining('start file') });
    expect(error.message).not.toContain('canary');
  });

  test('with a banner of its own is undisturbed', async () => {
    const sshd = await start();
    await writeFile(join(sshd.folder, 'banner'), 'canary\n'.repeat(1000));
    await works(await start({ config: [`Banner ${join(sshd.folder, 'banner')}`] }));
  });

  test('that allows one session at a time still serves many commands', async () => {
    const sshd = await start({ config: ['MaxSessions 1'] });
    await using remote = await openSsh(sshd);
    const said = await Promise.all(Array.from({ length: 20 }, (_, index) => remote.run(['echo', String(index)])));
    expect(said.map(Number)).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  test('that allows no session at all is refused', async () => {
    const sshd = await start({ config: ['MaxSessions 0'] });
    expect((await refusal(sshd)).code).toBe('auth-failed');
  });
});

describe('a jump host', () => {
  test('is gone through, both keys checked', async () => {
    const [jump, host] = [await start(), await start({ user: 'guest' })];
    const knownHosts = jump.knownHosts + host.knownHosts;
    const login = { ...host, jump, knownHosts };
    await using remote = await openSsh(login);
    expect(remote.name).toBe(`${host.user}@127.0.0.1:${host.port}`);
    expect(await remote.run(['id', '-un'])).toBe(`${host.user}\n`);
    let sizeBytes = 0;
    for await (const chunk of remote.read(['head', '-c', '20000000', '/dev/zero'])) sizeBytes += chunk.length;
    expect(sizeBytes).toBe(20_000_000);
    expect((await refusal({ ...login, knownHosts: host.knownHosts })).message).toContain(`:${jump.port}`);
    expect((await refusal({ ...login, knownHosts: jump.knownHosts })).message).toContain(`:${host.port}`);
  });

  test('that does not reach the host, or forwards nothing, says which of them', async () => {
    const [jump, host] = [await start(), await start()];
    const knownHosts = jump.knownHosts + host.knownHosts;
    await host.stop();
    started.pop();
    const error = await refusal({ ...host, jump, knownHosts });
    expect(error).toMatchObject({
      code: 'host-unreachable',
      message: expect.stringContaining(`from root@127.0.0.1:${jump.port}`),
    });
  });

  test('lets a cancelled command be ended when the login is closed at once', async () => {
    const [jump, host] = [await start(), await start({ user: 'guest' })];
    const remote = await openSsh({ ...host, jump, knownHosts: jump.knownHosts + host.knownHosts });
    const stream = remote.open(['sh', '-c', 'echo $$; sleep 1000; true']);
    const pid = Number((await once(stream, 'data'))[0]);
    await remote[Symbol.asyncDispose]();
    await ended(pid);
  });

  test('that dies ends what runs behind it', async () => {
    const [jump, host] = [await start(), await start()];
    await using remote = await openSsh({ ...host, jump, knownHosts: jump.knownHosts + host.knownHosts });
    const running = remote.run(['sleep', '1000']);
    running.catch(() => {});
    await remote.run(['true']);
    await jump.stop();
    started.splice(started.indexOf(jump), 1);
    await expect(running).rejects.toMatchObject({ code: 'connection-lost' });
  });
});
