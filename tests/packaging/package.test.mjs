// The npm package as strangers get it: packed, installed elsewhere, imported, bundled, type-checked.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/shell.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const packed = join(root, 'dist', 'package');
let home;

before(() => {
  home = mkdtempSync(join(tmpdir(), 'paypair-package-'));
  writeFileSync(join(home, 'package.json'), '{"private":true,"type":"module"}');
  const { stdout } = ok('npm', ['pack', packed, '--json', '--pack-destination', home]);
  const listed = Object.values(JSON.parse(stdout))[0];
  ok('npm', ['install', '--offline', '--no-audit', '--no-fund', join(home, listed.filename)]);
});

after(() => rmSync(home, { recursive: true, force: true }));

test('the tarball holds what is needed and nothing else', () => {
  const files = readdirSync(join(home, 'node_modules', 'paypair'), { recursive: true }).map(String).sort();
  for (const name of ['README.md', 'core.js', 'cpay.js', 'index.d.ts', 'index.js', 'package.json', 'plain.js', 'webview.d.ts', 'webview.js']) {
    assert.ok(files.includes(name), `${name} is missing in ${files}`);
  }
  assert.deepEqual(files.filter((name) => /\.(rs|ts|map|wasm)$/.test(name) && !name.endsWith('.d.ts')), []);
  const manifest = JSON.parse(readFileSync(join(home, 'node_modules', 'paypair', 'package.json'), 'utf8'));
  assert.equal(manifest.name, 'paypair');
  assert.deepEqual(manifest.dependencies ?? {}, {}, 'no dependency, jQuery least of all');
  assert.deepEqual(manifest.scripts ?? {}, {}, 'nothing runs at install');
});

test('the shipped files name no folder of the machine that built them', () => {
  for (const name of ['index.js', 'core.js', 'plain.js', 'cpay.js', 'webview.js']) {
    const text = readFileSync(join(home, 'node_modules', 'paypair', name), 'latin1');
    for (const trace of [root, '/.cargo/registry', process.env.HOME].filter((it) => it && it.length > 5)) {
      assert.equal(text.includes(trace), false, `${name} holds ${trace}`);
    }
  }
});

test('every file stays within its budget', () => {
  const { stdout } = ok(process.execPath, [join(root, 'pkg-templates', 'size.mjs')]);
  console.log(stdout);
});

test('Node can import it without a window; a payment there is refused clearly', () => {
  write('node.js', `
    import { createCheckout, isPaypairError } from 'paypair';
    if (typeof window !== 'undefined') throw new Error('this should run without a window');
    const refused = async () => createCheckout({ server: '/pay' }).pay({ orderId: 'a', clientSecret: 'cs_a' });
    try {
      await refused();
      console.log('nothing was thrown');
    } catch (error) {
      console.log(JSON.stringify({ ours: isPaypairError(error), code: error.code, message: error.message }));
    }
  `);
  const { stdout } = ok(process.execPath, ['node.js']);
  const thrown = JSON.parse(stdout);
  assert.equal(thrown.ours, true);
  assert.match(thrown.code, /^[a-z][a-z_]+$/);
  assert.match(thrown.message, /browser|브라우저/i);
});

test('esbuild bundles it, with the wasm in a chunk of its own', () => {
  write('app.js', `import { createCheckout } from 'paypair'; window.checkout = createCheckout({ server: '/pay' });`);
  ok(bin('esbuild'), ['app.js', '--bundle', '--format=esm', '--splitting', '--minify', '--outdir=out']);
  const sizes = readdirSync(join(home, 'out')).map((name) => [name, readFileSync(join(home, 'out', name)).length]);
  const entry = sizes.find(([name]) => name === 'app.js');
  assert.ok(entry[1] < 30_000, `the entry stays small: ${entry[1]} bytes`);
  assert.ok(sizes.some(([name, size]) => name !== 'app.js' && size > 30_000), `wasm is loaded later: ${sizes}`);
});

test('esbuild bundles it into a single classic script too', () => {
  write('single.js', `import { createCheckout } from 'paypair'; window.checkout = createCheckout({ server: '/pay' });`);
  ok(bin('esbuild'), ['single.js', '--bundle', '--format=iife', '--minify', '--outfile=out/single.js']);
});

for (const [file, wanted] of [['must-compile.ts', 0], ['must-not-compile.ts', 'errors']]) {
  test(`tsc: ${file}`, () => {
    mkdirSync(join(home, 'types'), { recursive: true });
    copyFileSync(join(root, 'tests', 'packaging', 'types', file), join(home, 'types', file));
    const { status, stdout } = sh(bin('tsc'), [
      '--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--module', 'nodenext',
      '--lib', 'es2022,dom', '--types', '', join('types', file),
    ]);
    if (wanted === 0) {
      assert.equal(status, 0, stdout);
      return;
    }
    // Each line marked with `// error` must be refused, and no other.
    const source = readFileSync(join(home, 'types', file), 'utf8').split('\n');
    const marked = source.flatMap((line, index) => (line.includes('// error') ? [index + 1] : []));
    const found = [...stdout.matchAll(/must-not-compile\.ts\((\d+),/g)].map(([, line]) => Number(line));
    assert.deepEqual([...new Set(found)].sort((a, b) => a - b), marked, stdout);
  });
}

function write(name, text) {
  writeFileSync(join(home, name), text);
}

function sh(program, args) {
  return spawnSync(program, args, { cwd: home, encoding: 'utf8' });
}

function ok(program, args) {
  const result = sh(program, args);
  assert.equal(result.status, 0, `${program} ${args.join(' ')}\n${result.stdout}\n${result.stderr}`);
  return result;
}
