// Entry of glue.js: the generated glue without the wasm, for `paypair/slim`.

import init, { pay, payple_object, resume } from "#core";
import { able, type Core } from "./launcher/able.js";

export async function start(wasm: BufferSource | WebAssembly.Module): Promise<Core> {
  await init(wasm);
  return { pay: able(pay), resume: able(resume), payple_object };
}
