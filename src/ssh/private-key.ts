import { createPrivateKey, type KeyObject } from 'node:crypto';
import ssh2, { type ParsedKey } from 'ssh2';
import { BackupError } from '../errors.ts';
import { fingerprintOf } from './fingerprint.ts';
import { mendPem } from './pem.ts';
import { readStrings } from './wire.ts';

/** A private key that is ready to sign. It shows nothing of itself but these words. */
export interface PrivateKey {
  /** E.g. `ssh-ed25519`. */
  readonly type: string;
  /** Of its public half. */
  readonly fingerprint: string;
  /** For ssh2 alone. */
  readonly parsed: ParsedKey;
}

const usable = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521))$/;
const openSshMagic = 'openssh-key-v1\0';

/**
 * Reads an ed25519, ECDSA or RSA key in OpenSSH's or PEM form, mended where pasting broke its lines. `key-locked` if it
 * needs a passphrase, or another one; else `key-invalid`. No message holds any of `text`.
 */
export function parsePrivateKey(text: string, passphrase?: string): PrivateKey {
  refuseOtherThings(text);
  const { label, pem, body } = mendPem(text);
  const parsed = label === 'OPENSSH PRIVATE KEY' ? fromOpenSsh(pem, body, passphrase) : fromPem(pem, passphrase);
  if (!usable.test(parsed.type)) throw invalid(`is of type ${parsed.type}, which is not supported`, makeOne);
  if (!canSign(parsed)) throw invalid('is damaged');
  const shown = { type: parsed.type, fingerprint: fingerprintOf(parsed.getPublicSSH()) };
  return Object.defineProperty({ ...shown, parsed }, 'parsed', { enumerable: false });
}

const makeOne = 'Make one with ssh-keygen -t ed25519';

function refuseOtherThings(text: string): void {
  if (text.trim() === '') throw invalid('is empty');
  if (text.includes('PuTTY-User-Key-File')) {
    throw invalid('is in the form of PuTTY (PPK)', 'Turn it into the form of OpenSSH with puttygen -O private-openssh');
  }
  if (/^\s*(ssh-|ecdsa-|sk-)\S+ AAAA/.test(text) || /BEGIN (SSH2 |RSA )?PUBLIC KEY/.test(text)) {
    throw invalid('is a public key', 'The private key is the file beside it, without .pub');
  }
  if (text.includes('BEGIN DSA PRIVATE KEY')) throw invalid('is of type DSA, which is not supported', makeOne);
}

function fromOpenSsh(pem: string, body: Buffer, passphrase: string | undefined): ParsedKey {
  const head = readStrings(body, 3, openSshMagic.length);
  if (head === undefined || body.toString('latin1', 0, openSshMagic.length) !== openSshMagic)
    throw invalid('is damaged');
  // A number of keys, then a public and the private part; a cipher's tag may follow.
  if (readStrings(body, 2, head.end + 4) === undefined) throw invalid('is cut short');
  const isLocked = head.strings[0]?.toString('latin1') !== 'none';
  if (isLocked && !passphrase) throw locked('needs a passphrase');
  const parsed = understand(pem, isLocked ? passphrase : undefined);
  if (parsed !== undefined) return parsed;
  throw isLocked
    ? locked('is not opened by the passphrase that was given')
    : invalid('is damaged, or of a type not supported');
}

/** Node reads every PEM form and checks it through; ssh2 then gets it in a form it knows, unlocked. */
function fromPem(pem: string, passphrase: string | undefined): ParsedKey {
  const isLocked = pem.includes('ENCRYPTED');
  if (isLocked && !passphrase) throw locked('needs a passphrase');
  let key: KeyObject;
  try {
    key = createPrivateKey(isLocked && passphrase ? { key: pem, passphrase } : pem);
  } catch {
    throw isLocked ? locked('is not opened by the passphrase that was given') : invalid('is damaged');
  }
  const form = { rsa: 'pkcs1', ec: 'sec1' } as const;
  const type = key.asymmetricKeyType;
  if (type !== 'rsa' && type !== 'ec') {
    throw invalid(
      `is of type ${type} in PEM form, which is not supported`,
      'ssh-keygen writes keys in the form of OpenSSH',
    );
  }
  const parsed = understand(key.export({ type: form[type], format: 'pem' }));
  if (parsed === undefined) throw invalid('is of a kind that is not supported', makeOne);
  return parsed;
}

/** What ssh2 makes of `pem`; it returns an error, or nothing at all, or throws. */
function understand(pem: string | Buffer, passphrase?: string): ParsedKey | undefined {
  try {
    const parsed: ParsedKey | Error | undefined = ssh2.utils.parseKey(pem, passphrase);
    return parsed instanceof Error ? undefined : parsed;
  } catch {
    return undefined;
  }
}

function canSign(key: ParsedKey): boolean {
  const probe = Buffer.from('probe');
  const signature: unknown = key.sign(probe, key.type === 'ssh-rsa' ? 'sha512' : undefined);
  if (!Buffer.isBuffer(signature)) return false;
  return key.verify(probe, signature, key.type === 'ssh-rsa' ? 'sha512' : undefined) === true;
}

function invalid(what: string, hint?: string): BackupError {
  return new BackupError('key-invalid', `The private key ${what}`, hint === undefined ? {} : { hint });
}

function locked(what: string): BackupError {
  return new BackupError('key-locked', `The private key ${what}`);
}
