// Entry of core.js: the generated glue with the wasm inside. Loaded by `import()`, never at start.

import init, * as exported from "#core";

export type Core = Pick<typeof exported, "pay" | "resume" | "payple_object">;

export async function start(): Promise<Core> {
  await init(Uint8Array.from("%PAYPAIR_WASM%", (c) => c.charCodeAt(0)));
  return exported;
}
