import { type BackupId, parseBackupId } from '../backups/ids.ts';
import { parseSite } from '../backups/site.ts';
import { BackupError } from '../errors.ts';
import { parseIdentities } from '../seal/identities.ts';
import { parsePublicKey } from '../seal/minisign.ts';
import { type KeyKind, parseRecipients } from '../seal/recipients.ts';
import { shown } from '../shown.ts';
import { parseDatabaseName } from '../sources/postgres/names.ts';
import { parseStores } from '../sources/vault/stores.ts';
import { parseHostSettings } from './host-settings.ts';
import { everyInput, type Given, type InputName, inputsOf } from './inputs.ts';
import { nearest } from './nearest.ts';
import { isOperation, type OperationName, operations } from './operations.ts';
import { inInput, refuse } from './refuse.ts';
import { parseStoreSettings } from './store-settings.ts';
import {
  parseCount,
  parseDuration,
  parseExtension,
  parseFlag,
  parseInclude,
  parseLines,
  parseService,
} from './values.ts';

/** What is asked for, understood as far as that goes without contacting anything. One shape an operation. */
export type Request = ReturnType<(typeof requests)[OperationName]>;

/** The request of one operation. */
export type RequestOf<Name extends OperationName> = Extract<Request, { readonly operation: Name }>;

/**
 * Understands what was given for `operation`. Throws `input-invalid`, naming the input, for one that the operation does
 * not read, that is missing, that cannot be understood, or that contradicts another; `key-invalid` and `key-locked` for
 * keys.
 */
export function parseRequest(operation: OperationName, given: Given): Request {
  const read = inputsOf(operation);
  for (const input of everyInput) {
    if (given[input.name] === undefined || given[input.name] === input.default || read.includes(input)) continue;
    throw refuse(input.name, `is not used by ${operation}`, `Leave it out; it is for ${input.operations.join(', ')}`);
  }
  for (const { name, required } of read) {
    if (required?.includes(operation) && given[name] === undefined) throw refuse(name, `is needed for ${operation}`);
  }
  return requests[operation](given);
}

/** `text` as an operation of those `offered`; `input-invalid`, with the nearest one, for anything else. */
export function parseOperation(text: string, offered: readonly OperationName[]): OperationName {
  if (isOperation(text) && offered.includes(text)) return text;
  const near = nearest(text, offered);
  const what = text === '' ? 'No operation was given' : `There is no operation ${shown(text)}`;
  throw new BackupError('input-invalid', near === undefined ? what : `${what}; did you mean ${near}`, {
    hint: `Operations: ${operations.flatMap(({ name }) => (offered.includes(name) ? name : [])).join(', ')}`,
  });
}

const requests = {
  plan: (given: Given) => ({
    operation: 'plan' as const,
    ...onHost(given),
    site: site(given),
    databases: databases(given),
    services: parseLines(given, 'services', parseService),
    stores: parseStoreSettings(given),
    publicKey: optionalPublicKey(given),
    vaultKeysApart: vaultKeysRecipients(given) !== undefined,
    backup: backupWanted(given.backup ?? 'latest'),
    identities: given.identity === undefined ? [] : identities(given),
    ...authorization(given),
  }),
  backup: (given: Given) => ({
    operation: 'backup' as const,
    ...onHost(given),
    site: site(given),
    include: parseInclude(given),
    databases: databases(given),
    recipients: recipients(given, 'recipients'),
    vaultKeysRecipients: vaultKeysRecipients(given),
    signingKey: need(given, 'signing-key'),
    signingPassword: given['signing-password'],
    stores: stores(given),
  }),
  restore: (given: Given) => ({
    operation: 'restore' as const,
    ...onHost(given),
    ...opening(given),
    include: parseInclude(given),
    identities: identities(given),
    databases: databases(given),
    ...authorization(given),
    services: parseLines(given, 'services', parseService),
    confirm: confirmed(given),
    acceptSchemaChange: parseFlag(given, 'accept-schema-change'),
    allowedExtensions: new Set(parseLines(given, 'allow-extensions', parseExtension)),
  }),
  rollback: (given: Given) => ({
    operation: 'rollback' as const,
    ...onHost(given),
    site: site(given),
    services: parseLines(given, 'services', parseService),
    confirm: confirmed(given),
  }),
  'forget-previous': (given: Given) => ({
    operation: 'forget-previous' as const,
    ...onHost(given),
    site: site(given),
    confirm: confirmed(given),
  }),
  verify: (given: Given) => ({
    operation: 'verify' as const,
    ...opening(given),
    identities: given.identity === undefined ? [] : identities(given),
  }),
  copy: (given: Given) => ({
    operation: 'copy' as const,
    site: site(given),
    stores: twoOrMore(given),
    publicKey: inInput('public-key', () => parsePublicKey(need(given, 'public-key'))),
    timeoutMs: parseDuration(given, 'timeout'),
  }),
  list: (given: Given) => ({
    operation: 'list' as const,
    site: site(given),
    stores: stores(given),
    publicKey: optionalPublicKey(given),
    timeoutMs: parseDuration(given, 'timeout'),
  }),
  recover: (given: Given) => ({ operation: 'recover' as const, ...onHost(given) }),
  open: (given: Given) => ({
    operation: 'open' as const,
    ...opening(given),
    identities: identities(given),
    object: given.object,
    folder: need(given, 'output'),
    isSql: parseFlag(given, 'sql'),
  }),
  keygen: (given: Given) => ({
    operation: 'keygen' as const,
    kind: keyKind(given.kind ?? 'x25519'),
    file: need(given, 'output'),
  }),
} satisfies Readonly<Record<OperationName, (given: Given) => { readonly operation: OperationName }>>;

