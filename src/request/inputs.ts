import type { OperationName } from './operations.ts';

/**
 * How an input is written: `word` is one line, `lines` a list with one entry a line, `text` the content of a file,
 * `flag` true or false.
 */
export type InputKind = 'word' | 'lines' | 'text' | 'flag';

export interface Input {
  readonly name: string;
  readonly kind: InputKind;
  /** Never shown, never a flag of the command line, masked in the log of a workflow. */
  readonly secret?: true;
  /** Whether only the terminal has it. */
  readonly face?: 'terminal';
  /** What counts if it is not given, as somebody would write it. */
  readonly default?: string;
  /** Those that read it; others refuse it. */
  readonly operations: readonly OperationName[];
  /** The operations that cannot do without. */
  readonly required?: readonly OperationName[];
  /** One or two sentences, in Markdown. */
  readonly doc: string;
}

const onHost = ['plan', 'backup', 'restore', 'rollback', 'forget-previous', 'recover'] as const;
const ofStore = ['plan', 'backup', 'restore', 'verify', 'copy', 'list', 'open'] as const;
const ofSite = [...ofStore, 'rollback', 'forget-previous'] as const;
const opening = ['restore', 'verify', 'open'] as const;
const swapping = ['restore', 'rollback', 'forget-previous'] as const;

