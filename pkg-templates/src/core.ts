// Entry of core.js: the generated glue with the wasm inside. Loaded by `import()`, never at start.

import init, { pay, payple_object, resume } from "#core";
import { able, type Core } from "./launcher/able.js";

export async function start(): Promise<Core> {
  await init(Uint8Array.from("%PAYPAIR_WASM%", (c) => c.charCodeAt(0)));
  return { pay: able(pay), resume: able(resume), payple_object };
}
