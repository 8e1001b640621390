import { createRequire as makeRequire } from 'node:module';
import { dirname as folderOf } from 'node:path';
const require = makeRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = folderOf(__filename);
import {
  actionLog,
  inertCell,
  inertLine,
  isBeforeChanges,
  readInputs,
  saveBegun,
  saveDone,
  setFailed,
  setOutput,
  summary
} from "./shared-U5ALKWOX.js";
import {
  endWith,
  listenForStop,
  operations,
  parseRequest,
  perform,
  prettyBytes,
  refuseDegraded,
  tell
} from "./shared-6ZEXUMZP.js";
import {
  BackupError,
  exitCodeOf,
  isBackupError
} from "./shared-OTK4Z7N5.js";
import {
  __callDispose,
  __using
} from "./shared-PGZLCEHC.js";

// src/action/outputs.ts
function outputsOf(report) {
  const values = /* @__PURE__ */ new Map([
    ["status", report.status],
    ["report", JSON.stringify(report)]
  ]);
  if ("backupId" in report) values.set("backup-id", report.backupId);
  if ("manifestDigest" in report) values.set("manifest-digest", report.manifestDigest);
  if ("sizeBytes" in report) values.set("size-bytes", String(report.sizeBytes));
  if ("outageMs" in report) values.set("outage-seconds", (report.outageMs / 1e3).toFixed(1));
  return values;
}

// src/action/refuse-event.ts
import { readFileSync } from "node:fs";
function refuseForeignEvent(environment) {
  const name = environment.GITHUB_EVENT_NAME ?? "";
  if (name === "pull_request_target") {
    throw new BackupError("input-invalid", "This does not run on pull_request_target", {
      hint: "That event gives the secrets of a repository to whoever opens a pull request; use workflow_dispatch or schedule"
    });
  }
  if (!/^(pull_request|workflow_run)/.test(name) || !isFromFork(readEvent(environment.GITHUB_EVENT_PATH))) return;
  throw new BackupError("input-invalid", "This does not run for a pull request from a fork", {
    hint: "Use workflow_dispatch or schedule"
  });
}
function readEvent(path) {
  if (path === void 0) return void 0;
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return void 0;
  }
}
function isFromFork(event) {
  const repository = at(event, "repository", "full_name");
  const from = at(event, "pull_request", "head", "repo", "full_name") ?? at(event, "workflow_run", "head_repository", "full_name");
  return typeof repository !== "string" || from !== repository;
}
function at(value, ...keys) {
  let found = value;
  for (const key of keys) {
    if (typeof found !== "object" || found === null) return void 0;
    found = Object.entries(found).find(([name]) => name === key)?.[1];
  }
  return found;
}

