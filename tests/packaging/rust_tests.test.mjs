// Where cargo is told which test programs there are, a test file that nobody names would be compiled by nothing and never fail.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/shell.mjs';

const crates = readdirSync(join(root, 'crates')).map((name) => join(root, 'crates', name));
const manifest = (crate) => readFileSync(join(crate, 'Cargo.toml'), 'utf8');
const gathered = crates.filter((crate) => /^autotests = false/m.test(manifest(crate)));

test('every Rust test file is a test program of its own, or a part of one', () => {
  assert.ok(gathered.length > 0, 'no crate names its test programs');
  for (const crate of gathered) {
    const files = readdirSync(join(crate, 'tests')).filter((name) => name.endsWith('.rs')).map((name) => name.slice(0, -3));
    const programs = [...manifest(crate).matchAll(/^path = "tests\/(\w+)\.rs"$/gm)].map(([, name]) => name);
    const parts = [...readFileSync(join(crate, 'tests', 'integration.rs'), 'utf8').matchAll(/^mod (\w+);$/gm)].map(([, name]) => name);
    assert.deepEqual([...programs, ...parts].filter((name) => name !== 'common').sort(), files.sort(), crate);
  }
});

test('every file in a folder of a gathered test is a part of it', () => {
  for (const crate of gathered) {
    const tests = join(crate, 'tests');
    const folders = readdirSync(tests, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name: folder } of folders) {
      const owner = readdirSync(tests).includes(`${folder}.rs`) ? `${folder}.rs` : `${folder}/mod.rs`;
      const said = readFileSync(join(tests, owner), 'utf8');
      for (const file of readdirSync(join(tests, folder)).filter((name) => name.endsWith('.rs') && name !== 'mod.rs')) {
        assert.match(said, new RegExp(`\\bmod ${file.slice(0, -3)};`), `${folder}/${file} in ${owner}`);
      }
    }
  }
});
