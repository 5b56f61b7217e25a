import init, * as exported from "#core";

type Core = Pick<typeof exported, "drop_in" | "page_object">;

let loading: Promise<Core> | undefined;

/** Starts the wasm that stands in this file. Never compiled synchronously: old webviews refuse that over 4 KB. */
export function loadCore(): Promise<Core> {
  return (loading ??= init(Uint8Array.from("%PAYPAIR_WASM%", (c) => c.charCodeAt(0))).then(
    () => exported,
    (error: unknown) => {
      loading = undefined;
      throw error;
    },
  ));
}
