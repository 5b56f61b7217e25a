// Entry of rules.js: the glue of the gateways' rules with their wasm inside.

import init, * as exported from "#rules";

export type Rules = Omit<typeof exported, "default">;

export async function start(wasm?: BufferSource | WebAssembly.Module): Promise<Rules> {
  await init(wasm ?? Uint8Array.from("%PAYPAIR_WASM%", (c) => c.charCodeAt(0)));
  return exported;
}
