// Request templates: what they may hold, how they are filled, sent and repeated.

import { isIP } from "node:net";
import { setImmediate } from "node:timers/promises";

const SIZE = 6 * 1024 * 1024;
const PER_MINUTE = 50;
const REQUEST_TIMEOUT = 15_000;
const METHODS = new Set(["GET", "POST", "PUT", "DELETE", "PATCH"]);
const SCHEMA = new Set(["protocol", "method", "host", "path", "headers", "query"]);
const CONTENT_TYPES = new Set([
  "application/json",
  "application/xml",
  "text/html",
  "text/xml",
  "application/jsonp",
  "text/plain",
  "text/javascript",
  "application/vnd.api+json",
]);
const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const FQDN = new RegExp(`^(?:${LABEL}\\.)+${LABEL}$`, "i");
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const VARIABLE = /<%=\s*(context|iparam)\.(\w+)\s*%>/g;

/** The app does what the platform does not allow. */
export class PlatformViolation extends Error {}

export class Requests {
  constructor({ templates, declared, transport, clock, secure }) {
    this.templates = templates;
    this.declared = declared;
    this.transport = transport;
    this.clock = clock;
    this.secure = new Set(secure);
    this.times = [];
    for (const [name, template] of Object.entries(templates)) {
      checkTemplate(name, template);
    }
  }

  /** Resolves to `{status, headers, response}` for 2xx, and rejects with the same for everything else. */
  async invoke(name, options, iparams) {
    const template = this.templates[name];
    ensure(
      template && name in this.declared,
      `request template ${name} is not in the manifest and config/requests.json`,
    );
    checkOptions(options);
    const request = this.fill(template.schema, options, iparams);
    const { maxAttempts = 1, retryDelay = 0 } = template.options ?? {};
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.send(request);
      if (answer.status >= 200 && answer.status < 300) {
        return answer;
      }
      if (attempt >= maxAttempts || !isTemporary(answer)) {
        throw answer;
      }
      await this.clock.wait(retryDelay);
    }
  }

  async send(request) {
    const now = this.clock.now();
    this.times = this.times.filter((time) => time > now - 60_000);
    if (this.times.length >= PER_MINUTE) {
      return { status: 429, headers: {}, response: "The number of requests exceeds the limit", isPlatforms: true };
    }
    this.times.push(now);
    await setImmediate(); // a request always takes longer than the handler's next line
    try {
      const { status, headers = {}, body = "" } = await this.transport(request);
      if (this.clock.now() - now > REQUEST_TIMEOUT) {
        return { status: 504, headers: {}, response: "Timeout error while processing the request" };
      }
      return { status, headers, response: body };
    } catch {
      return { status: 502, headers: {}, response: "Error in establishing a connection" };
    }
  }

  fill(schema, { context = {}, body }, iparams) {
    const substitute = (text, place) =>
      text.replace(VARIABLE, (_, kind, variable) => {
        ensure(kind !== "iparam" || place === "headers" || !this.secure.has(variable), `secure iparam in ${place}`);
        const value = (kind === "iparam" ? iparams : context)[variable];
        ensure(typeof value === "string" && value, `${kind}.${variable} has no value for ${place}`);
        return value;
      });
    const host = substitute(schema.host, "host");
    ensure(
      FQDN.test(host) && !isIP(host) && host.length <= 253,
      "host must be an FQDN, without protocol, port and path",
    );
    const path = substitute(schema.path ?? "/", "path");
    ensure(/^\/[\x21-\x7e]*$/.test(path) && !/[?#]/.test(path), "path must begin with / and have no query");
    const headers = {};
    for (const [name, value] of Object.entries(schema.headers ?? {})) {
      headers[name] = substitute(value, "headers");
      ensure(/^[\x20-\x7e]+$/.test(headers[name]), `header ${name} has characters that no header can have`);
    }
    ensure(Buffer.byteLength(body ?? "") <= SIZE, "a request has at most 6 MB");
    return { method: schema.method, url: `${schema.protocol ?? "https"}://${host}${path}`, headers, body };
  }
}

function isTemporary(answer) {
  return !answer.isPlatforms && (answer.status === 429 || answer.status >= 500);
}

function checkOptions(options) {
  const known = new Set(["context", "body", "cache", "ttl"]);
  ensure(
    options && Object.keys(options).every((name) => known.has(name)),
    "invokeTemplate takes context, body, cache, ttl",
  );
  ensure(options.body === undefined || typeof options.body === "string", "the body of a request must be a string");
}

function checkTemplate(name, { schema, options = {} }) {
  ensure(/^[\w-]+$/.test(name), `${name} is no name of a template`);
  ensure(
    Object.keys(schema).every((key) => SCHEMA.has(key)),
    `${name}: the schema has an unknown attribute`,
  );
  ensure((schema.protocol ?? "https") === "https", `${name}: the protocol must be https`);
  ensure(METHODS.has(schema.method), `${name}: unknown method`);
  const host = (schema.host ?? "").replace(VARIABLE, "x.example");
  ensure(FQDN.test(host) && !isIP(host), `${name}: host must be an FQDN, without protocol, port and path`);
  ensure(/^(?:\/|<%=\s*context\.)/.test(schema.path ?? "/"), `${name}: path must start with /`);
  for (const [header, value] of Object.entries(schema.headers ?? {})) {
    ensure(HEADER_NAME.test(header), `${name}: ${header} is no name of a header`);
    ensure(
      header.toLowerCase() !== "content-type" || CONTENT_TYPES.has(value.split(";")[0]),
      `${name}: content type ${value} is not supported`,
    );
  }
  const { maxAttempts = 1, retryDelay = 0 } = options;
  ensure(Number.isInteger(maxAttempts) && maxAttempts >= 1 && maxAttempts <= 5, `${name}: maxAttempts is 1 to 5`);
  ensure(retryDelay >= 0 && retryDelay <= 1500 && retryDelay % 100 === 0, `${name}: retryDelay is 0, 100, ... 1500`);
}

function ensure(holds, problem) {
  if (!holds) {
    throw new PlatformViolation(problem);
  }
}
