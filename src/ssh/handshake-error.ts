import { BackupError } from '../errors.ts';
import { offerOf } from './kexinit.ts';
import type { PrivateKey } from './private-key.ts';

interface Whom {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly key: PrivateKey;
  readonly readyTimeoutMs: number;
}

/**
 * What ssh2's `cause` means before the login was done; no cause: the other side hung up. Nothing the other side wrote
 * gets into the message but names of algorithms. `opening` is what it sent in the clear, or undefined once keys were
 * exchanged: then it was the login that went wrong.
 */
export function handshakeError(whom: Whom, opening: Buffer | undefined, cause: Error | undefined): BackupError {
  const address = `${whom.host}:${whom.port}`;
  const level = cause !== undefined && 'level' in cause ? cause.level : undefined;
  const text = cause?.message ?? '';
  if (level === 'client-timeout') {
    const message = `${address} did not finish the SSH handshake within ${whom.readyTimeoutMs} ms`;
    return new BackupError('timed-out', message, causeOf(cause));
  }
  if (level === 'client-authentication' || (opening === undefined && isGoodbye(cause))) {
    return new BackupError('auth-failed', `${address} refuses the login of ${whom.user} with the given key`, {
      ...causeOf(cause),
      hint: `The key is ${whom.key.fingerprint} (${whom.key.type}); its public half belongs into ~/.ssh/authorized_keys of ${whom.user}`,
    });
  }
  if (/^Handshake failed: no matching /i.test(text)) {
    const what = text.replace(/^Handshake failed: no matching /i, '');
    const offer = offerOf(opening ?? Buffer.alloc(0), what).join(', ');
    return new BackupError('host-algorithms', `${address} and we have no ${what} in common; it offers ${offer}`, {
      ...causeOf(cause),
      hint: 'The SSH server there is too old, or allows too little',
    });
  }
  if (opening?.length === 0) return new BackupError('host-unreachable', `${address} hangs up at once`, causeOf(cause));
  if (opening !== undefined && !/(^|\n)SSH-/.test(opening.toString('latin1'))) {
    return new BackupError('host-unreachable', `${address} does not speak SSH`, causeOf(cause));
  }
  return new BackupError('connection-lost', `${address} hung up before the login was done`, causeOf(cause));
}

/** What to keep of ssh2's error: nothing of a disconnect message, whose text the other side wrote. */
export function causeOf(cause: Error | undefined): { readonly cause?: Error } {
  return cause === undefined || isGoodbye(cause) ? {} : { cause };
}

/** A disconnect message of the other side, which ssh2 marks by its number. */
function isGoodbye(cause: Error | undefined): boolean {
  return cause !== undefined && 'code' in cause && typeof cause.code === 'number';
}
