import { createRequire as makeRequire } from 'node:module';
import { dirname as folderOf } from 'node:path';
const require = makeRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = folderOf(__filename);
import {
  BackupError,
  backup,
  copy,
  directoryName,
  forgetPrevious,
  isBackupError,
  isName,
  list,
  oneLine,
  open,
  openDirectory,
  openLocal,
  openS3,
  openSftp,
  openSsh,
  parseBackupId,
  parseDatabaseName,
  parseIdentities,
  parsePublicKey,
  parseRecipients,
  parseSite,
  parseStores,
  partNames,
  plan,
  readSigningKey,
  recover,
  restore,
  rollback,
  s3Name,
  sftpName,
  shown,
  unlessAborted,
  verify
} from "./shared-OTK4Z7N5.js";
import {
  __callDispose,
  __using
} from "./shared-PGZLCEHC.js";

// src/run/end.ts
var graceMs = 2e3;
function endWith(code) {
  process.exitCode = code;
  setTimeout(() => process.exit(code), graceMs).unref();
}

// src/request/operations.ts
var operations = [
  {
    name: "plan",
    face: "both",
    changesHost: false,
    doc: "Say what a backup takes and what a restore would do; changes nothing that lives"
  },
  {
    name: "backup",
    face: "both",
    changesHost: true,
    doc: "Dump databases, authorization and logs, seal the dumps and keep them in the store"
  },
  {
    name: "restore",
    face: "both",
    changesHost: true,
    doc: "Put the databases and the authorization of a backup in the place of the living ones"
  },
  { name: "rollback", face: "both", changesHost: true, doc: "Put back what lived before the last restore" },
  {
    name: "forget-previous",
    face: "both",
    changesHost: true,
    doc: "Drop the copies that restores and rollbacks have kept"
  },
  {
    name: "verify",
    face: "both",
    changesHost: false,
    doc: "Prove that a backup is whole, and with an identity that it opens"
  },
  {
    name: "copy",
    face: "both",
    changesHost: false,
    doc: "Give every store the backups that are whole in another"
  },
  { name: "list", face: "both", changesHost: false, doc: "List the backups of a site" },
  { name: "recover", face: "both", changesHost: true, doc: "Put right what a run that was cut off left on the host" },
  { name: "open", face: "terminal", changesHost: false, doc: "Write the plain files of a backup into a folder" },
  {
    name: "keygen",
    face: "terminal",
    changesHost: false,
    doc: "Make a key pair: the secret into a new file, the public half on the terminal"
  }
];
function isOperation(text) {
  return operations.some(({ name }) => name === text);
}

