import type { CoreSource } from "../package/slim.js";
import type { Core } from "./launcher/able.js";
import type { Trouble } from "./launcher/failed.js";

let source: CoreSource | undefined;
let loading: Promise<Core> | undefined;

/** Says where the core is. The page loads it once, from the first place that works. */
export function bringCore(wasm: CoreSource): void {
  source = wasm;
}

/** As the main entry's: one load for everybody; a failed one is forgotten, so that the next click may try again. */
export function loadCore(): Promise<Core> {
  return (loading ??= start().catch((cause: unknown) => {
    loading = undefined;
    throw cause === MISSING ? MISSING : ({ code: "core_unavailable", cause } satisfies Trouble);
  }));
}

async function start(): Promise<Core> {
  if (source === undefined) throw MISSING;
  const [glue, wasm] = await Promise.all([import("./glue.js"), fetched(source)]);
  return glue.start(wasm);
}

async function fetched(from: CoreSource): Promise<BufferSource | WebAssembly.Module> {
  if (typeof from !== "string" && !(from instanceof URL)) return from;
  const response = await fetch(from);
  if (!response.ok) throw new Error(`${String(from)} answered ${response.status}`);
  return response.arrayBuffer();
}

const MISSING: Trouble = { code: "core_missing", message: "createCheckout of paypair/slim wants paypair/core.wasm as `wasm`" };
