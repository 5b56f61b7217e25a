// Builds the npm package `paypair` into dist/package and packs it beside.
//
//   cargo (profile wasm) -> wb (wasm-bindgen) -> wasm-opt -> squeeze -> esbuild, twice:
//   with the crate's `full` feature for the typed API, without it for the drop-in.

import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { inlineBytes } from "./inline-wasm.mjs";
import { loadFromBytes, shortenNames, silencePanics } from "./squeeze.mjs";
import { appTable } from "./webview-data.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const work = join(root, "dist", "wasm");
const out = join(root, "dist", "package");
const target = resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

const run = (program, args, env = {}) =>
  execFileSync(program, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", here]);

const wasmBindgen = process.env.WASM_BINDGEN ?? buildWasmBindgen();
const cores = { full: compileCore("full", []), dropin: compileCore("dropin", ["--no-default-features"]) };
await bundle("index.ts", "index.js", { format: "esm", external: ["./core.js", "./plain.js"] });
await bundle("plain.ts", "plain.js", { format: "esm" });
await bundle("webview.ts", "webview.js", { format: "esm", plugins: [appTable] });
await bundle("core.ts", "core.js", { format: "esm" }, cores.full);
await bundle("cpay.ts", "cpay.js", { format: "iife" }, cores.dropin);
copyTemplates();
run("npm", ["pack", out, "--silent", "--pack-destination", join(root, "dist")]);

/** One variant of the crate, as the folder that holds its glue and its optimised wasm. */
function compileCore(name, features) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  run("cargo", [
    ...["build", "--quiet", "--profile", "wasm", "--target", "wasm32-unknown-unknown"],
    ...["-p", "paypair-checkout", "--lib", ...features],
  ], { CARGO_ENCODED_RUSTFLAGS: rustFlags().join("\x1f") });
  run(wasmBindgen, [
    ...["--target", "web", "--no-typescript", "--omit-default-module-path"],
    ...["--keep-debug", "--remove-producers-section"],
    ...["--out-dir", folder, "--out-name", "core"],
    join(target, "wasm32-unknown-unknown", "wasm", "paypair_checkout.wasm"),
  ]);
  const wasm = join(folder, "core_bg.wasm");
  const glue = join(folder, "core.js");
  writeFileSync(wasm, silencePanics(readFileSync(wasm)));
  run(process.execPath, [
    join(root, "node_modules/binaryen/bin/wasm-opt"),
    ...["-Oz", "--strip-debug", "--strip-producers", "--enable-bulk-memory", "--enable-nontrapping-float-to-int", "--enable-sign-ext"],
    ...["--enable-mutable-globals", "--enable-reference-types", "--enable-multivalue"],
    ...[wasm, "-o", wasm],
  ]);
  const squeezed = shortenNames(readFileSync(wasm), loadFromBytes(readFileSync(glue, "utf8")));
  writeFileSync(wasm, squeezed.wasm);
  writeFileSync(glue, squeezed.glue);
  return folder;
}

/** Whoever has built the whole workspace already names the tool in WASM_BINDGEN. */
function buildWasmBindgen() {
  run("cargo", ["build", "--quiet", "-p", "paypair-bindgen", "--bin", "wb"]);
  return join(target, "debug", process.platform === "win32" ? "wb.exe" : "wb");
}

/** Panic locations name source files: the builder's own paths, and where the registry was, are taken out of them. */
function rustFlags() {
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  const registry = join(cargoHome, "registry", "src");
  const sources = existsSync(registry) ? readdirSync(registry).map((name) => join(registry, name)) : [];
  // The last prefix that fits wins, so the widest stands first.
  return [
    [homedir(), "home"],
    [cargoHome, "cargo"],
    ...sources.map((folder) => [folder, "crates"]),
    [root, "paypair"],
  ].map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
}

/** Bundles one entry; `core` is the folder that `#core` means and whose wasm is written into the file. */
async function bundle(entry, file, options, core) {
  const outfile = join(out, file);
  await build({
    entryPoints: [join(here, "src", entry)],
    outfile,
    bundle: true,
    minify: true,
    charset: "utf8",
    target: "es2020",
    legalComments: "none",
    logLevel: "warning",
    alias: core ? { "#core": join(core, "core.js") } : {},
    // The web glue would look for the wasm beside itself; ours is always handed the bytes.
    define: { "import.meta.url": '""' },
    ...options,
  });
  if (core) inline(outfile, readFileSync(join(core, "core_bg.wasm")));
}

/** Puts the bytes where the bundle says so. esbuild would spell them its own, longer way. */
function inline(file, wasm) {
  const text = readFileSync(file, "utf8");
  const parts = text.split('"%PAYPAIR_WASM%"');
  if (parts.length !== 2) throw new Error(`${file}: expected one place for the wasm`);
  writeFileSync(file, parts.join(inlineBytes(wasm)));
}

function copyTemplates() {
  for (const file of ["README.md", "index.d.ts", "cpay.d.ts", "webview.d.ts"])
    copyFileSync(join(here, "package", file), join(out, file));
  const manifest = JSON.parse(readFileSync(join(here, "package", "package.json"), "utf8"));
  const { version } = workspace();
  writeFileSync(join(out, "package.json"), JSON.stringify({ ...manifest, version }, null, 2) + "\n");
}

function workspace() {
  const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
  const version = /^\[workspace\.package\][^[]*?^version = "([^"]+)"/ms.exec(manifest)?.[1];
  if (!version) throw new Error("Cargo.toml names no workspace version");
  return { version };
}