// src/request/inputs.ts
var onHost = ["plan", "backup", "restore", "rollback", "forget-previous", "recover"];
var ofStore = ["plan", "backup", "restore", "verify", "copy", "list", "open"];
var ofSite = [...ofStore, "rollback", "forget-previous"];
var opening = ["restore", "verify", "open"];
var swapping = ["restore", "rollback", "forget-previous"];
var list2 = [
  {
    name: "site",
    kind: "word",
    operations: ofSite,
    required: ofSite,
    doc: "The name your site has in the store: letters, digits, `.`, `-` and `_`."
  },
  {
    name: "host",
    kind: "word",
    operations: onHost,
    doc: "Name or address of the machine that runs the stack, reached over SSH. Left out: the machine this runs on."
  },
  { name: "port", kind: "word", default: "22", operations: onHost, doc: "Port of its SSH server." },
  {
    name: "user",
    kind: "word",
    operations: onHost,
    doc: "Who logs in there; needs to be allowed to use Docker. Required with `host`."
  },
  {
    name: "private-key",
    kind: "text",
    secret: true,
    operations: onHost,
    doc: "SSH key to log in with: the content of the key file. Required with `host`."
  },
  {
    name: "passphrase",
    kind: "word",
    secret: true,
    operations: onHost,
    doc: "Passphrase of `private-key`, and of `jump-private-key` if that has one."
  },
  {
    name: "known-hosts",
    kind: "text",
    operations: onHost,
    doc: "Lines of `known_hosts` for the host, and for the jump host. Get them over a way you trust, such as `ssh-keyscan` on the host itself."
  },
  {
    name: "jump",
    kind: "word",
    operations: onHost,
    doc: "A machine to go through, as `user@host` or `user@host:port`."
  },
  {
    name: "jump-private-key",
    kind: "text",
    secret: true,
    operations: onHost,
    doc: "SSH key for the jump host. Left out: `private-key`."
  },
  {
    name: "project",
    kind: "word",
    default: "candigv2",
    operations: onHost,
    doc: "Name of the compose project."
  },
  {
    name: "include",
    kind: "lines",
    default: "databases vault logs",
    operations: ["backup", "restore"],
    doc: "What to back up or restore: `databases`, `vault` (who may see what) and `logs`, on one line or several. Logs are not put back into a site."
  },
  {
    name: "databases",
    kind: "lines",
    operations: ["plan", "backup", "restore"],
    doc: "Names of databases, one a line. Left out: all of the site, or of the backup."
  },
  {
    name: "recipients",
    kind: "lines",
    operations: ["backup"],
    required: ["backup"],
    doc: "Public keys (`age1\u2026`) that can open the backup, one a line. Give two or more, so that one lost key loses nothing."
  },
  {
    name: "vault-keys-recipients",
    kind: "lines",
    operations: ["backup", "plan"],
    doc: "Public keys that can open the keys of Vault, which open the authorization data beside them. Left out: `recipients`."
  },
  {
    name: "signing-key",
    kind: "text",
    secret: true,
    operations: ["backup"],
    required: ["backup"],
    doc: "minisign secret key that signs the manifest: the content of the key file."
  },
  {
    name: "signing-password",
    kind: "word",
    secret: true,
    operations: ["backup"],
    doc: "Password of `signing-key`, if it has one."
  },
  {
    name: "stores",
    kind: "lines",
    operations: ofStore,
    required: ["backup", "restore", "verify", "copy", "list", "open"],
    doc: "Where backups are kept, one a line, the nearest first: `directory:/path` (a folder of the machine this runs on), `sftp://user@host:port/path`, `s3://bucket/prefix?region=\u2026&endpoint=\u2026&path-style=true`. A backup goes to all of them."
  },
  {
    name: "sftp-private-key",
    kind: "text",
    secret: true,
    operations: ofStore,
    doc: "SSH key to log in with where backups are kept over SFTP: the content of the key file."
  },
  {
    name: "sftp-passphrase",
    kind: "word",
    secret: true,
    operations: ofStore,
    doc: "Passphrase of `sftp-private-key`, if it has one."
  },
  {
    name: "sftp-known-hosts",
    kind: "text",
    operations: ofStore,
    doc: "Lines of `known_hosts` for the machines that keep backups over SFTP."
  },
  {
    name: "backup",
    kind: "word",
    default: "latest",
    operations: [...opening, "plan"],
    doc: "Which backup: an id, or `latest`, the newest that is whole."
  },
  {
    name: "identity",
    kind: "text",
    secret: true,
    operations: [...opening, "plan"],
    required: ["restore", "open"],
    doc: "Secret key (`AGE-SECRET-KEY-\u2026`) that opens the backup: the content of the key file. `verify` and `plan` do without, and then tell less."
  },
  {
    name: "public-key",
    kind: "text",
    operations: [...opening, "copy", "list", "plan"],
    required: [...opening, "copy"],
    doc: "minisign public key that the manifest must be signed with: the line, or the file."
  },
  {
    name: "authorization",
    kind: "word",
    operations: ["plan", "restore"],
    doc: "How authorization comes back: `secrets` (the difference is written into the living Vault), `whole` (the Vault of the backup takes its place: for one that is lost or new) or `none`. Left out: `secrets`."
  },
  {
    name: "authorization-stores",
    kind: "lines",
    operations: ["plan", "restore"],
    doc: "Paths in Vault to restore besides programs, users and roles, one a line, such as `candig-ingest/aws/*` or `federation/servers`."
  },
  {
    name: "accept-returned",
    kind: "word",
    operations: ["restore"],
    doc: "How many grants of access that were taken away since may come back; `plan` counts them."
  },
  {
    name: "services",
    kind: "lines",
    operations: ["plan", "restore", "rollback"],
    doc: "Services to stop during the swap besides those that are found to use the databases, one a line."
  },
  {
    name: "confirm",
    kind: "word",
    operations: swapping,
    required: swapping,
    doc: "The site's name once more: acting on the wrong site is the mistake this is for."
  },
  {
    name: "accept-schema-change",
    kind: "flag",
    default: "false",
    operations: ["restore"],
    doc: "Restore although the living databases have another structure than the backup."
  },
  {
    name: "allow-extensions",
    kind: "lines",
    operations: ["restore"],
    doc: "PostgreSQL extensions that a restore may create as superuser besides the harmless ones, one a line."
  },
  {
    name: "timeout",
    kind: "word",
    operations: [...onHost, "verify", "copy", "list", "open"],
    doc: "How long the whole run may take, such as `90m` (`s`, `m` or `h`); then it is undone as if cancelled."
  },
  {
    name: "object",
    kind: "word",
    face: "terminal",
    operations: ["open"],
    doc: "Name of one object, such as `clinical.dump`. Left out: all of them."
  },
  {
    name: "output",
    kind: "word",
    face: "terminal",
    operations: ["open", "keygen"],
    required: ["open", "keygen"],
    doc: "Folder to write into (`open`), or file to make (`keygen`). Nothing is replaced."
  },
  {
    name: "sql",
    kind: "flag",
    default: "false",
    face: "terminal",
    operations: ["open"],
    doc: "Write databases as SQL under the names of CanDIG's guide, with the `pg_restore` of this machine."
  },
  {
    name: "kind",
    kind: "word",
    default: "x25519",
    face: "terminal",
    operations: ["keygen"],
    doc: "`x25519` or `hybrid` (keeps its secrets from quantum computers too) to seal with, or `signing`."
  }
];
var everyInput = list2;
function inputsOf(operation) {
  return everyInput.filter((input) => input.operations.includes(operation));
}

// src/request/refuse.ts
function refuse(name, why, hint) {
  return new BackupError("input-invalid", `Input ${name} ${why}`, hint === void 0 ? {} : { hint });
}
function inInput(name, parse) {
  try {
    return parse();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    const details = error.hint === void 0 ? {} : { hint: error.hint };
    throw new BackupError(error.code, `Input ${name}: ${error.message}`, { ...details, cause: error });
  }
}