const list = [
  {
    name: 'site',
    kind: 'word',
    operations: ofSite,
    required: ofSite,
    doc: 'The name your site has in the store: letters, digits, `.`, `-` and `_`.',
  },
  {
    name: 'host',
    kind: 'word',
    operations: onHost,
    doc: 'Name or address of the machine that runs the stack, reached over SSH. Left out: the machine this runs on.',
  },
  { name: 'port', kind: 'word', default: '22', operations: onHost, doc: 'Port of its SSH server.' },
  {
    name: 'user',
    kind: 'word',
    operations: onHost,
    doc: 'Who logs in there; needs to be allowed to use Docker. Required with `host`.',
  },
  {
    name: 'private-key',
    kind: 'text',
    secret: true,
    operations: onHost,
    doc: 'SSH key to log in with: the content of the key file. Required with `host`.',
  },
  {
    name: 'passphrase',
    kind: 'word',
    secret: true,
    operations: onHost,
    doc: 'Passphrase of `private-key`, and of `jump-private-key` if that has one.',
  },
  {
    name: 'known-hosts',
    kind: 'text',
    operations: onHost,
    doc: 'Lines of `known_hosts` for the host, and for the jump host. Get them over a way you trust, such as `ssh-keyscan` on the host itself.',
  },
  {
    name: 'jump',
    kind: 'word',
    operations: onHost,
    doc: 'A machine to go through, as `user@host` or `user@host:port`.',
  },
  {
    name: 'jump-private-key',
    kind: 'text',
    secret: true,
    operations: onHost,
    doc: 'SSH key for the jump host. Left out: `private-key`.',
  },
  {
    name: 'project',
    kind: 'word',
    default: 'candigv2',
    operations: onHost,
    doc: 'Name of the compose project.',
  },
  {
    name: 'include',
    kind: 'lines',
    default: 'databases vault logs',
    operations: ['backup', 'restore'],
    doc: 'What to back up or restore: `databases`, `vault` (who may see what) and `logs`, on one line or several. Logs are not put back into a site.',
  },
  {
    name: 'databases',
    kind: 'lines',
    operations: ['plan', 'backup', 'restore'],
    doc: 'Names of databases, one a line. Left out: all of the site, or of the backup.',
  },
  {
    name: 'recipients',
    kind: 'lines',
    operations: ['backup'],
    required: ['backup'],
    doc: 'Public keys (`age1…`) that can open the backup, one a line. Give two or more, so that one lost key loses nothing.',
  },
  {
    name: 'vault-keys-recipients',
    kind: 'lines',
    operations: ['backup', 'plan'],
    doc: 'Public keys that can open the keys of Vault, which open the authorization data beside them. Left out: `recipients`.',
  },
  {
    name: 'signing-key',
    kind: 'text',
    secret: true,
    operations: ['backup'],
    required: ['backup'],
    doc: 'minisign secret key that signs the manifest: the content of the key file.',
  },
  {
    name: 'signing-password',
    kind: 'word',
    secret: true,
    operations: ['backup'],
    doc: 'Password of `signing-key`, if it has one.',
  },
  {
    name: 'stores',
    kind: 'lines',
    operations: ofStore,
    required: ['backup', 'restore', 'verify', 'copy', 'list', 'open'],
    doc: 'Where backups are kept, one a line, the nearest first: `directory:/path` (a folder of the machine this runs on), `sftp://user@host:port/path`, `s3://bucket/prefix?region=…&endpoint=…&path-style=true`. A backup goes to all of them.',
  },
  {
    name: 'sftp-private-key',
    kind: 'text',
    secret: true,
    operations: ofStore,
    doc: 'SSH key to log in with where backups are kept over SFTP: the content of the key file.',
  },
  {
    name: 'sftp-passphrase',
    kind: 'word',
    secret: true,
    operations: ofStore,
    doc: 'Passphrase of `sftp-private-key`, if it has one.',
  },
  {
    name: 'sftp-known-hosts',
    kind: 'text',
    operations: ofStore,
    doc: 'Lines of `known_hosts` for the machines that keep backups over SFTP.',
  },
  {
    name: 'backup',
    kind: 'word',
    default: 'latest',
    operations: [...opening, 'plan'],
    doc: 'Which backup: an id, or `latest`, the newest that is whole.',
  },
  {
    name: 'identity',
    kind: 'text',
    secret: true,
    operations: [...opening, 'plan'],
    required: ['restore', 'open'],
    doc: 'Secret key (`AGE-SECRET-KEY-…`) that opens the backup: the content of the key file. `verify` and `plan` do without, and then tell less.',
  },
  {
    name: 'public-key',
    kind: 'text',
    operations: [...opening, 'copy', 'list', 'plan'],
    required: [...opening, 'copy'],
    doc: 'minisign public key that the manifest must be signed with: the line, or the file.',
  },
  {
    name: 'authorization',
    kind: 'word',
    operations: ['plan', 'restore'],
    doc: 'How authorization comes back: `secrets` (the difference is written into the living Vault), `whole` (the Vault of the backup takes its place: for one that is lost or new) or `none`. Left out: `secrets`.',
  },
  {
    name: 'authorization-stores',
    kind: 'lines',
    operations: ['plan', 'restore'],
    doc: 'Paths in Vault to restore besides programs, users and roles, one a line, such as `candig-ingest/aws/*` or `federation/servers`.',
  },
  {
    name: 'accept-returned',
    kind: 'word',
    operations: ['restore'],
    doc: 'How many grants of access that were taken away since may come back; `plan` counts them.',
  },
  {
    name: 'services',
    kind: 'lines',
    operations: ['plan', 'restore', 'rollback'],
    doc: 'Services to stop during the swap besides those that are found to use the databases, one a line.',
  },
  {
    name: 'confirm',
    kind: 'word',
    operations: swapping,
    required: swapping,
    doc: "The site's name once more: acting on the wrong site is the mistake this is for.",
  },
  {
    name: 'accept-schema-change',
    kind: 'flag',
    default: 'false',
    operations: ['restore'],
    doc: 'Restore although the living databases have another structure than the backup.',
  },
  {
    name: 'allow-extensions',
    kind: 'lines',
    operations: ['restore'],
    doc: 'PostgreSQL extensions that a restore may create as superuser besides the harmless ones, one a line.',
  },
  {
    name: 'timeout',
    kind: 'word',
    operations: [...onHost, 'verify', 'copy', 'list', 'open'],
    doc: 'How long the whole run may take, such as `90m` (`s`, `m` or `h`); then it is undone as if cancelled.',
  },
  {
    name: 'object',
    kind: 'word',
    face: 'terminal',
    operations: ['open'],
    doc: 'Name of one object, such as `clinical.dump`. Left out: all of them.',
  },
  {
    name: 'output',
    kind: 'word',
    face: 'terminal',
    operations: ['open', 'keygen'],
    required: ['open', 'keygen'],
    doc: 'Folder to write into (`open`), or file to make (`keygen`). Nothing is replaced.',
  },
  {
    name: 'sql',
    kind: 'flag',
    default: 'false',
    face: 'terminal',
    operations: ['open'],
    doc: "Write databases as SQL under the names of CanDIG's guide, with the `pg_restore` of this machine.",
  },
  {
    name: 'kind',
    kind: 'word',
    default: 'x25519',
    face: 'terminal',
    operations: ['keygen'],
    doc: '`x25519` or `hybrid` (keeps its secrets from quantum computers too) to seal with, or `signing`.',
  },
] as const satisfies readonly Input[];

export type InputName = (typeof list)[number]['name'];

/**
 * The one list of inputs: action.yml, the table in the README and the flags of the command line follow it. In the order
 * in which they are shown.
 */
export const everyInput: readonly (Input & { readonly name: InputName })[] = list;

/** What was given, before it is understood. Of a list, one entry a line. Never holds an empty value. */
export type Given = { readonly [name in InputName]?: string };

/** The inputs that `operation` reads. */
export function inputsOf(operation: OperationName): readonly (Input & { readonly name: InputName })[] {
  return everyInput.filter((input) => input.operations.includes(operation));
}
