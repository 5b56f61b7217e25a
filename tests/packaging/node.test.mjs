// The package in Node, by both module systems; and what the linters of packages say about the tarball.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { makeHome, mustEnd, ok, tool } from './home.mjs';

const SEEN = {
  windows: [],
  code: 'window_unavailable',
  price: '1000',
  slimPrice: '1000',
  wrong: ['amount_too_small'],
  sandbox: 'function',
  pinned: ['cpay.js', 'core.wasm'],
};

let it;
before(() => {
  it = makeHome('node', ['node']);
});
after(() => it.close());

/** A copy of its own for each test, since a module keeps what it has loaded. */
const load = (entry, copy) => import(`${pathToFileURL(join(it.installed, entry)).href}?${copy}`);

for (const file of ['main.mjs', 'main.cjs']) {
  test(`Node runs every entry: ${file}`, () => {
    const { stdout } = ok(join(it.home, 'node'), process.execPath, ['--no-warnings', file]);
    assert.deepEqual(JSON.parse(stdout), SEEN);
  });
}

test('attw: types and files agree for every way of resolving', () => {
  // A wasm, a JSON and a script tag's file have no types to judge.
  const without = ['core.wasm', 'server.wasm', 'integrity.json', 'cpay.js'];
  const result = tool(it.home, '@arethetypeswrong/cli/dist/index.js', [it.tarball, '--exclude-entrypoints', ...without]);
  mustEnd(result, 'attw');
});

test('publint: nothing to say', async () => {
  const { publint } = await import('publint');
  const { messages } = await publint({ pkgDir: it.installed, strict: true, pack: false });
  assert.deepEqual(messages, []);
});

test('the hashes are of the files that are shipped', () => {
  const pinned = JSON.parse(readFileSync(join(it.installed, 'integrity.json'), 'utf8'));
  for (const [file, hash] of Object.entries(pinned)) {
    const digest = createHash('sha384').update(readFileSync(join(it.installed, file))).digest('base64');
    assert.equal(hash, `sha384-${digest}`, file);
  }
});

test('slim: a load that failed can be tried again', async () => {
  const wasm = readFileSync(join(it.installed, 'core.wasm'));
  const answers = [[503, ''], [200, 'no wasm'], [200, wasm], [500, '']];
  let asked = 0;
  const server = createServer((request, response) => {
    const [status, body] = answers[asked++];
    response.writeHead(status).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { createCheckout } = await load('slim.js', 'retried');
    const url = `http://127.0.0.1:${server.address().port}/core.wasm`;
    const checkout = createCheckout({ server: '/pay', wasm: url });
    await assert.rejects(checkout.preload(), { code: 'core_unavailable' });
    await assert.rejects(checkout.preload());
    await checkout.preload();
    await checkout.preload();
    assert.equal(asked, 3, 'two failures, one load, and none after it');
  } finally {
    server.close();
  }
});

test('slim: without the wasm it says what is missing', async () => {
  const { paypleObject, isPaypairError } = await load('slim.js', 'alone');
  await assert.rejects(paypleObject({ method: 'card' }), (error) => isPaypairError(error) && error.code === 'core_missing');
});