// src/request/values.ts
import { isIP } from "node:net";
function parseLines(given, name, parse) {
  const entries = linesOf(given[name] ?? "");
  const twice = entries.find((entry, index) => entries.indexOf(entry) !== index);
  if (twice !== void 0) throw refuse(name, `names ${shown(twice)} twice`);
  return inInput(name, () => entries.map(parse));
}
function linesOf(text) {
  return text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter((line) => line !== "");
}
function parseInclude(given) {
  const words = (given.include ?? partNames.join(" ")).split(/\s+/).filter((word) => word !== "");
  const isPart = (word) => partNames.some((name) => name === word);
  const odd = words.find((word, index) => !isPart(word) || words.indexOf(word) !== index);
  if (odd === void 0 && words.length > 0) return words.filter(isPart);
  const what = odd === void 0 ? "names nothing" : isPart(odd) ? `names ${odd} twice` : `names ${shown(odd)}`;
  throw refuse("include", what, `Write one or more of ${partNames.join(", ")}`);
}
function parseFlag(given, name) {
  const text = given[name] ?? "false";
  if (/^(true|True|TRUE)$/.test(text)) return true;
  if (/^(false|False|FALSE)$/.test(text)) return false;
  throw refuse(name, `is ${shown(text)}`, "Write true or false");
}
function parseCount(given, name) {
  const text = given[name] ?? "0";
  if (/^(0|[1-9][0-9]{0,8})$/.test(text)) return Number(text);
  throw refuse(name, `is ${shown(text)}`, "Write a whole number, such as 0 or 12");
}
function parsePort(name, text = "22") {
  const port = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65535) return port;
  throw refuse(name, `has ${shown(text)} for a port`, "A port is a whole number from 1 to 65535");
}
var unitMs = { s: 1e3, m: 6e4, h: 36e5 };
var longestMs = 7 * 24 * unitMs.h;
function parseDuration(given, name) {
  const text = given[name];
  if (text === void 0) return void 0;
  const [, count, unit] = /^([1-9][0-9]{0,5})([smh])$/.exec(text) ?? [];
  const ms = Number(count) * unitMs[unit];
  if (ms <= longestMs) return ms;
  throw refuse(name, `is ${shown(text)}`, "Write a whole number and s, m or h, such as 90m; at most 168h");
}
function parseHostName(name, text) {
  const isName2 = text.length <= 253 && /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?$/.test(text);
  if (isName2 || isIP(text) !== 0) return text;
  throw refuse(name, `is not the name or address of a machine: ${shown(text)}`);
}
function isUser(text) {
  return /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/.test(text);
}
function parseUser(name, text) {
  if (isUser(text)) return text;
  throw refuse(name, `is not the name of a user: ${shown(text)}`);
}
function parseProject(text) {
  if (/^[a-z0-9][a-z0-9_-]{0,99}$/.test(text)) return text;
  throw refuse(
    "project",
    `is not the name of a compose project: ${shown(text)}`,
    "Such a name has lower-case letters, digits, - and _, and starts with a letter or digit; docker compose ls shows them"
  );
}
function parseService(text) {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(text)) return text;
  throw refuse("services", `has ${shown(text)}, which is not the name of a compose service`);
}
function parseExtension(text) {
  if (/^[a-z_][a-z0-9_-]{0,62}$/.test(text)) return text;
  throw refuse("allow-extensions", `has ${shown(text)}, which is not the name of an extension`);
}

// src/request/host-settings.ts
var onlyWithHost = ["port", "user", "private-key", "passphrase", "known-hosts", "jump", "jump-private-key"];
function parseHostSettings(given) {
  const project = parseProject(given.project ?? "candigv2");
  if (given.host === void 0) {
    const stray = onlyWithHost.find((name) => given[name] !== void 0 && !(name === "port" && given.port === "22"));
    if (stray === void 0) return { login: void 0, project };
    throw refuse(stray, "is given without host", "Give host too, or leave both out to work on this machine");
  }
  const user = parseUser("user", need(given, "user"));
  const passphrase = given.passphrase === void 0 ? {} : { passphrase: given.passphrase };
  const login = {
    host: parseHostName("host", given.host),
    port: parsePort("port", given.port),
    user,
    privateKey: need(given, "private-key"),
    knownHosts: given["known-hosts"] ?? "",
    ...passphrase
  };
  return {
    login: given.jump === void 0 ? withoutJump(given, login) : { ...login, jump: parseJump(given, given.jump, login) },
    project
  };
}
function withoutJump(given, login) {
  if (given["jump-private-key"] === void 0) return login;
  throw refuse("jump-private-key", "is given without jump");
}
function parseJump(given, text, { privateKey, passphrase }) {
  const [, user, bracketed, plain, port] = /^(.+)@(?:\[([^\]]+)\]|([^:[\]]+))(?::([^:]*))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (user === void 0 || host === void 0) {
    throw refuse("jump", `is ${shown(text)}`, "Write user@host or user@host:port");
  }
  return {
    host: parseHostName("jump", host),
    port: parsePort("jump", port),
    user: parseUser("jump", user),
    privateKey: given["jump-private-key"] ?? privateKey,
    ...passphrase === void 0 ? {} : { passphrase }
  };
}
function need(given, name) {
  const text = given[name];
  if (text === void 0) throw refuse(name, "is needed with host");
  return text;
}

// src/request/nearest.ts
function nearest(word, known) {
  const wanted = word.toLowerCase().slice(0, 40);
  const [best] = known.map((name) => ({ name, far: distance(wanted, name) })).filter(({ name, far }) => far <= Math.max(2, name.length / 3)).sort((a, b) => a.far - b.far);
  return best?.name;
}
function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const exchanged = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, exchanged));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