function onHost(given: Given) {
  return { host: parseHostSettings(given), timeoutMs: parseDuration(given, 'timeout') };
}

function opening(given: Given) {
  return {
    site: site(given),
    stores: stores(given),
    backup: backupWanted(given.backup ?? 'latest'),
    publicKey: inInput('public-key', () => parsePublicKey(need(given, 'public-key'))),
    timeoutMs: parseDuration(given, 'timeout'),
  };
}

function authorization(given: Given) {
  const mode = given.authorization;
  if (mode !== undefined && mode !== 'secrets' && mode !== 'whole' && mode !== 'none') {
    throw refuse('authorization', `is ${shown(mode)}`, 'Write secrets, whole or none');
  }
  const authorizationStores = parseLines(given, 'authorization-stores', (entry) => entry);
  parseStores(authorizationStores);
  return {
    authorization: mode as 'secrets' | 'whole' | 'none' | undefined,
    authorizationStores,
    acceptReturned: parseCount(given, 'accept-returned'),
  };
}

function backupWanted(text: string): 'latest' | BackupId {
  return text === 'latest' ? text : inInput('backup', () => parseBackupId(text));
}

function optionalPublicKey(given: Given) {
  const text = given['public-key'];
  return text === undefined ? undefined : inInput('public-key', () => parsePublicKey(text));
}

function site(given: Given) {
  return inInput('site', () => parseSite(need(given, 'site')));
}

/** Refused here already, so that a slip is told before anything is contacted. */
function confirmed(given: Given): string {
  const text = need(given, 'confirm');
  if (text === given.site) return text;
  throw refuse('confirm', `is not the name of the site, ${given.site}`, 'Nothing was changed');
}

function databases(given: Given): string[] {
  return parseLines(given, 'databases', parseDatabaseName);
}

function identities(given: Given) {
  return inInput('identity', () => parseIdentities(need(given, 'identity')));
}

function recipients(given: Given, name: 'recipients' | 'vault-keys-recipients') {
  return inInput(name, () => parseRecipients((given[name] ?? '').split('\n')));
}

function vaultKeysRecipients(given: Given) {
  return given['vault-keys-recipients'] === undefined ? undefined : recipients(given, 'vault-keys-recipients');
}

function stores(given: Given) {
  const settings = parseStoreSettings(given);
  if (settings.length === 0) throw refuse('stores', 'is needed');
  return settings;
}

function twoOrMore(given: Given) {
  const settings = stores(given);
  if (settings.length < 2) throw refuse('stores', 'names one store, and there is nowhere to copy to');
  return settings;
}

function keyKind(text: string): KeyKind | 'signing' {
  if (text === 'x25519' || text === 'hybrid' || text === 'signing') return text;
  throw refuse('kind', `is ${shown(text)}`, 'Write x25519, hybrid or signing');
}

function need(given: Given, name: InputName): string {
  const text = given[name];
  if (text === undefined) throw refuse(name, 'is needed');
  return text;
}
