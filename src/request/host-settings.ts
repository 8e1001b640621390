import { shown } from '../shown.ts';
import type { SshLogin } from '../ssh/login.ts';
import type { Given, InputName } from './inputs.ts';
import { refuse } from './refuse.ts';
import { parseHostName, parsePort, parseProject, parseUser } from './values.ts';

/** The stack to work on, and the way to its host. */
export interface HostSettings {
  /** Undefined: the machine this runs on. */
  readonly login: SshLogin | undefined;
  readonly project: string;
}

const onlyWithHost = ['port', 'user', 'private-key', 'passphrase', 'known-hosts', 'jump', 'jump-private-key'] as const;

export function parseHostSettings(given: Given): HostSettings {
  const project = parseProject(given.project ?? 'candigv2');
  if (given.host === undefined) {
    const stray = onlyWithHost.find((name) => given[name] !== undefined && !(name === 'port' && given.port === '22'));
    if (stray === undefined) return { login: undefined, project };
    throw refuse(stray, 'is given without host', 'Give host too, or leave both out to work on this machine');
  }
  const user = parseUser('user', need(given, 'user'));
  const passphrase = given.passphrase === undefined ? {} : { passphrase: given.passphrase };
  const login = {
    host: parseHostName('host', given.host),
    port: parsePort('port', given.port),
    user,
    privateKey: need(given, 'private-key'),
    knownHosts: given['known-hosts'] ?? '',
    ...passphrase,
  };
  return {
    login:
      given.jump === undefined ? withoutJump(given, login) : { ...login, jump: parseJump(given, given.jump, login) },
    project,
  };
}

function withoutJump(given: Given, login: SshLogin): SshLogin {
  if (given['jump-private-key'] === undefined) return login;
  throw refuse('jump-private-key', 'is given without jump');
}

/** `user@host`, `user@host:port`, `user@[address]:port`. */
function parseJump(given: Given, text: string, { privateKey, passphrase }: SshLogin): NonNullable<SshLogin['jump']> {
  const [, user, bracketed, plain, port] = /^(.+)@(?:\[([^\]]+)\]|([^:[\]]+))(?::([^:]*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (user === undefined || host === undefined) {
    throw refuse('jump', `is ${shown(text)}`, 'Write user@host or user@host:port');
  }
  return {
    host: parseHostName('jump', host),
    port: parsePort('jump', port),
    user: parseUser('jump', user),
    privateKey: given['jump-private-key'] ?? privateKey,
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function need(given: Given, name: InputName): string {
  const text = given[name];
  if (text === undefined) throw refuse(name, 'is needed with host');
  return text;
}