// src/request/store-settings.ts
import { isIP as isIP2 } from "node:net";
var forms = "Write directory:/path, sftp://user@host:port/path or s3://bucket/prefix?region=\u2026&endpoint=\u2026, one store a line";
function parseStoreSettings(given) {
  const lines = linesOf(given.stores ?? "");
  if (new Set(lines).size < lines.length) throw refuse("stores", "names a store twice");
  const settings = lines.map((line) => parseStore(line, given));
  const isSftp = settings.some(({ kind }) => kind === "sftp");
  const stray = ["sftp-private-key", "sftp-known-hosts", "sftp-passphrase"].find(
    (name) => given[name] !== void 0
  );
  if (stray !== void 0 && !isSftp && lines.length > 0) {
    throw refuse(stray, "is given without a store that is reached over SFTP", forms);
  }
  return settings;
}
function parseStore(line, given) {
  const [, kind = "", rest = ""] = /^([a-z0-9]{1,12}):(\/.*|[a-z].*)$/s.exec(line) ?? [];
  switch (kind) {
    case "directory":
      if (rest.startsWith("/")) return { kind, path: rest };
      throw refuse("stores", "has a folder that is not an absolute path", "Write directory: and the whole path");
    case "sftp":
      return parseSftp(rest, given);
    case "s3":
      return { kind, place: parseS3(rest) };
    default: {
      const name = rest.startsWith("/") || line === "artifact" ? `of kind ${kind || line}` : "of a kind";
      throw refuse("stores", `names a store ${name} that is not offered in this version`, forms);
    }
  }
}
function parseSftp(rest, given) {
  const [, who, bracketed, plain, port, path = ""] = /^\/\/([^@/]+)@(?:\[([^\]/]+)\]|([^:[\]/@]+))(?::([^/]*))?(\/.*)$/s.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (who === void 0 || host === void 0) {
    throw refuse("stores", "has an SFTP store that is not understood", "Write sftp://user@host/path");
  }
  if (who.includes(":")) throw refuse("stores", "has a password in it", "Give a key as sftp-private-key");
  if (!isUser(who)) throw refuse("stores", "has an SFTP store whose user is not the name of one");
  const isPlain = !new RegExp("\\p{Cc}", "u").test(path) && !path.split("/").includes("..") && path !== "/";
  if (!isPlain) throw refuse("stores", "has a folder that is not a plain absolute path", "Write it whole, without ..");
  const { "sftp-private-key": privateKey, "sftp-known-hosts": knownHosts, "sftp-passphrase": passphrase } = given;
  if (privateKey === void 0) throw refuse("sftp-private-key", "is needed for a store that is reached over SFTP");
  return {
    kind: "sftp",
    login: {
      host: parseHostName("stores", host),
      port: parsePort("stores", port),
      user: who,
      privateKey,
      knownHosts: knownHosts ?? "",
      ...passphrase === void 0 ? {} : { passphrase }
    },
    path: path.replace(/\/+$/, "")
  };
}
var s3Form = "Write s3://bucket/prefix, and after it ?region=\u2026, &endpoint=https://\u2026 or &path-style=true where needed";
function parseS3(rest) {
  const [, bucket, folder = "", query = ""] = /^\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(rest) ?? [];
  if (bucket === void 0 || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw refuse("stores", "has an S3 store without the name of a bucket", s3Form);
  }
  const prefix = folder.replace(/\/+$/, "");
  if (prefix !== "" && !prefix.split("/").every(isName)) {
    throw refuse("stores", "has an S3 prefix that is not names joined by /", s3Form);
  }
  const settings = new Map(new URLSearchParams(query));
  const odd = [...settings.keys()].find((name) => !["region", "endpoint", "path-style"].includes(name));
  if (odd !== void 0) throw refuse("stores", "has a setting of S3 that is not known", s3Form);
  const [region, endpoint, style] = ["region", "endpoint", "path-style"].map((name) => settings.get(name));
  if (region !== void 0 && !/^[a-z0-9-]{1,40}$/.test(region)) throw refuse("stores", "has an odd S3 region", s3Form);
  if (style !== void 0 && style !== "true" && style !== "false") {
    throw refuse("stores", "has a path-style that is neither true nor false", s3Form);
  }
  return {
    bucket,
    prefix,
    ...region === void 0 ? {} : { region },
    ...endpoint === void 0 ? {} : { endpoint: parseEndpoint(endpoint) },
    ...style === void 0 ? {} : { isPathStyle: style === "true" }
  };
}
function parseEndpoint(text) {
  const url = URL.parse(text);
  const isLocal = url !== null && (url.hostname === "localhost" || isIP2(url.hostname) === 4 && url.hostname.startsWith("127."));
  const isPlain = url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (url !== null && isPlain && (url.protocol === "https:" || url.protocol === "http:" && isLocal)) return url.href;
  throw refuse("stores", "has an S3 endpoint that is not understood", "Write it as https://host or https://host:port");
}

