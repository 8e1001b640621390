import { BackupError } from '../../src/errors.ts';
import type { Given } from '../../src/request/inputs.ts';
import type { OperationName } from '../../src/request/operations.ts';
import { parseRequest } from '../../src/request/parse.ts';
import { generateIdentity } from '../../src/seal/identities.ts';
import { generateSigningKey } from '../../src/seal/minisign.ts';

const sealing = generateIdentity('x25519');
const signing = generateSigningKey();

const login: Given = { host: 'candig.example.org', user: 'deploy', 'private-key': 'a key', 'known-hosts': 'lines' };
const opening: Given = { site: 'demo', stores: 'directory:/srv/backups', 'public-key': signing.public };

/** What is needed, and no more, for each operation; where there is a host, over SSH. */
export const samples = {
  plan: { ...login, site: 'demo' },
  backup: {
    ...login,
    site: 'demo',
    stores: 'directory:/srv/backups',
    recipients: sealing.recipient,
    'signing-key': signing.secret,
  },
  restore: { ...login, ...opening, identity: sealing.identity, confirm: 'demo' },
  rollback: { ...login, site: 'demo', confirm: 'demo' },
  'forget-previous': { ...login, site: 'demo', confirm: 'demo' },
  verify: opening,
  copy: { site: 'demo', stores: 'directory:/srv/backups\ndirectory:/mnt/backups', 'public-key': signing.public },
  list: { site: 'demo', stores: 'directory:/srv/backups' },
  recover: login,
  open: { ...opening, identity: sealing.identity, output: '/tmp/out' },
  keygen: { output: '/tmp/key' },
} as const satisfies Readonly<Record<string, Given>>;

/** The error that `given` is refused with. */
export function refusal(operation: OperationName, given: Given): BackupError {
  try {
    parseRequest(operation, given);
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
  throw new Error(`${operation} was accepted`);
}
