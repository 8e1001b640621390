import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Remote } from '../../src/remote/remote.ts';

/** `inner`, noting every command that it is given: all that goes to the host's sshd but what is written to the commands. */
export function recordCommands(inner: Remote, commands: string[]): Remote {
  const note = <Given extends readonly string[]>(command: Given): Given => {
    commands.push(command.join('\0'));
    return command;
  };
  return {
    name: inner.name,
    run: async (command, options) => await inner.run(note(command), options),
    read: (command, options) => inner.read(note(command), options),
    write: async (command, input, options) => await inner.write(note(command), input, options),
    open: (command, options) => inner.open(note(command), options),
    [Symbol.asyncDispose]: async () => await inner[Symbol.asyncDispose](),
  };
}

/** What Docker told of, and what the containers of ours wrote. */
export interface SeenDocker {
  /** What was done to containers, as JSON: the words of every `docker exec` are among it. */
  readonly events: readonly string[];
  /** What Docker kept of the output of each container of ours while there was one. */
  readonly logs: readonly string[];
}

interface Event {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

/** Follows what Docker does on this machine, and the logs of our containers for `project`, until it is stopped. */
export async function watchDocker(project: string): Promise<() => Promise<SeenDocker>> {
  const follow = (...args: string[]) => spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const events: string[] = [];
  const logs: Promise<string>[] = [];
  // With what was just before, so that it does not matter when Docker begins to tell.
  const since = String(Math.floor(Date.now() / 1000));
  const telling = follow('events', '--since', since, '--filter', 'type=container', '--format', '{{json .}}');
  const followers: ChildProcess[] = [telling];
  createInterface(telling.stdout).on('line', (line) => {
    events.push(line);
    const { Action, Actor } = JSON.parse(line) as Event;
    if (Action !== 'start' || Actor.Attributes['candig-backup.project'] !== project) return;
    const follower = follow('logs', '--follow', Actor.ID);
    followers.push(follower);
    logs.push(Promise.all([text(follower.stdout), text(follower.stderr)]).then((both) => both.join('')));
  });
  return async () => {
    for (const child of followers) child.kill();
    return { events, logs: await Promise.all(logs) };
  };
}
