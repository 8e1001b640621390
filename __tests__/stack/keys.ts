import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { StackFolder } from './folder.ts';

/** One in a few hundred keys that ssh2 makes is broken, for OpenSSH too: then another. */
function makeEd25519(comment: string): { readonly private: string; readonly public: string } {
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    if (!(ssh2.utils.parseKey(key.private) instanceof Error)) return key;
  }
}

/** Makes the client's key, the host's two keys, and the known_hosts file that vouches for the host at 127.0.0.1:`port`. */
export async function writeKeys(folder: StackFolder, port: number): Promise<void> {
  await mkdir(folder.keys, { recursive: true });
  const client = makeEd25519('candig-backup test stack');
  const host = {
    ed25519: makeEd25519(''),
    rsa: ssh2.utils.generateKeyPairSync('rsa', { bits: 2048 }),
  };
  const knownHosts = Object.values(host).map((key) => `[127.0.0.1]:${port} ${key.public.trim()}\n`);
  const secret = { mode: 0o600 };
  await Promise.all([
    writeFile(folder.privateKeyFile, client.private, secret),
    writeFile(folder.knownHostsFile, knownHosts.join('')),
    writeFile(join(folder.keys, 'authorized_keys'), `${client.public.trim()}\n`),
    ...Object.entries(host).map(([type, key]) =>
      writeFile(join(folder.keys, `ssh_host_${type}_key`), key.private, secret),
    ),
  ]);
}

/** Writes the secrets a CanDIG checkout holds, and the folders its services mount. */
export async function writeCheckout(folder: StackFolder): Promise<void> {
  const secrets = [
    'tmp/postgres/db-secret',
    'tmp/redis/secret-key',
    'tmp/vault/approle-token',
    'tmp/keycloak/client-secret',
  ];
  for (const name of secrets) {
    await mkdir(join(folder.checkout, name, '..'), { recursive: true });
    await writeFile(join(folder.checkout, name), randomBytes(18).toString('base64url'));
  }
  for (const name of ['tmp/logs', 'lib/candigv2', 'lib/vault/tmp']) {
    await mkdir(join(folder.checkout, name), { recursive: true });
  }
}
