// docs/errors.md against the code: every code that a page, a server or a test can meet has a row, every row is of a code that
// somebody says, and its sentences are the ones that are said.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { read } from './docs.mjs';

const PAGE = 'docs/errors.md';
const HEADS = ['code', 'status'];
const types = ['index', 'server', 'sandbox', 'slim'].map((name) => read(`pkg-templates/package/${name}.d.ts`)).join('\n');
const rust = ['protocol', 'checkout', 'ledger', 'verifier', 'sandbox'].flatMap((crate) => texts(`crates/${crate}/src`, '.rs')).join('\n')
  // Long sentences go on in the next line.
  .replace(/\\\n\s*/g, '');
const sentences = rust + ['pkg-templates/src', 'pkg-templates/sandbox'].flatMap((folder) => texts(folder, '.ts')).join('\n');

/** The rows of the page: the code, and the other cells. */
const rows = read(PAGE).split('\n').flatMap((line) => {
  const [, code, rest] = /^\| `([a-z_]+)` \| (.*) \|$/.exec(line) ?? [];
  return code && !HEADS.includes(code) ? [{ code, cells: rest.split(' | ') }] : [];
});
const told = new Set(rows.map(({ code }) => code));

test('every code of the types has a row', () => {
  const unions = [...types.matchAll(/^export type \w*Code =([^;]*);/gm)];
  const codes = unions.flatMap(([, union]) => [...union.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code));
  assert.ok(codes.length >= 9, `${codes.length} codes`);
  assert.deepEqual(codes.filter((code) => !told.has(code)), []);
});

test('every code that the verifier answers has a row', () => {
  const files = ['protocol/src/error.rs', 'verifier/src/error.rs', 'verifier/src/charge_bar.rs', 'verifier/src/merchant/cash_receipts.rs',
    'verifier/src/merchant/resolve.rs'];
  const codes = files.flatMap((file) => {
    const found = [...functions(read(`crates/${file}`)).matchAll(/=> "([a-z_]+)"/g)].map(([, code]) => code);
    assert.ok(found.length > 4, `${file}: ${found}`);
    return found;
  });
  const faults = [...rust.matchAll(/FieldFault::new\(\s*[^,]+,\s*"([a-z_]+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 60 && faults.length > 1, `${codes.length} and ${faults.length}`);
  assert.deepEqual([...codes, ...faults].filter((code) => !told.has(code)), []);
});

test('every status of an outcome has a row, with the sentence that comes with it', () => {
  const statuses = [...types.matchAll(/^  status: (.*);/gm)].flatMap(([, union]) => union.match(/\w+/g));
  assert.equal(statuses.length, 9, statuses.join());
  assert.deepEqual(statuses.filter((status) => !told.has(status)), []);
});

test('the sentences are those that are said, and no row is of a code that nobody says', () => {
  const said = rows.filter(({ cells }) => cells.length > 2).map(({ code }) => code);
  assert.deepEqual(said.filter((code, index) => said.indexOf(code) !== index), [], 'one row for each');
  // While the types leave the codes open, the page may know more than they do.
  const closed = !types.includes('(string & {})');
  for (const { code, cells } of rows) {
    const known = types.includes(`"${code}"`) || new RegExp(`\\b${code}\\b`).test(rust);
    assert.ok(known || !closed, `nobody says ${code}`);
    if (!known || cells.length < 3) continue;
    for (const sentence of cells.slice(0, 2).filter((it) => it !== 'the same' && it !== 'of each field')) {
      for (const part of sentence.split('…').map((it) => it.trim()).filter((it) => it.length > 1)) {
        assert.ok(sentences.includes(part), `${code}: nobody says "${part}"`);
      }
    }
  }
});

/** The bodies of the functions `code`. */
function functions(text) {
  return [...text.matchAll(/fn code\([\s\S]*?\n    \}\n/g)].map(([body]) => body).join('\n');
}

function texts(folder, end) {
  return readdirSync(join(root, folder), { recursive: true })
    .filter((name) => name.endsWith(end))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));
}