// src/action/summary.ts
function summaryOf(report) {
  const rows = [...rowsOf(report)].map(
    ([name, value]) => `<tr><th>${inertCell(name)}</th><td>${inertCell(value)}</td></tr>`
  );
  return `<h3>candig-backup ${report.operation}: ${report.status}</h3>
<table>
${rows.join("\n")}
</table>
`;
}
function* rowsOf(report) {
  if ("site" in report) yield ["Site", report.site];
  switch (report.operation) {
    case "backup":
      yield ["Backup", report.backupId];
      yield ["Size", prettyBytes(report.sizeBytes)];
      yield ["Time", seconds(Date.parse(report.finishedAt) - Date.parse(report.startedAt))];
      yield ["Manifest digest", report.manifestDigest];
      for (const { name, status, code, gaps } of report.parts)
        yield [`Part ${name}`, [code === null ? status : `${status}: ${code}`, ...gaps].join("; ")];
      yield* copyRows(report.copies);
      for (const { name, sizeBytes, durationMs } of report.objects) {
        yield [name, `${prettyBytes(sizeBytes)}, ${seconds(durationMs)}`];
      }
      break;
    case "restore":
      yield ["Backup", report.backupId];
      yield ["Databases", report.databases.join(", ")];
      yield ["Authorization", report.authorization?.mode ?? "left as it is"];
      yield ["Outage", seconds(report.outageMs)];
      yield ["Services stopped and started", report.services.join(", ")];
      yield ["Previous copies kept", prettyBytes(report.previous.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))];
      break;
    case "rollback":
      yield ["Databases", report.databases.join(", ")];
      yield ["Authorization", report.authorization ?? "left as it is"];
      yield ["Back to before", report.undone];
      yield ["Outage", seconds(report.outageMs)];
      break;
    case "forget-previous":
      yield ["Copies dropped", String(report.forgotten.length)];
      yield ["Freed", prettyBytes(report.sizeBytes)];
      break;
    case "verify":
      yield ["Backup", report.backupId];
      yield* copyRows(report.copies);
      yield ["Signature, sizes and digests", "as signed"];
      yield ["Objects opened to their ends", report.opened ? "yes" : "no: that needs an identity"];
      if (report.unopened.length > 0) yield ["For another identity", report.unopened.join(", ")];
      yield ["Every dump read by pg_restore", report.dumpsRead ? "yes" : "no"];
      yield ["Chain", report.chain];
      break;
    case "copy":
      for (const { backupId, store, status, sizeBytes } of report.copied)
        yield [backupId, `${status}, ${prettyBytes(sizeBytes)} to ${store}`];
      break;
    case "list":
      for (const { id, state, sizeBytes } of report.backups) yield [id, `${state}, ${prettyBytes(sizeBytes)}`];
      break;
    case "plan":
      yield ["PostgreSQL", report.postgresVersion];
      for (const { name, sizeBytes } of report.databases) yield [`Database ${name}`, prettyBytes(sizeBytes)];
      yield ["Expected outage of a restore", `${report.expectedOutageSeconds.join(" to ")} s`];
      yield ["Newest backup", report.newestBackup ?? "none known"];
      for (const { name, state, role } of report.containers) yield [name, `${state}, in a restore: ${role}`];
      break;
    case "recover":
      yield ["Put right", report.healed.length === 0 ? "nothing was left to put right" : report.healed.join("; ")];
      break;
    case "open":
      yield ["Files", String(report.files.length)];
      break;
  }
}
function* copyRows(copies) {
  for (const { store, status, code } of copies) yield ["Copy", code === null ? store : `${store}, ${status}: ${code}`];
}
function seconds(ms) {
  return `${(ms / 1e3).toFixed(1)} s`;
}

// src/action/main.ts
async function main(environment) {
  process.stdout.on("error", () => {
  });
  try {
    refuseForeignEvent(environment);
    const { operation, given } = readInputs(environment);
    const request = parseRequest(operation, given);
    if (request.operation !== "keygen") await present(await watched(request), environment);
    return 0;
  } catch (error) {
    const { message, hint, frames } = tell(error);
    setFailed([message, ...hint === void 0 ? [] : [hint], ...frames].map(inertLine).join("\n"));
    return exitCodeOf(error);
  }
}
async function watched(request) {
  var _stack = [];
  try {
    const log = __using(_stack, actionLog(() => performance.now()));
    const stop = __using(_stack, listenForStop((line) => log.warn(line)));
    if (canLeaveTraces(request.operation)) saveBegun();
    try {
      const report = await perform(request, { log, signal: stop.signal, now: () => /* @__PURE__ */ new Date() });
      saveDone();
      return report;
    } catch (error) {
      if (isBackupError(error) && isBeforeChanges(error.code)) saveDone();
      throw error;
    }
  } catch (_) {
    var _error = _, _hasError = true;
  } finally {
    __callDispose(_stack, _error, _hasError);
  }
}
function canLeaveTraces(operation) {
  return operations.some(({ name, changesHost }) => name === operation && changesHost);
}
async function present(report, environment) {
  for (const [name, value] of outputsOf(report)) setOutput(name, value);
  if (environment.GITHUB_STEP_SUMMARY !== void 0) await summary.addRaw(summaryOf(report)).write();
  refuseDegraded(report);
}

// src/main.ts
endWith(await main(process.env));
