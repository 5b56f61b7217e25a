// What only a build can do about size: nothing here changes what the code does, and no source is written for it.

import binaryen from "binaryen";

/**
 * Panics become bare traps. Each of them ends in a trap anyway, since the profile aborts; what goes is the printing of
 * a sentence that no page would show. (`wasm-snip` did this for whole names; the names have to be in the module still.)
 */
export function silencePanics(wasm) {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(FEATURES.reduce((all, name) => all | binaryen.Features[name], 0));
  const functions = Array.from({ length: module.getNumFunctions() }, (_, at) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(at)),
  );
  // Where nothing is ever written by `fmt`, its printers are only left as pointers in the arguments of panics.
  const prints = functions.some(({ name }) => /^core\[\w+\]::fmt::write$/.test(name));
  for (const { name, base, params, results } of functions) {
    if (base || !(PANICS.test(name) || (!prints && PRINTERS.test(name)))) continue;
    module.removeFunction(name);
    module.addFunction(name, params, results, [], module.unreachable());
  }
  return Buffer.from(module.emitBinary());
}

/** What every browser of the last years knows. More, and the module would be written in ways that some do not read. */
const FEATURES = ["MutableGlobals", "SignExt", "NontrappingFPToInt", "BulkMemory", "BulkMemoryOpt", "ReferenceTypes", "Multivalue"];

const PANICS =
  /^(core|alloc|std)\[\w+\]::(panicking|cell::panic|cell::lazy::panic|option::(expect|unwrap)_failed|result::unwrap_failed|slice::index::slice|str::slice_error|raw_vec::(handle_error|capacity_overflow)|alloc::handle_alloc_error)/;
const PRINTERS = / as core\[\w+\]::fmt::(Display|Debug)>::fmt$|^<core\[\w+\]::fmt::Formatter>::/;

/** Gives what module and glue call each other a short name in both. Returns `{ wasm, glue }`. */
export function shortenNames(wasm, glue) {
  const short = names();
  const module = short.next().value;
  let text = replaceOnce(glue, '"./core_bg.js"', `"${module}"`);
  const imported = (long) => {
    const name = short.next().value;
    text = replaceOnce(text, `\n        ${long}:`, `\n        ${name}:`);
    return name;
  };
  const exported = (long) => {
    const name = short.next().value;
    text = text.replaceAll(new RegExp(`\\bwasm\\.${long}\\b`, "g"), `wasm.${name}`);
    return name;
  };
  const out = [Buffer.from(wasm.subarray(0, 8))];
  for (const { id, body, whole } of sections(wasm)) {
    if (id === IMPORTS) out.push(section(id, rewriteImports(body, module, imported)));
    else if (id === EXPORTS) out.push(section(id, rewriteExports(body, exported)));
    else out.push(whole);
  }
  return { wasm: Buffer.concat(out), glue: text };
}

function replaceOnce(text, from, to) {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`the glue has ${parts.length - 1} places for ${from.trim()}, not one`);
  return parts.join(to);
}

const IMPORTS = 2;
const EXPORTS = 7;

function* names() {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (const a of ["", ...letters]) for (const b of letters) yield a + b;
}

function* sections(wasm) {
  const reader = new Reader(wasm, 8);
  while (reader.at < wasm.length) {
    const from = reader.at;
    const id = reader.byte();
    const body = reader.bytes();
    yield { id, body, whole: wasm.subarray(from, reader.at) };
  }
}

function rewriteImports(body, module, rename) {
  const reader = new Reader(body);
  const out = [];
  const count = reader.number();
  for (let n = 0; n < count; n++) {
    reader.bytes();
    const name = reader.bytes().toString();
    const from = reader.at;
    if (reader.byte() !== 0) throw new Error(`import ${name} is not a function`);
    reader.number();
    out.push(text(module), text(rename(name)), body.subarray(from, reader.at));
  }
  return Buffer.concat([number(count), ...out]);
}

function rewriteExports(body, rename) {
  const reader = new Reader(body);
  const out = [];
  const count = reader.number();
  for (let n = 0; n < count; n++) {
    const name = reader.bytes().toString();
    const from = reader.at;
    reader.byte();
    reader.number();
    out.push(text(rename(name)), body.subarray(from, reader.at));
  }
  return Buffer.concat([number(count), ...out]);
}

/** Reads what a wasm file is made of: bytes, LEB128 numbers, and runs of bytes with their length before them. */
class Reader {
  constructor(bytes, at = 0) {
    this.all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
  }

  byte() {
    return this.all[this.at++];
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }

  bytes() {
    const length = this.number();
    return this.all.subarray(this.at, (this.at += length));
  }
}

function number(value) {
  const out = [];
  do {
    out.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(out);
}

const text = (name) => Buffer.concat([number(Buffer.byteLength(name)), Buffer.from(name)]);
const section = (id, body) => Buffer.concat([Buffer.from([id]), number(body.length), body]);

/**
 * The glue brings three ways of loading a module: by URL, by response, compiled on the spot. Ours comes as bytes, or as
 * a module where a runtime compiles none, and is started once (`load-core.ts` sees to that); this is what is left.
 */
export function loadFromBytes(glue) {
  const from = glue.indexOf("async function __wbg_load(");
  if (from < 0) throw new Error("the glue's loader is not where it was");
  return `${glue.slice(0, from)}
export default async function init(wasm) {
  const made = await WebAssembly.instantiate(wasm, __wbg_get_imports());
  __wbg_finalize_init(made.instance ?? made);
}
`;
}
