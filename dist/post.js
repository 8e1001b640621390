import { createRequire as makeRequire } from 'node:module';
import { dirname as folderOf } from 'node:path';
const require = makeRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = folderOf(__filename);
import {
  actionLog,
  inertLine,
  info,
  isLeftUndone,
  readInputs,
  warning
} from "./shared-U5ALKWOX.js";
import {
  endWith,
  inputsOf,
  listenForStop,
  parseRequest,
  perform,
  tell
} from "./shared-6ZEXUMZP.js";
import "./shared-OTK4Z7N5.js";
import {
  __callDispose,
  __using
} from "./shared-PGZLCEHC.js";

// src/action/post.ts
async function post(environment) {
  process.stdout.on("error", () => {
  });
  if (!isLeftUndone()) return;
  try {
    var _stack = [];
    try {
      const log = __using(_stack, actionLog(() => performance.now()));
      const stop = __using(_stack, listenForStop((line) => log.warn(line)));
      const { given } = readInputs(environment);
      const wanted = inputsOf("recover").filter(({ name }) => name !== "timeout");
      const login = Object.fromEntries(wanted.map(({ name }) => [name, given[name]]));
      const request = parseRequest("recover", login);
      if (request.operation !== "recover") return;
      const report = await perform(request, { log, signal: stop.signal, now: () => /* @__PURE__ */ new Date() });
      if ("healed" in report && report.healed.length === 0) info("The host is as it should be");
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      __callDispose(_stack, _error, _hasError);
    }
  } catch (error) {
    const { message, hint } = tell(error);
    warning(
      [`The host could not be looked after: ${message}`, ...hint === void 0 ? [] : [hint]].map(inertLine).join("\n")
    );
  }
}

// src/post.ts
await post(process.env);
endWith(0);
