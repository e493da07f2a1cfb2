// What Freshworks gives a serverless app, as strict as its documentation: a sandbox without Buffer, process and timers,
// request templates, the Data Store, renderData, and the limits. What an app must not do is a PlatformViolation.

import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { DataStore } from "./data_store.mjs";
import { PlatformViolation, Requests } from "./requests.mjs";

const nodeRequire = createRequire(import.meta.url);
export const APP = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

const SET_UP = new Set(["onAppInstall", "afterAppUpdate", "onAppUninstall"]);
const SET_UP_LIMIT = 10_000;
const EVENT_LIMIT = 20_000;
const LONGEST_MESSAGE = 60;
const LARGEST_PAYLOAD = 256 * 1024;
const BUILT_IN = new Set(["crypto"]);

/** A clock that only moves when something takes time. */
export class VirtualClock {
  constructor(now = Date.parse("2026-11-29T12:00:00.400Z")) {
    this.time = now;
  }

  now() {
    return this.time;
  }

  async wait(milliseconds) {
    this.time += milliseconds;
  }
}

export class Platform {
  /**
   * @param files the app's files: reads one by its path, relative to the app's folder
   * @param transport sends a request: `{method, url, headers, body}` -> `{status, headers, body}`; throws when there is
   *   no connection
   */
  constructor({ files, transport, clock = new VirtualClock(), secure = ["shared_secret"] }) {
    this.files = files;
    this.clock = clock;
    this.manifest = JSON.parse(files("manifest.json"));
    this.store = new DataStore();
    this.requests = new Requests({
      templates: JSON.parse(files("config/requests.json")),
      declared: this.manifest.modules.common.requests ?? {},
      transport,
      clock,
      secure,
    });
    this.logs = [];
  }

  /** Runs the handler of an event. Returns `rendered` (calls of renderData) and whether the time ran out. */
  async run(payload) {
    if (JSON.stringify(payload).length > LARGEST_PAYLOAD) {
      throw new PlatformViolation("the payload of an event has at most 256 KB");
    }
    const run = { event: payload.event, rendered: [], violations: [], underWay: 0, timedOut: false };
    const limit = SET_UP.has(payload.event) ? SET_UP_LIMIT : EVENT_LIMIT;
    const deadline = this.clock.now() + limit;
    let stop;
    const stopped = new Promise((resolve) => {
      stop = resolve;
    });
    const timeout = () => {
      run.timedOut = true;
      stop();
      return new Promise(() => {}); // what is stopped goes no further
    };
    const sandbox = this.makeSandbox(run, { deadline, timeout, iparams: payload.iparams ?? {} });
    const handler = this.findHandler(sandbox, payload.event);
    const copy = vm.runInContext(`(${JSON.stringify(payload)})`, sandbox.context);
    await Promise.race([handler(copy), stopped]).catch((problem) => {
      run.violations.push(`${payload.event}: the handler threw ${problem?.message ?? JSON.stringify(problem)}`);
    });
    if (SET_UP.has(payload.event) && !run.timedOut && run.rendered.length !== 1) {
      run.violations.push(`${payload.event}: renderData was called ${run.rendered.length} times`);
    }
    if (run.underWay && !run.timedOut) {
      run.violations.push(`${payload.event}: the handler ended while a request was under way, which is lost then`);
    }
    if (run.violations.length) {
      throw new PlatformViolation(run.violations.join("; "));
    }
    return run;
  }

  findHandler(sandbox, event) {
    const modules = Object.values(this.manifest.modules);
    const entry = modules.map((module) => module.events?.[event]).find(Boolean);
    if (!entry) {
      throw new PlatformViolation(`${event} is not in the manifest`);
    }
    const handler = sandbox.load("server/server.js")[entry.handler];
    if (typeof handler !== "function") {
      throw new PlatformViolation(`server.js has no handler ${entry.handler}`);
    }
    return handler;
  }

  makeSandbox(run, { deadline, timeout, iparams }) {
    const inTime = async (call) => {
      run.underWay += 1;
      let result;
      let problem;
      try {
        result = await call();
      } catch (thrown) {
        problem = thrown;
      }
      run.underWay -= 1;
      if (problem instanceof PlatformViolation) {
        run.violations.push(problem.message);
      }
      if (this.clock.now() > deadline) {
        return timeout();
      }
      if (problem) {
        throw this.intoSandbox(context, problem);
      }
      return result;
    };
    const globals = {
      console: this.makeConsole(),
      Date: { now: () => this.clock.now() },
      $request: {
        invokeTemplate: (name, options) => inTime(() => this.requests.invoke(name, options, iparams)),
      },
      $db: {
        set: (key, value, options) => inTime(async () => this.store.set(key, value, options)),
        get: (key) => inTime(async () => this.store.get(key)),
      },
      renderData: (...words) => this.render(run, words),
    };
    const context = vm.createContext(globals, { codeGeneration: { strings: false, wasm: false } });
    const loaded = new Map();
    const load = (file) => {
      if (!loaded.has(file)) {
        loaded.set(file, this.evaluate(context, file, load));
      }
      return loaded.get(file);
    };
    return { context, load };
  }

  /** Rejections that reach the app are the sandbox's own objects, without a stack of ours. */
  intoSandbox(context, problem) {
    const { status, response, headers, message } = problem;
    return vm.runInContext(`(${JSON.stringify({ status, response, headers, message })})`, context);
  }

  evaluate(context, file, load) {
    const require = (name) => {
      if (name.startsWith(".")) {
        return load(path.posix.join(path.posix.dirname(file), name.endsWith(".js") ? name : `${name}.js`));
      }
      if (!BUILT_IN.has(name)) {
        throw new PlatformViolation(`${file} requires ${name}, which is neither Node's own nor in the manifest`);
      }
      return nodeRequire(name);
    };
    // An app assigns to `exports`, and there is no `module`.
    const wrapped = `(function (exports, require) {${this.files(file)}\nreturn exports;\n})`;
    return vm.runInContext(wrapped, context, { filename: file })({}, require);
  }

  makeConsole() {
    const log =
      (level) =>
      (...words) =>
        this.logs.push({ level, text: words.map(String).join(" ") });
    return { log: log("log"), info: log("info"), warn: log("warn"), error: log("error") };
  }

  render(run, words) {
    const [problem = null] = JSON.parse(JSON.stringify(words)); // out of the sandbox
    run.rendered.push(problem);
    if (!SET_UP.has(run.event)) {
      run.violations.push(`${run.event}: only set-up events answer with renderData`);
    } else if (words.length > 1 || (words.length && !isProblem(problem))) {
      run.violations.push(
        `${run.event}: renderData takes nothing, or {message} of at most ${LONGEST_MESSAGE} characters`,
      );
    }
  }
}

function isProblem(problem) {
  return typeof problem?.message === "string" && problem.message && problem.message.length <= LONGEST_MESSAGE;
}
