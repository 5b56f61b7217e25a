// Entry of glue.js: the generated glue without the wasm, for `paypair/slim`.

import init, * as exported from "#core";
import type { Core } from "./core.js";

export async function start(wasm: BufferSource | WebAssembly.Module): Promise<Core> {
  await init(wasm);
  return exported;
}
