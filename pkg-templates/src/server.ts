// Entry of server.js: the gateways' rules, by their names. The rules themselves are Rust (`crates/reader`).

import type * as Public from "../package/server.js";
import { isPaypairError, PaypairError } from "./launcher/error.js";
import type { Rules } from "./rules.js";

let loading: Promise<Public.Reader> | undefined;

function loadReader(wasm?: WebAssembly.Module | BufferSource): Promise<Public.Reader> {
  return (loading ??= import("./rules.js")
    .then((rules) => rules.start(wasm))
    .then(reader)
    .catch((cause: unknown) => {
      loading = undefined;
      throw new PaypairError("core_unavailable", CORE_UNAVAILABLE, { cause });
    }));
}

const reader = (rules: Rules): Public.Reader => ({
  check: (gateway, request) => opened(rules.check(gateway, bytes(JSON.stringify(request)))),
  readReturn: (gateway, body) => opened(rules.read_return(gateway, bytes(body))),
  verifyCallback: (body, key) => opened(rules.read_callback(bytes(body), key)),
  verifyRegistration: (body, key) => opened(rules.read_registration(bytes(body), key)),
  verifyNotice: (body, key, form = "payment") => opened(rules.read_notice(bytes(body), key, form === "token_only")),
});

function bytes(body: Public.Body): Uint8Array {
  if (typeof body === "string") return new TextEncoder().encode(body);
  return body instanceof Uint8Array ? body : new Uint8Array(body);
}

interface Answer<T> {
  ok?: T;
  error?: { code: Public.RuleCode; message: { ko: string; en: string } };
}

function opened<T>(answer: string): T {
  const { ok, error }: Answer<T> = JSON.parse(answer);
  if (error) throw new PaypairError(error.code, error.message.en);
  return ok as T;
}

const CORE_UNAVAILABLE = "The gateways' rules could not be started. On an edge runtime hand over the module of paypair/server.wasm.";

({ isPaypairError, loadReader, PaypairError }) satisfies typeof Public;

export { isPaypairError, loadReader, PaypairError };
