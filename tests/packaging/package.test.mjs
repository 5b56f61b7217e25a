// The tarball itself: what is in it, what is not, and what it weighs.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { makeHome, ok } from './home.mjs';

let it;
before(() => {
  it = makeHome('tarball');
});
after(() => it.close());

test('the tarball holds what is needed and nothing else', () => {
  const entries = ['index', 'slim', 'server', 'sandbox', 'cpay', 'webview'];
  const wanted = [
    ...entries.flatMap((entry) => ['js', 'cjs', 'd.ts', 'd.cts'].map((end) => `${entry}.${end}`)),
    ...['core.js', 'glue.js', 'plain.js', 'rules.js', 'core.wasm', 'server.wasm'],
    ...['README.md', 'integrity.json', 'package.json'],
  ];
  assert.deepEqual(readdirSync(it.installed, { recursive: true }).map(String).sort(), wanted.sort());
  const manifest = JSON.parse(readFileSync(join(it.installed, 'package.json'), 'utf8'));
  assert.equal(manifest.name, 'paypair');
  assert.deepEqual(manifest.dependencies ?? {}, {}, 'no dependency, jQuery least of all');
  assert.deepEqual(manifest.scripts ?? {}, {}, 'nothing runs at install');
});

test('the shipped files name no folder of the machine that built them', () => {
  for (const name of readdirSync(it.installed)) {
    const text = readFileSync(join(it.installed, name), 'latin1');
    for (const trace of [root, '/.cargo/registry', process.env.HOME].filter((it) => it && it.length > 5)) {
      assert.equal(text.includes(trace), false, `${name} holds ${trace}`);
    }
  }
});

test('every file stays within its budget', () => {
  const { stdout } = ok(root, process.execPath, [join(root, 'pkg-templates', 'size.mjs')]);
  console.log(stdout);
});
