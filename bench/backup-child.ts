import { readFile } from 'node:fs/promises';
import * as candig from '../dist/index.js';

/** One operation in a process of its own, so that its peak memory can be told: prints its report and `maxRssBytes` as JSON. */
const [operation, file] = process.argv.slice(2);
const setup = JSON.parse(await readFile(file ?? '', 'utf8')) as {
  login: candig.SshLogin;
  project: string;
  store: string;
  recipient: string;
  identity: string;
  signing: { secret: string; public: string };
};
const context = { log: candig.silentLog, signal: new AbortController().signal, now: () => new Date() };
const site = candig.parseSite('bench');
await using remote = await candig.openSsh(setup.login);
const common = {
  site,
  host: { remote, project: setup.project },
  stores: [await candig.openDirectory(setup.store)],
  databases: [],
};
const report =
  operation === 'backup' || operation === 'backup-logs'
    ? await candig.backup(
        {
          ...common,
          include: [operation === 'backup' ? 'databases' : 'logs'],
          vaultKeysRecipients: undefined,
          recipients: candig.parseRecipients([setup.recipient]),
          signingKey: candig.readSigningKey(setup.signing.secret),
        },
        context,
      )
    : await candig.restore(
        {
          ...common,
          backup: 'latest',
          publicKey: candig.parsePublicKey(setup.signing.public),
          identities: candig.parseIdentities(setup.identity),
          include: ['databases'],
          authorization: undefined,
          authorizationStores: [],
          acceptReturned: 0,
          services: [],
          confirm: site,
          acceptSchemaChange: false,
          allowedExtensions: new Set(),
        },
        context,
      );
if (operation === 'restore') await candig.forgetPrevious({ site, host: common.host, confirm: site }, context);
process.stdout.write(JSON.stringify({ report, maxRssBytes: process.resourceUsage().maxRSS * 1024 }));