// src/request/parse.ts
function parseRequest(operation, given) {
  const read = inputsOf(operation);
  for (const input of everyInput) {
    if (given[input.name] === void 0 || given[input.name] === input.default || read.includes(input)) continue;
    throw refuse(input.name, `is not used by ${operation}`, `Leave it out; it is for ${input.operations.join(", ")}`);
  }
  for (const { name, required } of read) {
    if (required?.includes(operation) && given[name] === void 0) throw refuse(name, `is needed for ${operation}`);
  }
  return requests[operation](given);
}
function parseOperation(text, offered) {
  if (isOperation(text) && offered.includes(text)) return text;
  const near = nearest(text, offered);
  const what = text === "" ? "No operation was given" : `There is no operation ${shown(text)}`;
  throw new BackupError("input-invalid", near === void 0 ? what : `${what}; did you mean ${near}`, {
    hint: `Operations: ${operations.flatMap(({ name }) => offered.includes(name) ? name : []).join(", ")}`
  });
}
var requests = {
  plan: (given) => ({
    operation: "plan",
    ...onHost2(given),
    site: site(given),
    databases: databases(given),
    services: parseLines(given, "services", parseService),
    stores: parseStoreSettings(given),
    publicKey: optionalPublicKey(given),
    vaultKeysApart: vaultKeysRecipients(given) !== void 0,
    backup: backupWanted(given.backup ?? "latest"),
    identities: given.identity === void 0 ? [] : identities(given),
    ...authorization(given)
  }),
  backup: (given) => ({
    operation: "backup",
    ...onHost2(given),
    site: site(given),
    include: parseInclude(given),
    databases: databases(given),
    recipients: recipients(given, "recipients"),
    vaultKeysRecipients: vaultKeysRecipients(given),
    signingKey: need2(given, "signing-key"),
    signingPassword: given["signing-password"],
    stores: stores(given)
  }),
  restore: (given) => ({
    operation: "restore",
    ...onHost2(given),
    ...opening2(given),
    include: parseInclude(given),
    identities: identities(given),
    databases: databases(given),
    ...authorization(given),
    services: parseLines(given, "services", parseService),
    confirm: confirmed(given),
    acceptSchemaChange: parseFlag(given, "accept-schema-change"),
    allowedExtensions: new Set(parseLines(given, "allow-extensions", parseExtension))
  }),
  rollback: (given) => ({
    operation: "rollback",
    ...onHost2(given),
    site: site(given),
    services: parseLines(given, "services", parseService),
    confirm: confirmed(given)
  }),
  "forget-previous": (given) => ({
    operation: "forget-previous",
    ...onHost2(given),
    site: site(given),
    confirm: confirmed(given)
  }),
  verify: (given) => ({
    operation: "verify",
    ...opening2(given),
    identities: given.identity === void 0 ? [] : identities(given)
  }),
  copy: (given) => ({
    operation: "copy",
    site: site(given),
    stores: twoOrMore(given),
    publicKey: inInput("public-key", () => parsePublicKey(need2(given, "public-key"))),
    timeoutMs: parseDuration(given, "timeout")
  }),
  list: (given) => ({
    operation: "list",
    site: site(given),
    stores: stores(given),
    publicKey: optionalPublicKey(given),
    timeoutMs: parseDuration(given, "timeout")
  }),
  recover: (given) => ({ operation: "recover", ...onHost2(given) }),
  open: (given) => ({
    operation: "open",
    ...opening2(given),
    identities: identities(given),
    object: given.object,
    folder: need2(given, "output"),
    isSql: parseFlag(given, "sql")
  }),
  keygen: (given) => ({
    operation: "keygen",
    kind: keyKind(given.kind ?? "x25519"),
    file: need2(given, "output")
  })
};
function onHost2(given) {
  return { host: parseHostSettings(given), timeoutMs: parseDuration(given, "timeout") };
}
function opening2(given) {
  return {
    site: site(given),
    stores: stores(given),
    backup: backupWanted(given.backup ?? "latest"),
    publicKey: inInput("public-key", () => parsePublicKey(need2(given, "public-key"))),
    timeoutMs: parseDuration(given, "timeout")
  };
}
function authorization(given) {
  const mode = given.authorization;
  if (mode !== void 0 && mode !== "secrets" && mode !== "whole" && mode !== "none") {
    throw refuse("authorization", `is ${shown(mode)}`, "Write secrets, whole or none");
  }
  const authorizationStores = parseLines(given, "authorization-stores", (entry) => entry);
  parseStores(authorizationStores);
  return {
    authorization: mode,
    authorizationStores,
    acceptReturned: parseCount(given, "accept-returned")
  };
}
function backupWanted(text) {
  return text === "latest" ? text : inInput("backup", () => parseBackupId(text));
}
function optionalPublicKey(given) {
  const text = given["public-key"];
  return text === void 0 ? void 0 : inInput("public-key", () => parsePublicKey(text));
}
function site(given) {
  return inInput("site", () => parseSite(need2(given, "site")));
}
function confirmed(given) {
  const text = need2(given, "confirm");
  if (text === given.site) return text;
  throw refuse("confirm", `is not the name of the site, ${given.site}`, "Nothing was changed");
}
function databases(given) {
  return parseLines(given, "databases", parseDatabaseName);
}
function identities(given) {
  return inInput("identity", () => parseIdentities(need2(given, "identity")));
}
function recipients(given, name) {
  return inInput(name, () => parseRecipients((given[name] ?? "").split("\n")));
}
function vaultKeysRecipients(given) {
  return given["vault-keys-recipients"] === void 0 ? void 0 : recipients(given, "vault-keys-recipients");
}
function stores(given) {
  const settings = parseStoreSettings(given);
  if (settings.length === 0) throw refuse("stores", "is needed");
  return settings;
}
function twoOrMore(given) {
  const settings = stores(given);
  if (settings.length < 2) throw refuse("stores", "names one store, and there is nowhere to copy to");
  return settings;
}
function keyKind(text) {
  if (text === "x25519" || text === "hybrid" || text === "signing") return text;
  throw refuse("kind", `is ${shown(text)}`, "Write x25519, hybrid or signing");
}
function need2(given, name) {
  const text = given[name];
  if (text === void 0) throw refuse(name, "is needed");
  return text;
}

// src/stores/unreachable.ts
function unreachable(name, reason) {
  const fail = async () => {
    throw reason;
  };
  return {
    name,
    put: async (_path, content) => {
      content.on("error", () => {
      }).destroy();
      throw reason;
    },
    get: fail,
    // biome-ignore lint/correctness/useYield: it fails before there is anything to give
    async *list() {
      throw reason;
    },
    remove: fail
  };
}

