import type { Core } from "./launcher/able.js";
import { failed } from "./launcher/failed.js";

let loading: Promise<Core> | undefined;

/** One load for everybody; a failed one is forgotten, so that the next click may try again. */
export function loadCore(): Promise<Core> {
  return (loading ??= import("./core.js")
    .then((core) => core.start())
    .catch((error: unknown) => {
      loading = undefined;
      return failed("core_unavailable")(error);
    }));
}
