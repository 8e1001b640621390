import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isBackupError } from '../../src/errors.ts';
import { CommandError, type Remote } from '../../src/remote/remote.ts';
import { ended } from './ended.ts';
import { hostileWords } from './hostile-words.ts';

const mega = 1024 * 1024;

/** What every `Remote` promises. `open` gives a login on a machine that shares this one's file system. */
export function remoteContract(open: () => Promise<Remote>): void {
  let remote: Remote;
  let folder: string;
  beforeAll(async () => {
    remote = await open();
    folder = await mkdtemp(join(tmpdir(), 'remote-'));
    await chmod(folder, 0o777);
  });
  afterAll(async () => {
    await remote[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const sh = (script: string, ...words: string[]) => ['sh', '-c', script, 'sh', ...words] as const;

  test('gives the output of a command that exits 0', async () => {
    expect(await remote.run(['printf', '%s', 'grüß ✓'])).toBe('grüß ✓');
    expect(await remote.run(['true'])).toBe('');
  });

  test('gives input to a command and closes it', async () => {
    expect(await remote.run(['cat'], { input: 'secret\n' })).toBe('secret\n');
    expect(await remote.run(['wc', '-c'], { input: Buffer.alloc(3 * mega) })).toContain(String(3 * mega));
    expect(await remote.run(['cat'])).toBe('');
  });

  test('runs a command that does not want its input', async () => {
    expect(await remote.run(['echo', 'x'], { input: Buffer.alloc(8 * mega) })).toBe('x\n');
  });

  test('carries hostile words to a command byte for byte', async () => {
    expect(hostileWords.length).toBeGreaterThanOrEqual(60);
    const got = await remote.run(['printf', '%s\\0', ...hostileWords]);
    expect(got.split('\0').slice(0, -1)).toEqual(hostileWords);
    await Promise.all(hostileWords.map(async (word) => expect(await remote.run(['printf', '%s', word])).toBe(word)));
  });

  test.each([
    ['an empty name', ['']],
    ['a NUL byte', ['printf', 'a\0b']],
    ['half a character', ['printf', '\ud800']],
  ] as const)('refuses a command with %s', async (_, command) => {
    await expect(remote.run([...command])).rejects.toMatchObject({ code: 'input-invalid' });
  });

  test.each([1, 2, 100, 126, 141, 254, 255])('says so when a command exits %i', async (status) => {
    const error = await failure(remote.run(sh('echo out; echo err >&2; exit "$1"', String(status))));
    expect(error).toMatchObject({ code: 'command-failed', exit: { status }, stderrTail: 'err\n' });
    expect(error.message).toContain(`${status}`);
    expect(error.message).not.toMatch(/err$|out$/);
    expect(JSON.stringify(error)).not.toContain('err\\n');
  });

  test('says so when a program is not there', async () => {
    const error = await failure(remote.run(['no-such-program-anywhere', 'an argument']));
    expect(error).toMatchObject({ code: 'command-missing', exit: { status: 127 } });
    expect(error.message).toContain('no-such-program-anywhere');
    expect(error.message).not.toContain('argument');
  });

  test('says so when a file cannot be executed', async () => {
    expect(await failure(remote.run(['/etc/passwd']))).toMatchObject({ code: 'command-failed', exit: { status: 126 } });
  });

  test('never takes a death by signal for success', async () => {
    const error = await failure(remote.run(sh('echo out; kill -9 $$')));
    expect(error.exit.status).not.toBe(0);
    expect(error.message).toMatch(/killed|SIGKILL/);
  });

  test('ends a read only after exit 0, whole', async () => {
    const file = join(folder, randomUUID());
    await remote.run(sh('head -c 10485760 /dev/urandom > "$1"', file));
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of remote.read(['cat', file])) {
      sizeBytes += chunk.length;
      hash.update(chunk);
    }
    expect(sizeBytes).toBe(10 * mega);
    expect(hash.digest('hex')).toBe((await remote.run(['sha256sum', file])).slice(0, 64));
  });

  test.each([0, 1, 4095, 65_536, mega])('makes a read of %i bytes fail when the command then exits 1', async (size) => {
    const read = remote.read(sh('head -c "$1" /dev/zero; exit 1', String(size)));
    await expect(readAll(read)).rejects.toMatchObject({ code: 'command-failed', exit: { status: 1 } });
  });

  test('makes a read fail when the command dies by a signal after the last byte', async () => {
    await expect(readAll(remote.read(sh('echo whole; kill -9 $$')))).rejects.toBeInstanceOf(CommandError);
  });

  test('reads on while the command floods standard error, and keeps only its tail', async () => {
    const script =
      'i=0; while [ $i -lt 20 ]; do head -c 1000000 /dev/zero >&2; head -c 1000 /dev/zero; i=$((i+1)); done; echo last >&2; exit 4';
    const sizes: number[] = [];
    const slow = remote.read(sh(script));
    const error = await failure(
      (async () => {
        for await (const chunk of slow) {
          sizes.push(chunk.length);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })(),
    );
    expect(error.exit.status).toBe(4);
    expect(error.stderrTail.length).toBeLessThanOrEqual(8192);
    expect(error.stderrTail.endsWith('last\n')).toBe(true);
  });

  test('stays small while both outputs flood and nobody reads', async () => {
    const flood = remote.read(sh('head -c 500000000 /dev/zero >&2 & head -c 500000000 /dev/zero; wait'));
    flood.on('error', () => {});
    let taken = 0;
    // A little is read at a time: the rest must wait where it is.
    for await (const chunk of flood) {
      taken += chunk.length;
      if (taken > 4 * mega) break;
    }
    expect(flood.readableLength).toBeLessThan(16 * mega);
  });

  test('writes 50 MB and resolves after exit 0', async () => {
    const file = join(folder, randomUUID());
    const block = Buffer.alloc(mega, 'abcdefg');
    const hash = createHash('sha256');
    async function* blocks() {
      for (let index = 0; index < 50; index += 1) {
        hash.update(block);
        yield block;
      }
    }
    await remote.write(sh('cat > "$1"; echo much said', file), Readable.from(blocks()));
    expect((await remote.run(['sha256sum', file])).slice(0, 64)).toBe(hash.digest('hex'));
  });

  test('fails a write with the status of a program that ends early', async () => {
    const error = await failure(remote.write(sh('head -c 10 >/dev/null; echo why >&2; exit 9'), endless()));
    expect(error).toMatchObject({ code: 'command-failed', exit: { status: 9 }, stderrTail: 'why\n' });
  });

  test('fails a write to a program that ends well but early', async () => {
    const error = await failure(remote.write(sh('head -c 10 >/dev/null'), endless()));
    expect(error.message).toMatch(/before it had read all of its input/);
  });

  test('fails a write whose program reads all and then fails', async () => {
    const input = Readable.from([Buffer.alloc(mega)]);
    await expect(remote.write(sh('cat >/dev/null; exit 5'), input)).rejects.toMatchObject({ exit: { status: 5 } });
  });

  test('ends the program when its input breaks, and says why', async () => {
    const file = join(folder, randomUUID());
    async function* broken() {
      yield Buffer.alloc(100_000);
      await written(file);
      throw new Error('source broke');
    }
    const script = 'echo $$ > "$1"; cat > "$1.part" && mv "$1.part" "$1.whole"';
    await expect(remote.write(sh(script, file), Readable.from(broken()))).rejects.toThrow('source broke');
    await gone(file);
    await expect(readFile(`${file}.whole`)).rejects.toThrow('ENOENT');
  });

  test('talks both ways, turn by turn, thousands of times', async () => {
    const stream = remote.open(['cat']);
    let turn = 0;
    let waiting = '';
    for (stream.write('0\n'); turn < 3000; ) {
      const [chunk] = await once(stream, 'data');
      waiting += chunk;
      if (!waiting.endsWith('\n')) continue;
      expect(waiting).toBe(`${turn}\n`);
      waiting = '';
      turn += 1;
      stream.write(`${turn}\n`);
    }
    stream.end();
    stream.resume();
    await stream.ended;
  });

  test('says by `ended` how an opened program ended', async () => {
    const good = remote.open(sh('echo x'));
    good.resume();
    await good.ended;
    const bad = remote.open(sh('echo x; exit 6'));
    bad.resume();
    await expect(bad.ended).rejects.toMatchObject({ exit: { status: 6 } });
  });

  test('lets what an opened program said be read after it ended well', async () => {
    const stream = remote.open(sh('head -c 200000 /dev/zero'));
    stream.write('never read');
    let sizeBytes = 0;
    for await (const chunk of stream) sizeBytes += chunk.length;
    expect(sizeBytes).toBe(200_000);
    await stream.ended;
  });

  test('ten programs stay open side by side while others run', async () => {
    const streams = Array.from({ length: 10 }, () => remote.open(['cat']));
    const ids = await Promise.all(Array.from({ length: 30 }, (_, index) => remote.run(['echo', String(index)])));
    expect(ids.map(Number)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    for (const stream of streams) stream.end('x').resume();
    await Promise.all(streams.map((stream) => stream.ended));
  });

  test('ends a command that was cancelled, there too', async () => {
    const file = join(folder, randomUUID());
    const cancel = new AbortController();
    const running = remote.run(sh('echo $$ > "$1"; sleep 1000; true', file), { signal: cancel.signal });
    await written(file);
    cancel.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await gone(file);
  });

  test('ends a command that was cancelled after all of its input was taken', async () => {
    const file = join(folder, randomUUID());
    const cancel = new AbortController();
    const input = Readable.from([Buffer.from('all')]);
    const running = remote.write(sh('cat; echo $$ > "$1"; sleep 1000; true', file), input, { signal: cancel.signal });
    await written(file);
    cancel.abort();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await gone(file);
  });

  test('starts nothing once cancelled', async () => {
    const file = join(folder, randomUUID());
    const running = remote.run(['touch', file], { signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  test.each(['read', 'open', 'write'] as const)('ends a %s that takes too long', async (way) => {
    const file = join(folder, randomUUID());
    const command = sh('echo $$ > "$1"; sleep 1000; true', file);
    const options = { timeoutMs: 1500 };
    const call = {
      read: () => readAll(remote.read(command, options)),
      open: () => remote.open(command, options).ended,
    };
    const running = way === 'write' ? remote.write(command, endless(), options) : call[way]();
    await expect(running).rejects.toMatchObject({ code: 'timed-out' });
    await gone(file);
  });

  test('ends the command when its reader stops reading', async () => {
    const file = join(folder, randomUUID());
    for await (const _ of remote.read(sh('echo $$ > "$1"; exec cat /dev/zero', file))) break;
    await gone(file);
  });

  test('ends the command when what it is piped into fails', async () => {
    const file = join(folder, randomUUID());
    const read = remote.read(sh('echo $$ > "$1"; exec cat /dev/zero', file));
    const failing = pipeline(read, async (chunks: AsyncIterable<Buffer>) => {
      for await (const _ of chunks) throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    await gone(file);
  });

  test('keeps no more output than allowed', async () => {
    expect(await remote.run(['head', '-c', '1000', '/dev/zero'], { maxOutputBytes: 1000 })).toHaveLength(1000);
    const much = remote.run(['head', '-c', '1001', '/dev/zero'], { maxOutputBytes: 1000 });
    await expect(much).rejects.toMatchObject({ code: 'command-failed' });
    await expect(remote.run(['cat', '/dev/zero'])).rejects.toMatchObject({ code: 'command-failed' });
  });

  test('disposing it ends what is under way and refuses what comes', async () => {
    const other = await open();
    const stream = other.open(['cat']);
    const file = join(folder, randomUUID());
    const running = other.run(sh('echo $$ > "$1"; sleep 1000; true', file));
    running.catch(() => {});
    await written(file);
    await other[Symbol.asyncDispose]();
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    await expect(stream.ended).rejects.toMatchObject({ code: 'cancelled' });
    await expect(other.run(['true'])).rejects.toMatchObject({ code: 'cancelled' });
    await gone(file);
  });

  async function written(file: string): Promise<string> {
    for (;;) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (text.endsWith('\n')) return text.trim();
      await turn();
    }
  }

  /** Resolves once the process whose id stands in `file` is no more. */
  async function gone(file: string): Promise<void> {
    await ended(Number(await written(file)));
  }
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 20));

async function readAll(stream: Readable): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of stream) sizeBytes += chunk.length;
  return sizeBytes;
}

async function failure(work: Promise<unknown>): Promise<CommandError> {
  const error = await work.then(
    () => undefined,
    (reason) => reason,
  );
  expect(isBackupError(error), String(error)).toBe(true);
  expect(error).toBeInstanceOf(CommandError);
  return error as CommandError;
}

function endless(): Readable {
  const block = Buffer.alloc(65_536);
  return new Readable({
    read() {
      this.push(block);
    },
  });
}
