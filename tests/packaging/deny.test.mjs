// What the crates are made of, held to deny.toml: their licences, where they come from, and what is banned. `npm run deny` asks
// cargo-deny the same and more; this needs no tool and takes a second.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { read } from './docs.mjs';

const rules = read('deny.toml');

/** The texts of a list in deny.toml. */
function list(name) {
  const [, body] = new RegExp(`^${name} = \\[([^\\]]*)\\]`, 'm').exec(rules) ?? [];
  assert.ok(body, `deny.toml has ${name}`);
  return [...body.matchAll(/"([^"]+)"/g)].map(([, text]) => text);
}

const allowed = new Set(list('allow'));
const banned = new Set(list('deny'));

/** Whether an SPDX expression can be met with what is allowed. The slash is an old way to write OR. */
function isAllowed(expression) {
  const words = expression.replaceAll('/', ' OR ').match(/\(|\)|[^\s()]+/g) ?? [];
  let at = 0;
  const one = () => {
    if (words[at] === '(') {
      at += 1;
      const met = any();
      assert.equal(words[at], ')', expression);
      at += 1;
      return met;
    }
    let name = words[at];
    at += 1;
    if (words[at] === 'WITH') {
      name += ` WITH ${words[at + 1]}`;
      at += 2;
    }
    return allowed.has(name);
  };
  const all = () => {
    let met = one();
    while (words[at] === 'AND') {
      at += 1;
      met = one() && met;
    }
    return met;
  };
  const any = () => {
    let met = all();
    while (words[at] === 'OR') {
      at += 1;
      met = all() || met;
    }
    return met;
  };
  const met = any();
  assert.equal(at, words.length, expression);
  return met;
}

test('an expression is met by what is allowed, and by nothing else', () => {
  for (const good of ['MIT', 'MIT/Apache-2.0', 'GPL-3.0 OR MIT', '(MIT OR Apache-2.0) AND Unicode-3.0', 'Apache-2.0 WITH LLVM-exception OR GPL-2.0']) {
    assert.ok(isAllowed(good), good);
  }
  for (const bad of ['GPL-3.0', 'MIT AND GPL-3.0', '(MIT OR Apache-2.0) AND NCSA', 'Apache-2.0 WITH Classpath-exception-2.0', 'GPL-3.0/AGPL-3.0']) {
    assert.ok(!isAllowed(bad), bad);
  }
});

test('every crate has a licence that is allowed', () => {
  const platforms = ['x86_64-unknown-linux-gnu', 'wasm32-unknown-unknown'].flatMap((name) => ['--filter-platform', name]);
  const { status, stdout, stderr } = spawnSync('cargo', ['metadata', '--format-version', '1', '--locked', ...platforms], {
    cwd: root, encoding: 'utf8', maxBuffer: 1 << 28,
  });
  assert.equal(status, 0, stderr);
  const { packages, resolve } = JSON.parse(stdout);
  const used = new Set(resolve.nodes.map(({ id }) => id));
  const found = packages.filter(({ id }) => used.has(id));
  assert.ok(found.length > 200, `${found.length} crates`);
  const refused = found.filter(({ license }) => !license || !isAllowed(license));
  assert.deepEqual(refused.map(({ name, license }) => `${name}: ${license}`), []);
});

test('every crate is ours or of the default registry, and none is banned', () => {
  const crates = read('Cargo.lock').split('[[package]]').slice(1).map((block) => {
    const field = (name) => new RegExp(`^${name} = "(.*)"$`, 'm').exec(block)?.[1];
    return { name: field('name'), source: field('source'), checksum: field('checksum') };
  });
  assert.ok(crates.length > 200, `${crates.length} crates`);
  const sources = new Set(crates.map(({ source }) => source));
  sources.delete(undefined);
  // One source, a registry, and everything from it with its checksum.
  assert.equal(sources.size, 1, [...sources].join());
  for (const { name, source, checksum } of crates) {
    if (source) assert.ok(source.startsWith('registry+') && checksum, `${name}: ${source}`);
    else assert.match(name, /^paypair/, `${name} has no source`);
    assert.ok(!banned.has(name), `${name} is banned`);
  }
  assert.deepEqual([...banned], ['openssl', 'openssl-sys', 'native-tls']);
});
