// What the wasm of `crates/reader` exports. Each answers with `{"ok": ..}` or `{"error": ..}`.

export default function init(wasm: BufferSource | WebAssembly.Module): Promise<void>;
export function check(gateway: string, request: Uint8Array): string;
export function read_return(gateway: string, body: Uint8Array): string;
export function read_callback(body: Uint8Array, key: string): string;
export function read_registration(body: Uint8Array, key: string): string;
export function read_notice(body: Uint8Array, key: string, tokenOnly: boolean): string;
