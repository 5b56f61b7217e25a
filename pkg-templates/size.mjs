// `npm run size`: what is shipped, beside its budget and beside the jQuery that cpay.js needs first.
// Over budget prints OVER and fails.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shipped = join(root, "dist", "package");

/** Name, files counted together, and the most they may weigh. */
const ROWS = [
  // Not more than the jQuery that the original needs before it does anything.
  { name: "cpay.js (drop-in)", files: ["cpay.js"], budget: { br: 27_445 } },
  { name: "index.js + core.js + plain.js (typed API)", files: ["index.js", "core.js", "plain.js"], budget: { br: 48_000 } },
  { name: "index.js (launcher)", files: ["index.js"], budget: { gz: 4_096 } },
  { name: "core.js", files: ["core.js"], budget: {} },
  { name: "plain.js (receipts, resume, pages that refuse wasm)", files: ["plain.js"], budget: {} },
  // Three quarters of it is the table of apps.
  { name: "webview.js (apps, in-app browsers)", files: ["webview.js"], budget: { br: 6_000 } },
  { name: "slim.js + glue.js + core.wasm (./slim)", files: ["slim.js", "glue.js", "core.wasm"], budget: { br: 48_000 } },
  { name: "core.wasm (./core.wasm)", files: ["core.wasm"], budget: {} },
  // No page downloads these two.
  { name: "server.js + rules.js (./server)", files: ["server.js", "rules.js"], budget: {} },
  { name: "sandbox.js (./sandbox)", files: ["sandbox.js"], budget: {} },
];

if (!existsSync(join(shipped, "cpay.js"))) {
  console.error("dist/package is not there: run `npm run build` first");
  process.exit(2);
}

const rows = ROWS.map(({ name, files, budget }) => judge(name, total(files.map((f) => join(shipped, f))), budget));
const jquery = total([join(root, "node_modules", "jquery", "dist", "jquery.min.js")]);
rows.push({ name: "for comparison: jQuery 3.7.1 min", ...jquery, budget: "", verdict: "" });
print(rows);

const over = rows.filter((row) => row.verdict === "OVER");
if (over.length > 0) console.log(`\n${over.length} over budget`);
process.exit(over.length > 0 ? 1 : 0);

function total(paths) {
  const sum = { raw: 0, gz: 0, br: 0 };
  for (const path of paths) {
    const bytes = readFileSync(path);
    sum.raw += bytes.length;
    sum.gz += gzipSync(bytes, { level: 9 }).length;
    sum.br += brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }).length;
  }
  return sum;
}

function judge(name, size, budget) {
  const [kind, most] = Object.entries(budget)[0] ?? [];
  if (!kind) return { name, ...size, budget: "", verdict: "" };
  const unit = { gz: "gzip", br: "brotli" }[kind];
  return { name, ...size, budget: `${most.toLocaleString("en")} ${unit}`, verdict: size[kind] > most ? "OVER" : "ok" };
}

function print(all) {
  const columns = ["name", "raw", "gz", "br", "budget", "verdict"];
  const heads = { name: "file", raw: "raw", gz: "gzip 9", br: "brotli 11", budget: "budget", verdict: "" };
  const text = (row) => columns.map((c) => (typeof row[c] === "number" ? row[c].toLocaleString("en") : row[c]));
  const lines = [text(heads), ...all.map(text)];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const pad = (cell, i) => (i === 0 || i > 3 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
  for (const line of lines) console.log(line.map(pad).join("  ").trimEnd());
}
