import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import { loadFromBytes, shortenNames, silencePanics } from "../squeeze.mjs";

/** A module by its text, with its names. */
function module(text) {
  const made = binaryen.parseText(text);
  binaryen.setDebugInfo(true);
  const wasm = Buffer.from(made.emitBinary());
  binaryen.setDebugInfo(false);
  return wasm;
}

const PANICS = module(`(module
  (memory (export "memory") 1)
  (func $"core[1a]::panicking::panic_fmt" (param i32) (i32.store (i32.const 0) (local.get 0)) (unreachable))
  (func $"shop::panicking_price" (result i32) (i32.const 7))
  (func (export "run") (param i32) (result i32)
    (if (local.get 0) (then (call $"core[1a]::panicking::panic_fmt" (i32.const 9))))
    (call $"shop::panicking_price")))`);

test("a panic stays a trap, without what it would have said", async () => {
  const { instance } = await WebAssembly.instantiate(silencePanics(PANICS));
  const { run, memory } = instance.exports;
  assert.equal(run(0), 7, "what is no panic is left alone");
  assert.throws(() => run(1), WebAssembly.RuntimeError);
  assert.equal(new Uint32Array(memory.buffer)[0], 0, "nothing was prepared to be said");
});

test("printers are silenced only where nothing is printed", async () => {
  const text = (writes) => `(module
    (func ${writes ? `$"core[1a]::fmt::write"` : `$"shop::write"`} (result i32) (call_indirect (result i32) (i32.const 0)))
    (func $"<u32 as core[1a]::fmt::Display>::fmt" (result i32) (i32.const 5))
    (table 1 1 funcref) (elem (i32.const 0) $"<u32 as core[1a]::fmt::Display>::fmt")
    (export "write" (func 0)))`;
  const write = async (writes) => (await WebAssembly.instantiate(silencePanics(module(text(writes))))).instance.exports.write;
  assert.equal((await write(true))(), 5);
  const silent = await write(false);
  assert.throws(() => silent(), WebAssembly.RuntimeError);
});

const CALLS = module(`(module
  (import "./core_bg.js" "__wbg_twice_0123" (func $twice (param i32) (result i32)))
  (func (export "do_it") (param i32) (result i32) (call $twice (local.get 0))))`);
const GLUE = `let wasm;
function __wbg_get_imports() {
    const import0 = {
        __wbg_twice_0123: function(arg0) { return arg0 * 2; },
    };
    return {
        "./core_bg.js": import0,
    };
}
export const do_it = (n) => wasm.do_it(n) + 1;
function __wbg_finalize_init(instance) { wasm = instance.exports; }
async function __wbg_load() { return "whatever way"; }
`;

test("module and glue still find each other by their short names", async () => {
  const { wasm, glue } = shortenNames(CALLS, loadFromBytes(GLUE));
  assert.doesNotMatch(glue, /twice_0123|wasm\.do_it|__wbg_load/);
  const { default: init, do_it: doIt } = await import(`data:text/javascript,${encodeURIComponent(glue)}`);
  await init(wasm);
  assert.equal(doIt(20), 41);
});

test("glue of another shape is refused, not half rewritten", () => {
  assert.throws(() => loadFromBytes("export {}"), /loader/);
  assert.throws(() => shortenNames(CALLS, GLUE.replace("__wbg_twice_0123", "__wbg_thrice")), /twice_0123/);
});
