import { Duplex, pipeline, type Readable, Transform } from 'node:stream';
import type { Command, Remote, RemoteStream } from '../../src/remote/remote.ts';

/** A moment in a run: before something is sent to the host, or once it was done there and the answer is not yet told. */
export interface Moment {
  readonly edge: 'before' | 'after';
  /** The command's words, or the statement, cut short; the same in every run, whatever ids that has. */
  readonly label: string;
}

/** The command that writes the journal ends with the guard that is armed by it. */
export function isJournal({ label }: Moment): boolean {
  return label.endsWith('pause=$((pause - 1)); done done ');
}

/** Gives the place of each moment of a restore, from 0 for the writing of its outage's journal on; less before that. */
export function placesFromOutage(): (moment: Moment) => number {
  let journals = 0;
  let place = -1;
  return (moment) => {
    // The first says that copies are being staged.
    if (moment.edge === 'before' && isJournal(moment)) journals += 1;
    if (journals > 1) place += 1;
    return place;
  };
}

/** Where the outage of a restore begins. */
export function outageFrom(moments: readonly Moment[]): number {
  const placeOf = placesFromOutage();
  return moments.findIndex((moment) => placeOf(moment) === 0);
}

/** `inner`, telling of every moment and waiting until `at` has done what it does. */
export function tapMoments(inner: Remote, at: (moment: Moment) => Promise<void>): Remote {
  return {
    name: inner.name,
    run: async (command, options) => {
      const label = labelOf(command);
      await at({ edge: 'before', label });
      const answer = await inner.run(command, options);
      await at({ edge: 'after', label });
      return answer;
    },
    read: (command, options) => inner.read(command, options),
    write: async (command, input, options) => {
      const label = labelOf(command);
      await at({ edge: 'before', label });
      await inner.write(command, input, options);
      await at({ edge: 'after', label });
    },
    open: (command, options) => tapStatements(inner.open(command, options), at),
    [Symbol.asyncDispose]: async () => await inner[Symbol.asyncDispose](),
  };
}

/** `inner`, whose output of the first command that `matches` waits for `injure` once `offset` bytes of it have come. */
export function tapBytes(
  inner: Remote,
  matches: (command: Command) => boolean,
  offset: number | 'all',
  injure: () => Promise<void>,
): Remote {
  let isDone = false;
  const once = async (): Promise<void> => {
    if (isDone) return;
    isDone = true;
    await injure();
  };
  const read: Remote['read'] = (command, options): Readable => {
    const output = inner.read(command, options);
    if (isDone || !matches(command)) return output;
    let seen = 0;
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const until = offset === 'all' ? Number.POSITIVE_INFINITY : offset - seen;
        seen += chunk.length;
        if (isDone || until >= chunk.length) return done(null, chunk);
        this.push(chunk.subarray(0, until));
        once().then(() => done(null, chunk.subarray(until)), done);
      },
      flush: (done) => void once().then(() => done(), done),
    });
    pipeline(output, tap, () => {});
    return tap;
  };
  return { ...inner, read };
}

/** What a session's marker after each answer begins with. */
const answered = 'done-';

function tapStatements(inner: RemoteStream, at: (moment: Moment) => Promise<void>): RemoteStream {
  const asked: string[] = [];
  const outer = new Duplex({
    read: () => void inner.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      const label = labelOf([chunk.toString('utf8')]);
      // A heartbeat is no statement.
      if (chunk.length < 8) return void inner.write(chunk, done);
      asked.push(label);
      at({ edge: 'before', label }).then(() => inner.write(chunk, (error) => done(error)), done);
    },
    final: (done) => {
      inner.end();
      done();
    },
    destroy: (error, done) => {
      inner.destroy(error ?? undefined);
      done(error);
    },
  });
  let cutOff = '';
  inner.on('data', (chunk: Buffer) => {
    inner.pause();
    // Statements sent on without waiting may be answered in one piece, and a marker may come in two.
    const answers = (cutOff + chunk.toString('latin1')).split(answered);
    cutOff = answers.at(-1)?.slice(1 - answered.length) ?? '';
    tellAfter(asked.splice(0, answers.length - 1)).then(
      () => outer.push(chunk) && inner.resume(),
      (error) => outer.destroy(error),
    );
  });
  const tellAfter = async (labels: readonly string[]): Promise<void> => {
    for (const label of labels) await at({ edge: 'after', label });
  };
  inner.on('end', () => outer.push(null));
  inner.on('error', (error) => outer.destroy(error));
  outer.on('error', () => {});
  return Object.assign(outer, { ended: inner.ended });
}

function labelOf(command: readonly string[]): string {
  const line = command
    .join(' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[0-9a-f]{64}/g, '*')
    .replaceAll(/\d{8}T\d{6}Z([-_])[0-9a-f]{10}/g, 'run$1*')
    .replaceAll(new RegExp(`${answered}[0-9a-f]{24}`, 'g'), `${answered}*`);
  // The program proper stands at the end of a shell's arguments, the verb at the beginning of a statement.
  return line.length <= 160 ? line : `${line.slice(0, 50)} … ${line.slice(-107)}`;
}
