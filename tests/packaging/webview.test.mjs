// `paypair/webview` as apps get it: without a DOM, without Node, typed; and the React Native example.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import vm from 'node:vm';
import { buildSync } from 'esbuild';
import { root } from '../../scripts/shell.mjs';
import { makeHome } from './home.mjs';

const packed = join(root, 'dist', 'package');
let it;
let home;

before(() => {
  it = makeHome('webview');
  home = it.home;
});
after(() => it.close());

const link = 'intent://pay#Intent;scheme=ispmobile;package=kvp.jjy.MispAndroid320;end';

test('plain Node imports it', () => {
  writeFileSync(join(home, 'node.mjs'), `
    import { resolveNavigation } from 'paypair/webview';
    console.log(JSON.stringify(resolveNavigation('${link}', { platform: 'android' })));
  `);
  const { status, stdout, stderr } = sh(process.execPath, ['node.mjs']);
  assert.equal(status, 0, stderr);
  assert.equal(JSON.parse(stdout).url, 'ispmobile://pay');
});

test('it runs where there is nothing but the language: no window, no URL, no wasm', () => {
  const { outputFiles } = buildSync({
    stdin: { contents: "export * from 'paypair/webview';", resolveDir: home },
    bundle: true, format: 'iife', globalName: 'webview', write: false, logLevel: 'error',
  });
  const bare = vm.createContext(Object.create(null));
  vm.runInContext('delete globalThis.WebAssembly;', bare);
  vm.runInContext(outputFiles[0].text, bare);
  const names = vm.runInContext('Object.keys(webview).sort().join()', bare);
  assert.equal(names, 'appReturnPage,escapeUrl,inAppBrowser,resolveNavigation');
  const answers = vm.runInContext(`[
    webview.resolveNavigation('${link}', { platform: 'ios' }).url,
    webview.appReturnPage('shop://R/https://pg.payletter.com/', 'shop://R'),
    webview.inAppBrowser('KAKAOTALK 1').id,
    webview.escapeUrl('https://shop.example/', 'KAKAOTALK 1'),
  ].join(' ')`, bare);
  assert.equal(answers, 'ispmobile://pay https://pg.payletter.com/ kakaotalk kakaotalk://web/openExternal?url=https%3A%2F%2Fshop.example%2F');
});

test('it brings neither the core nor the launcher along', () => {
  const text = readFileSync(join(packed, 'webview.js'), 'utf8');
  assert.doesNotMatch(text, /\bimport\b|WebAssembly|document|window|navigator/);
});

test('tsc: webview-must-compile.ts, without DOM types', () => {
  const { status, stdout } = tsc(['tests/packaging/types/webview-must-compile.ts']);
  assert.equal(status, 0, stdout);
});

test('tsc: webview-must-not-compile.ts: each marked line is refused, and no other', () => {
  const file = 'tests/packaging/types/webview-must-not-compile.ts';
  const { stdout } = tsc([file]);
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const marked = lines.flatMap((line, index) => (line.includes('// error') ? [index + 1] : []));
  const found = [...stdout.matchAll(/must-not-compile\.ts\((\d+),/g)].map(([, line]) => Number(line));
  assert.deepEqual([...new Set(found)].sort((a, b) => a - b), marked, stdout);
});

test('tsc: the React Native example', () => {
  const { status, stdout } = tsc(['docs/examples/react-native/payment.tsx', 'tests/packaging/types/react-native.d.ts']);
  assert.equal(status, 0, stdout);
});

test('docs/webviews.md shows the React Native example as it is', () => {
  const example = readFileSync(join(root, 'docs/examples/react-native/payment.tsx'), 'utf8');
  const page = readFileSync(join(root, 'docs/webviews.md'), 'utf8');
  assert.ok(page.includes(`\`\`\`tsx\n${example}\`\`\``));
});

/** Type-checks files of the repository as a merchant's own, beside the installed package. */
function tsc(files) {
  const names = files.map((file) => {
    const name = file.split('/').at(-1);
    copyFileSync(join(root, file), join(home, name));
    return name;
  });
  return sh(process.execPath, [
    join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
    '--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--module', 'esnext',
    '--moduleResolution', 'bundler', '--jsx', 'react-jsx', '--lib', 'es2022', '--types', '', ...names,
  ]);
}

function sh(program, args) {
  return spawnSync(program, args, { cwd: home, encoding: 'utf8' });
}
