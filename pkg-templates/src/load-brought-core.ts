import type { CoreSource } from "../package/slim.js";
import type { Core } from "./core.js";
import { toPaypairError } from "./launcher/error.js";
import { failed, type Trouble } from "./launcher/failed.js";
import { localeOf } from "./launcher/texts.js";

let source: CoreSource | undefined;
let loading: Promise<Core> | undefined;

/** Says where the core is. The page loads it once, from the first place that works. */
export function bringCore(wasm: CoreSource): void {
  source = wasm;
}

/** As the main entry's: one load for everybody; a failed one is forgotten, so that the next click may try again. */
export function loadCore(): Promise<Core> {
  return (loading ??= start().catch((error: unknown) => {
    loading = undefined;
    throw toPaypairError(error, localeOf());
  }));
}

async function start(): Promise<Core> {
  if (source === undefined) throw MISSING;
  const [glue, wasm] = await Promise.all([import("./glue.js"), fetched(source)]);
  return glue.start(wasm);
}

async function fetched(from: CoreSource): Promise<BufferSource | WebAssembly.Module> {
  if (typeof from !== "string" && !(from instanceof URL)) return from;
  const response = await fetch(from).catch(failed("server_unreachable"));
  if (!response.ok) throw { code: "server_unreachable" };
  return response.arrayBuffer();
}

const MISSING: Trouble = { code: "core_missing", message: "createCheckout of paypair/slim wants paypair/core.wasm as `wasm`" };