// src/run/open-stores.ts
async function openStores(settings, context) {
  const opening3 = new AsyncDisposableStack();
  const outcomes = await Promise.allSettled(settings.map(async (each) => await openStore(each, opening3, context)));
  const failed = outcomes.flatMap((it) => it.status === "rejected" ? [it.reason] : []);
  const [odd] = failed.filter((reason) => !isOfStore(reason) || failed.length === settings.length);
  if (odd !== void 0) {
    await opening3.disposeAsync();
    throw odd;
  }
  const stores2 = outcomes.map(
    (outcome, at) => outcome.status === "fulfilled" ? outcome.value : unreachable(nameOf(settings[at]), outcome.reason)
  );
  return { stores: stores2, [Symbol.asyncDispose]: async () => await opening3.disposeAsync() };
}
function isOfStore(reason) {
  return isBackupError(reason) && !["input-invalid", "key-invalid", "key-locked", "cancelled"].includes(reason.code);
}
async function openStore(settings, opening3, { log: log2, signal }) {
  switch (settings.kind) {
    case "directory":
      return await openDirectory(settings.path);
    case "sftp": {
      const warn = (message) => log2.warn(message);
      return opening3.use(await unlessAborted(openSftp(settings.login, settings.path, { warn }), signal));
    }
    case "s3":
      return opening3.use(await openS3(settings.place));
  }
}
function nameOf(settings) {
  switch (settings.kind) {
    case "directory":
      return directoryName(settings.path);
    case "sftp":
      return sftpName(settings.login, settings.path);
    case "s3":
      return s3Name(settings.place);
  }
}

// src/run/perform.ts
async function perform(request, context) {
  const { timeoutMs } = request;
  const deadline = new AbortController();
  const timer = timeoutMs === void 0 ? void 0 : setTimeout(() => deadline.abort(timedOut(timeoutMs)), timeoutMs);
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  try {
    return await carryOut(request, { ...context, signal });
  } catch (error) {
    throw reasonOf(error, signal);
  } finally {
    clearTimeout(timer);
  }
}
function refuseDegraded(report) {
  if (report.status !== "degraded") return;
  if (report.operation === "copy") {
    throw new BackupError("degraded", "Some store still lacks a backup that another has whole", {
      hint: "What was copied is good; see to the store, then copy again"
    });
  }
  if (report.operation === "verify") {
    throw new BackupError(
      "degraded",
      `Backup ${report.backupId} has no good copy in ${withoutCopy(report).join(" and ")}`,
      {
        hint: "The other copies are good; copy gives a store what it lacks, and replaces nothing that is damaged"
      }
    );
  }
  const lacking = [
    ...report.parts.flatMap(({ name, message }) => message === null ? [] : [`${name} (${message})`]),
    ...withoutCopy(report).map((store) => `a copy in ${store}`)
  ];
  throw new BackupError("degraded", `Backup ${report.backupId} is kept, without ${lacking.join(" and ")}`, {
    hint: "What is complete in it is good; see to what is missing, then back up again"
  });
}
function withoutCopy({ copies }) {
  return copies.flatMap(({ store, message }) => message === null ? [] : [`${store} (${message})`]);
}
function reasonOf(error, signal) {
  if (!signal.aborted || !isBackupError(signal.reason)) return error;
  if (isBackupError(error, "cancelled") && signal.reason.code !== "cancelled") {
    return new BackupError(signal.reason.code, `${signal.reason.message}: ${error.message}`, { cause: error });
  }
  return isBackupError(error) ? error : signal.reason;
}
function timedOut(timeoutMs) {
  return new BackupError("timed-out", `The run took longer than its timeout of ${timeoutMs / 1e3} s`);
}
async function carryOut(request, context) {
  context.signal.throwIfAborted();
  switch (request.operation) {
    case "plan": {
      var _stack = [];
      try {
        const opened = __using(_stack, await openStores(request.stores, context), true);
        const { stores: stores2 } = opened;
        return await onHost3(request.host, context, async (host) => await plan({ ...request, host, stores: stores2 }, context));
      } catch (_) {
        var _error = _, _hasError = true;
      } finally {
        var _promise = __callDispose(_stack, _error, _hasError);
        _promise && await _promise;
      }
    }
    case "backup":
      return await backUp(request, context);
    case "restore": {
      var _stack2 = [];
      try {
        const opened = __using(_stack2, await openStores(request.stores, context), true);
        const { stores: stores2 } = opened;
        return await onHost3(request.host, context, async (host) => await restore({ ...request, host, stores: stores2 }, context));
      } catch (_2) {
        var _error2 = _2, _hasError2 = true;
      } finally {
        var _promise2 = __callDispose(_stack2, _error2, _hasError2);
        _promise2 && await _promise2;
      }
    }
    case "rollback":
      return await onHost3(request.host, context, async (host) => await rollback({ ...request, host }, context));
    case "forget-previous":
      return await onHost3(request.host, context, async (host) => await forgetPrevious({ ...request, host }, context));
    case "recover": {
      const healed = await onHost3(request.host, context, async (host) => await recover(host, context));
      return { operation: "recover", status: "complete", healed };
    }
    case "copy": {
      var _stack3 = [];
      try {
        const opened = __using(_stack3, await openStores(request.stores, context), true);
        return await copy({ ...request, stores: opened.stores }, context);
      } catch (_3) {
        var _error3 = _3, _hasError3 = true;
      } finally {
        var _promise3 = __callDispose(_stack3, _error3, _hasError3);
        _promise3 && await _promise3;
      }
    }
    case "list": {
      var _stack4 = [];
      try {
        const opened = __using(_stack4, await openStores(request.stores, context), true);
        return await list({ ...request, stores: opened.stores }, context);
      } catch (_4) {
        var _error4 = _4, _hasError4 = true;
      } finally {
        var _promise4 = __callDispose(_stack4, _error4, _hasError4);
        _promise4 && await _promise4;
      }
    }
    case "verify": {
      var _stack5 = [];
      try {
        const pgRestore = __using(_stack5, openLocal(), true);
        const opened = __using(_stack5, await openStores(request.stores, context), true);
        return await verify({ ...request, stores: opened.stores, pgRestore }, context);
      } catch (_5) {
        var _error5 = _5, _hasError5 = true;
      } finally {
        var _promise5 = __callDispose(_stack5, _error5, _hasError5);
        _promise5 && await _promise5;
      }
    }
    case "open": {
      var _stack6 = [];
      try {
        const local = __using(_stack6, openLocal(), true);
        const opened = __using(_stack6, await openStores(request.stores, context), true);
        return await open({ ...request, stores: opened.stores, pgRestore: request.isSql ? local : void 0 }, context);
      } catch (_6) {
        var _error6 = _6, _hasError6 = true;
      } finally {
        var _promise6 = __callDispose(_stack6, _error6, _hasError6);
        _promise6 && await _promise6;
      }
    }
  }
}
async function backUp(request, context) {
  var _stack = [];
  try {
    const { recipients: recipients2, vaultKeysRecipients: vaultKeysRecipients2 = recipients2 } = request;
    if (recipients2.length === 1 || vaultKeysRecipients2.length === 1) {
      context.log.warn("There is one recipient only: if its secret key is lost, so is the backup");
    }
    const signingKey = beginReading(request);
    await Promise.race([signingKey, Promise.resolve()]);
    const opened = __using(_stack, await openStores(request.stores, context), true);
    const { stores: stores2 } = opened;
    return await onHost3(
      request.host,
      context,
      async (host) => await backup({ ...request, host, stores: stores2, signingKey }, context)
    );
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}
function beginReading({ signingKey, signingPassword }) {
  const reading = readSigningKey(signingKey, signingPassword);
  reading.catch(() => {
  });
  return reading;
}
async function onHost3({ login, project }, { signal }, work) {
  var _stack = [];
  try {
    signal.throwIfAborted();
    const remote = __using(_stack, login === void 0 ? openLocal() : await unlessAborted(openSsh(login), signal), true);
    return await work({ remote, project });
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    var _promise = __callDispose(_stack, _error, _hasError);
    _promise && await _promise;
  }
}

// src/run/stop-signals.ts
var stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"];
function listenForStop(say) {
  const controller = new AbortController();
  const onSignal = () => {
    say(controller.signal.aborted ? "Still putting things back" : "Stopping: what was begun is undone first");
    controller.abort(new BackupError("cancelled", "Cancelled"));
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of stopSignals) process.off(name, onSignal);
    }
  };
}

