// docs/migration.md, step by step: the old page and the old server of the page, changed as its tables say, run against the
// sandbox. The servers are those that the page shows, in processes of their own.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { root, targetDir } from '../../scripts/shell.mjs';
import { blocks, file, files, read } from '../packaging/docs.mjs';
import { choose, layerWindow } from './gateway.mjs';
import { packageFolder, until, world as open } from './world.mjs';

const PAGE = 'docs/migration.md';
const TOKEN = 'a-token-for-this-test';
const folder = mkdtempSync(join(tmpdir(), 'paypair-migration-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const { pay } = open();
const [oldPage, typedPage] = files(PAGE, 'checkout.html');

/** One step: its servers run, its page is paid on, the sandbox's book holds one capture, and the servers end. */
function step(title, { servers, html, scripts = {}, said }, also = async () => {}) {
  pay(title, async ({ page, world }) => {
    await world.control('reset', {});
    const it = { gateways: world.gateways, children: [], files: { '/checkout.html': ['text/html; charset=utf-8', html] }, upstream: {} };
    const front = await proxy(it);
    try {
      await servers(it);
      for (const [path, script] of Object.entries(scripts)) it.files[path] = ['text/javascript', await script()];
      await page.route('https://code.jquery.com/*', (route) =>
        route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(root, 'node_modules/jquery/dist/jquery.min.js')) }));
      await page.goto(`${it.site}/checkout.html`);
      await page.locator('#pay').click();
      await choose(await layerWindow(page, world), 'pay');
      await page.locator('#said', { hasText: said }).waitFor();
      const { amount, product_name: goods, confirms } = await world.payment('mug20261122001');
      assert.deepEqual([String(amount), goods, confirms], ['1000', '머그컵', 1]);
      await also({ page, world, ...it });
    } finally {
      for (const child of it.children) await end(child);
      front.close();
      front.closeAllConnections();
    }
  });
}

step('migration a: only the script is another', {
  servers: async (it) => {
    const source = file(PAGE, 'old-server.mjs').replace('https://cpay.payple.kr', `${it.gateways}/payple`).replace('https://shop.example', it.site);
    it.upstream['/pg/'] = await node(it, 'old-server.mjs', source, { CST_ID: 'test', CUST_KEY: 'abcd1234567890' });
  },
  html: changed(oldPage, 'a: only the script'),
  scripts: { '/js/cpay.js': () => readFileSync(join(packageFolder, 'cpay.js')) },
  said: 'success',
});

step('migration b: verified, the price from the merchant\'s server', {
  servers: async (it) => {
    const port = await node(it, 'expected.mjs', file(PAGE, 'expected.mjs'), { ORDER_SOURCE_TOKEN: TOKEN });
    await verifier(it, 'b', `[order_source]\nurl = "http://127.0.0.1:${port}/"\ntoken = "${TOKEN}"`);
  },
  html: changed(oldPage, 'b: verified'),
  said: 'success',
}, async ({ site }) => {
  const [block] = blocks(PAGE).filter(({ code }) => code.includes('payment.paid'));
  writeFileSync(join(folder, 'news.mjs'), block.code.replace('http://127.0.0.1:8080', site));
  process.env.PAYPAIR_MERCHANT_TOKEN = TOKEN;
  const { news } = await import(pathToFileURL(join(folder, 'news.mjs')).href);
  const delivered = [];
  const next = await news(0, (orderId) => delivered.push(orderId));
  assert.deepEqual(delivered, ['mug20261122001']);
  assert.equal(await news(next, (orderId) => delivered.push(orderId)), next, 'and nothing twice');
  assert.equal(delivered.length, 1);
});

step('migration c: the typed API', {
  servers: async (it) => {
    await verifier(it, 'c');
    const source = file(PAGE, 'orders.mjs').replace('http://127.0.0.1:8080', it.site);
    it.upstream['/orders'] = await node(it, 'orders.mjs', source, { PAYPAIR_MERCHANT_TOKEN: TOKEN });
  },
  html: typedPage,
  scripts: { '/checkout.js': bundled },
  said: '결제되었습니다.',
});

/** The old page with the changes that a table of the page names: a line becomes another, or goes. */
function changed(html, heading) {
  const [, section] = read(PAGE).split(`\n## ${heading}\n`);
  const [, table] = section.split('| in the old page | now |\n|---|---|\n');
  const lines = html.split('\n');
  for (const row of table.split('\n\n')[0].split('\n')) {
    const [, before, now] = /^\| `(.+)` \| (.+) \|$/.exec(row);
    const at = lines.flatMap((line, index) => (line.trim() === before ? [index] : []));
    assert.equal(at.length, 1, `the old page has one line ${before}`);
    const [, line] = /^`(.+)`$/.exec(now) ?? [];
    assert.ok(line ?? now.startsWith('goes'), `${row} says what becomes of it`);
    if (line) lines[at[0]] = line;
    else lines.splice(at[0], 1);
  }
  return lines.join('\n');
}

async function bundled() {
  writeFileSync(join(folder, 'checkout.js'), file(PAGE, 'checkout.js'));
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'checkout.js')], alias: { paypair: join(packageFolder, 'index.js') },
    bundle: true, format: 'esm', write: false, logLevel: 'error',
  });
  return outputFiles[0].text;
}

/** What stands before a shop: its pages, and a way to each server behind. */
async function proxy(it) {
  const front = createServer((request, response) => {
    const [type, body] = it.files[request.url] ?? [];
    if (body) return response.writeHead(200, { 'content-type': type }).end(body);
    const [, port] = Object.entries(it.upstream).find(([path]) => request.url.startsWith(path)) ?? [];
    if (!port) return response.writeHead(404).end();
    const { method, url: path, headers } = request;
    const on = ask({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    on.once('error', () => response.destroy());
    request.pipe(on);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  it.site = `http://127.0.0.1:${front.address().port}`;
  return front;
}

/** A server of the page, on a port of its own. */
async function node(it, name, source, env) {
  const port = await free();
  writeFileSync(join(folder, name), source.replace('.listen(3000', `.listen(${port}`));
  const child = spawn(process.execPath, [join(folder, name)], { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
  it.children.push(child);
  await until(name, async () => (await listens(port)) || ended(child, name));
  return port;
}

/** `paypair serve`, as the page of it says. */
async function verifier(it, name, more = '') {
  const port = await free();
  it.upstream['/pay/'] = port;
  writeFileSync(join(folder, `${name}.toml`), `
    public_url = "${it.site}/pay"
    env = "sandbox"
    sandbox_url = "${it.gateways}"
    merchant_token = "${TOKEN}"
    database = "${join(folder, `${name}.sqlite3`)}"
    package_dir = "${packageFolder}"
    [payple]
    merchant_id = "test"
    merchant_key = "abcd1234567890"
    ${more}`);
  const args = ['serve', '--config', join(folder, `${name}.toml`), '--listen', `127.0.0.1:${port}`];
  const child = spawn(join(targetDir, 'debug', 'paypair'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  it.children.push(child);
  await until('paypair serve', () => fetch(`${it.site}/pay/health`).then((answer) => answer.ok, () => ended(child, 'paypair serve')));
}

/** Without a request: each of these servers does something at any. */
function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() && true));
    socket.once('error', () => resolve(false));
  });
}

/** Not there yet; or it never will be. */
function ended(child, name) {
  if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
  return false;
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGTERM');
  await closed;
}

async function free() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}
