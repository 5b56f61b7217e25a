// The app table of the npm package, out of the one that Rust reads.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const table = fileURLToPath(new URL("../crates/protocol/src/webview/apps.tsv", import.meta.url));

/** Scheme, package, number in the App Store and name of every app. */
export function appRows() {
  const lines = readFileSync(table, "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  return lines.map((line) => {
    const [scheme, packageName, storeId, , , , name] = line.split("\t");
    return [scheme, packageName, storeId, name].map((cell) => (cell === "-" ? "" : cell));
  });
}

/** Gives esbuild the table as `#apps`. */
export const appTable = {
  name: "app-table",
  setup(build) {
    build.onResolve({ filter: /^#apps$/ }, () => ({ path: "apps", namespace: "app-table" }));
    build.onLoad({ filter: /.*/, namespace: "app-table" }, () => ({ contents: JSON.stringify(appRows()), loader: "json" }));
  },
};