// src/run/told.ts
function tell(error) {
  if (isBackupError(error)) {
    return {
      message: oneLine(error.message),
      hint: error.hint === void 0 ? void 0 : oneLine(error.hint),
      frames: []
    };
  }
  return {
    message: `a defect of candig-backup: ${nameOf2(error)}`,
    hint: "Please report it with the lines below; its own message is left out, because it could hold what must stay private",
    frames: error instanceof Error ? framesOf(error) : []
  };
}
function nameOf2(error) {
  if (!(error instanceof Error)) return `something of type ${typeof error} was thrown`;
  const code = "code" in error && /^[A-Z0-9_]{1,40}$/.test(String(error.code)) ? ` (${String(error.code)})` : "";
  return `${/^[A-Za-z0-9_]{1,40}$/.test(error.name) ? error.name : "an error"}${code}`;
}
function framesOf({ stack = "", message }) {
  const from = stack.indexOf(message);
  if (from === -1) return [];
  return stack.slice(from + message.length).split("\n").filter((line) => /^ {4}at /.test(line));
}

// node_modules/pretty-bytes/index.js
var BYTE_UNITS = [
  "B",
  "kB",
  "MB",
  "GB",
  "TB",
  "PB",
  "EB",
  "ZB",
  "YB"
];
var BIBYTE_UNITS = [
  "B",
  "KiB",
  "MiB",
  "GiB",
  "TiB",
  "PiB",
  "EiB",
  "ZiB",
  "YiB"
];
var BIT_UNITS = [
  "b",
  "kbit",
  "Mbit",
  "Gbit",
  "Tbit",
  "Pbit",
  "Ebit",
  "Zbit",
  "Ybit"
];
var BIBIT_UNITS = [
  "b",
  "kibit",
  "Mibit",
  "Gibit",
  "Tibit",
  "Pibit",
  "Eibit",
  "Zibit",
  "Yibit"
];
var UNIT_SETS = [BYTE_UNITS, BIBYTE_UNITS, BIT_UNITS, BIBIT_UNITS];
var toDecimalString = (number) => {
  if (number >= 1e-6 && number < 1e21) {
    return String(number);
  }
  const [mantissa, exponentString] = number.toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const pointPosition = Number(exponentString) + 1;
  const isPositive = pointPosition > 0;
  const padded = isPositive ? digits.padEnd(pointPosition, "0") : "0".repeat(1 - pointPosition) + digits;
  const integerPart = padded.slice(0, isPositive ? pointPosition : 1);
  const fractionPart = padded.slice(isPositive ? pointPosition : 1).replace(/0+$/, "");
  return fractionPart ? `${integerPart}.${fractionPart}` : integerPart;
};
var toLocaleString = (number, locale, options) => {
  if (typeof locale === "string" || Array.isArray(locale) || locale === true) {
    const locales = locale === true ? void 0 : locale;
    if (options !== void 0) {
      return number.toLocaleString(locales, options);
    }
    const text = toDecimalString(number);
    const pointIndex = text.indexOf(".");
    const maximumFractionDigits = pointIndex === -1 ? 0 : text.length - pointIndex - 1;
    if (maximumFractionDigits > 100) {
      return text;
    }
    return number.toLocaleString(locales, { maximumFractionDigits });
  }
  if (options === void 0) {
    return toDecimalString(number);
  }
  return number.toLocaleString("en-US", { ...options, useGrouping: false });
};
var log10 = (numberOrBigInt) => {
  if (typeof numberOrBigInt === "number") {
    return Math.log10(numberOrBigInt);
  }
  const string = numberOrBigInt.toString(10);
  return string.length + Math.log10(`0.${string.slice(0, 15)}`);
};
var log = (numberOrBigInt) => {
  if (typeof numberOrBigInt === "number") {
    return Math.log(numberOrBigInt);
  }
  return log10(numberOrBigInt) * Math.log(10);
};
var divide = (numberOrBigInt, base, exponent) => {
  const divisor = base ** exponent;
  if (typeof numberOrBigInt === "number" || numberOrBigInt <= Number.MAX_SAFE_INTEGER) {
    return Number(numberOrBigInt) / divisor;
  }
  const bigintDivisor = BigInt(base) ** BigInt(exponent);
  const integerPart = numberOrBigInt / bigintDivisor;
  const remainder = numberOrBigInt % bigintDivisor;
  return Number(integerPart) + Number(remainder) / divisor;
};
var toUnrepresentableString = (number, base, exponent, localeOptions) => {
  const scale = BigInt(base) ** BigInt(exponent);
  const whole = number / scale;
  if (localeOptions === void 0) {
    return whole.toString();
  }
  const minimumFractionDigits = localeOptions.minimumFractionDigits ?? 0;
  const maximumFractionDigits = Math.max(localeOptions.maximumFractionDigits ?? 3, minimumFractionDigits);
  const truncated = (number % scale * 10n ** BigInt(maximumFractionDigits) / scale).toString().padStart(maximumFractionDigits, "0");
  const fraction = truncated.replace(/0+$/, "").padEnd(minimumFractionDigits, "0");
  return fraction ? `${whole}.${fraction}` : whole.toString();
};
var signOf = (number, signed) => {
  if (number < 0) {
    return "-";
  }
  if (!signed) {
    return "";
  }
  return number === 0 || number === 0n ? " " : "+";
};
var assertFixedWidth = (fixedWidth) => {
  if (fixedWidth !== void 0 && (typeof fixedWidth !== "number" || !Number.isSafeInteger(fixedWidth) || fixedWidth < 0)) {
    throw new TypeError(`Expected fixedWidth to be a non-negative integer, got ${typeof fixedWidth}: ${fixedWidth}`);
  }
};
var assertFractionDigits = (name, value) => {
  if (value !== void 0 && (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > 100)) {
    throw new TypeError(`Expected ${name} to be an integer between 0 and 100, got ${typeof value}: ${value}`);
  }
};
var buildLocaleOptions = (options) => {
  const { minimumFractionDigits, maximumFractionDigits } = options;
  if (minimumFractionDigits === void 0 && maximumFractionDigits === void 0) {
    return void 0;
  }
  assertFractionDigits("minimumFractionDigits", minimumFractionDigits);
  assertFractionDigits("maximumFractionDigits", maximumFractionDigits);
  if (minimumFractionDigits > maximumFractionDigits) {
    throw new RangeError(`Expected minimumFractionDigits (${minimumFractionDigits}) to not be greater than maximumFractionDigits (${maximumFractionDigits})`);
  }
  return {
    ...minimumFractionDigits !== void 0 && { minimumFractionDigits },
    ...maximumFractionDigits !== void 0 && { maximumFractionDigits },
    roundingMode: "trunc"
  };
};
function prettyBytes(number, options) {
  if (typeof number !== "bigint" && !Number.isFinite(number)) {
    throw new TypeError(`Expected a finite number, got ${typeof number}: ${number}`);
  }
  options = {
    bits: false,
    binary: false,
    space: true,
    nonBreakingSpace: false,
    ...options
  };
  assertFixedWidth(options.fixedWidth);
  const localeOptions = buildLocaleOptions(options);
  const UNITS = UNIT_SETS[(options.bits ? 2 : 0) + (options.binary ? 1 : 0)];
  const separator = options.space ? options.nonBreakingSpace ? "\xA0" : " " : "";
  if (Object.is(number, -0)) {
    number = 0;
  }
  const prefix = signOf(number, options.signed);
  if (number < 0) {
    number = -number;
  }
  const base = options.binary ? 1024 : 1e3;
  let exponent = 0;
  if (number >= 1) {
    exponent = Math.min(Math.floor(options.binary ? log(number) / Math.log(base) : log10(number) / 3), UNITS.length - 1);
  }
  const scaled = divide(number, base, exponent);
  let numberString;
  if (Number.isFinite(scaled)) {
    number = scaled;
    if (number < 1 && exponent > 0) {
      number *= base;
      exponent -= 1;
    }
    if (!localeOptions) {
      const minimumPrecision = Math.max(3, Math.floor(number).toString().length);
      number = Number(number.toPrecision(minimumPrecision));
      if (number >= base && exponent < UNITS.length - 1) {
        number /= base;
        exponent += 1;
      }
    }
    numberString = toLocaleString(number, options.locale, localeOptions);
  } else {
    numberString = toUnrepresentableString(number, base, exponent, localeOptions);
  }
  const result = prefix + numberString + separator + UNITS[exponent];
  return result.padStart(options.fixedWidth ?? 0);
}

export {
  operations,
  everyInput,
  inputsOf,
  nearest,
  parseRequest,
  parseOperation,
  perform,
  refuseDegraded,
  listenForStop,
  tell,
  prettyBytes,
  endWith
};
