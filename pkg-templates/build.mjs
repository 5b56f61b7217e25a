// Builds the npm package `paypair` into dist/package and packs it beside.
//
//   cargo (profile wasm) -> wb (wasm-bindgen) -> wasm-opt -> squeeze -> esbuild, three times: the browser crate
//   with its `full` feature for the typed API and without it for the drop-in, and the reader crate for servers.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
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
for (const project of [here, join(here, "sandbox")])
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project]);

const wasmBindgen = process.env.WASM_BINDGEN ?? buildWasmBindgen();
const cores = {
  full: compileCore("full", "paypair-checkout"),
  dropin: compileCore("dropin", "paypair-checkout", "--no-default-features"),
  rules: compileCore("rules", "paypair-reader"),
};
// What stays a file of its own, loaded when it is needed. The CommonJS entries share them.
const later = { external: ["./core.js", "./plain.js", "./glue.js", "./rules.js"] };
const brought = { "#load-core": join(here, "src/load-brought-core.ts") };
for (const format of ["esm", "cjs"]) {
  const end = format === "esm" ? "js" : "cjs";
  // `node` makes esbuild list the names of a CommonJS file where Node finds them; it changes nothing else here.
  const options = { format, platform: format === "cjs" ? "node" : "neutral", ...later };
  await bundle("src/index.ts", `index.${end}`, options);
  await bundle("src/slim.ts", `slim.${end}`, { ...options, alias: brought });
  await bundle("src/server.ts", `server.${end}`, options);
  await bundle("src/webview.ts", `webview.${end}`, { ...options, plugins: [appTable] });
  await bundle("sandbox/index.ts", `sandbox.${end}`, { ...options, platform: "node" });
}
await bundle("src/plain.ts", "plain.js", { format: "esm" });
await bundle("src/core.ts", "core.js", { format: "esm" }, cores.full);
await bundle("src/glue.ts", "glue.js", { format: "esm", alias: { "#core": join(cores.full, "core.js") } });
await bundle("src/rules.ts", "rules.js", { format: "esm" }, cores.rules);
await bundle("src/cpay.ts", "cpay.js", { format: "iife" }, cores.dropin);
copyWasm();
copyTemplates();
run("npm", ["pack", out, "--silent", "--pack-destination", join(root, "dist")]);

/** One variant of a crate, as the folder that holds its glue and its optimised wasm. */
function compileCore(name, crate, ...features) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  run("cargo", [
    ...["build", "--quiet", "--profile", "wasm", "--target", "wasm32-unknown-unknown"],
    ...["-p", crate, "--lib", ...features],
  ], { CARGO_ENCODED_RUSTFLAGS: rustFlags().join("\x1f") });
  run(wasmBindgen, [
    ...["--target", "web", "--no-typescript", "--omit-default-module-path"],
    ...["--keep-debug", "--remove-producers-section"],
    ...["--out-dir", folder, "--out-name", "core"],
    join(target, "wasm32-unknown-unknown", "wasm", `${crate.replace("-", "_")}.wasm`),
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

/** Bundles one entry; `core` is the folder of the glue it means and of the wasm that is written into the file. */
async function bundle(entry, file, { alias, ...options }, core) {
  const outfile = join(out, file);
  await build({
    entryPoints: [join(here, entry)],
    outfile,
    bundle: true,
    minify: true,
    charset: "utf8",
    target: "es2020",
    legalComments: "none",
    logLevel: "warning",
    alias: {
      "#load-core": join(here, "src/load-core.ts"),
      ...(core && { "#core": join(core, "core.js"), "#rules": join(core, "core.js") }),
      ...alias,
    },
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

/** The bare wasm, for whoever brings it, and what a page may pin. */
function copyWasm() {
  copyFileSync(join(cores.full, "core_bg.wasm"), join(out, "core.wasm"));
  copyFileSync(join(cores.rules, "core_bg.wasm"), join(out, "server.wasm"));
  const hash = (file) => `sha384-${createHash("sha384").update(readFileSync(join(out, file))).digest("base64")}`;
  const pinned = Object.fromEntries(["cpay.js", "core.wasm"].map((file) => [file, hash(file)]));
  writeFileSync(join(out, "integrity.json"), JSON.stringify(pinned, null, 2) + "\n");
}

function copyTemplates() {
  copyFileSync(join(here, "package", "README.md"), join(out, "README.md"));
  // A classic script is CommonJS too, but by its name a `.js` here is a module.
  copyFileSync(join(out, "cpay.js"), join(out, "cpay.cjs"));
  for (const entry of ["index", "slim", "server", "sandbox", "cpay", "webview"]) {
    const types = readFileSync(join(here, "package", `${entry}.d.ts`), "utf8");
    writeFileSync(join(out, `${entry}.d.ts`), types);
    // The same types for `require`, which must not lead to a module's.
    writeFileSync(join(out, `${entry}.d.cts`), types.replaceAll('"./index.js"', '"./index.cjs"'));
  }
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
