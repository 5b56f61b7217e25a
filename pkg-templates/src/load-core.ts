import type { Core } from "./core.js";

let loading: Promise<Core> | undefined;

/** One load for everybody; a failed one is forgotten, so that the next click may try again. */
export function loadCore(): Promise<Core> {
  return (loading ??= import("./core.js")
    .then((core) => core.start())
    .catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
}
