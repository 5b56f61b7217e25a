import type * as Plain from "./plain.js";
import { failed } from "./launcher/failed.js";

/** The few calls that need no core, in a file of their own: a page where the core runs never loads it. */
export const loadPlain = (): Promise<typeof Plain> => import("./plain.js").catch(failed("server_unreachable"));
