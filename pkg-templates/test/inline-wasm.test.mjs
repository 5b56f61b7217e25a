import assert from "node:assert/strict";
import { test } from "node:test";
import { inlineBytes } from "../inline-wasm.mjs";

const read = (literal) =>
  Uint8Array.from(new Function(`return ${literal}`)(), (c) => c.charCodeAt(0));

test("every byte before every byte reads back as it was", () => {
  const bytes = [];
  for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) bytes.push(a, b);
  assert.deepEqual(read(inlineBytes(Uint8Array.from(bytes))), Uint8Array.from(bytes));
});

test("survives the UTF-8 of the file it is written to", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const file = Buffer.from(inlineBytes(bytes), "utf8").toString("utf8");
  assert.deepEqual(read(file), bytes);
});

test("a line separator spelled as UTF-8 bytes stays three harmless characters", () => {
  const bytes = Uint8Array.of(0xe2, 0x80, 0xa8, 0xe2, 0x80, 0xa9, 0x0d, 0x0a, 0x0d);
  const literal = inlineBytes(bytes);
  assert.doesNotMatch(literal, /[\r\n\u2028\u2029]/);
  assert.deepEqual(read(literal), bytes);
});

test("cannot end the script element of a page that inlines it", () => {
  const bytes = Buffer.from("a</script><!--b");
  assert.doesNotMatch(inlineBytes(bytes), /<[!/]/);
  assert.deepEqual(read(inlineBytes(bytes)), Uint8Array.from(bytes));
});
