// docs/five-minutes.md, done as it stands there: its commands in an empty folder, its files, Chromium, a click, a payment.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { choose, layerWindow } from '../browser/gateway.mjs';
import { launch, until } from '../browser/world.mjs';
import { root, targetDir } from '../../scripts/shell.mjs';
import { blocks, file, read, shell } from './docs.mjs';
import { ok } from './home.mjs';

const page = 'docs/five-minutes.md';
let base;
let browser;
let shop;

before(async () => {
  base = mkdtempSync(join(tmpdir(), 'paypair-first-'));
  repository();
  // "An empty folder": where the reader stands, there is nothing.
  ok(base, 'bash', ['-ec', shell(page, 'An empty folder')], { env: environment() });
  shop = join(base, 'my-shop');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(base, { recursive: true, force: true });
});

test('from an empty folder to the first payment: ten lines of own code', async () => {
  const own = ['www/index.html', 'www/pay.js'];
  for (const name of own) writeFileSync(join(shop, name), file(page, name));
  const lines = own.flatMap((name) => file(page, name).split('\n')).filter((line) => line.trim());
  assert.ok(lines.length <= 10, `${lines.length} lines:\n${lines.join('\n')}`);
  assert.ok(lines.every((line) => line.length <= 120), 'lines that are lines');
  assert.deepEqual(readdirSync(join(shop, 'www')).sort(), ['index.html', 'pay.js'], 'and no other file of ours');

  const ports = { 8080: await freePair() };
  ports[8081] = ports[8080] + 1;
  await running(shell(page, 'Pay'), { PAYPAIR_PORT: ports[8080] }, /^paypair demo: /m, async () => {
    await paid(`http://127.0.0.1:${ports[8080]}/`, `http://localhost:${ports[8081]}`);
  });
});

test('the same page before a server of one\'s own', async () => {
  const ports = { 8081: await free(), 8080: await free(), 3000: await free(), 5173: await free() };
  const moved = (text) => text.replace(new RegExp(Object.keys(ports).join('|'), 'g'), (port) => ports[port]);
  for (const name of ['shop.mjs', 'paypair.toml', 'www/vite.config.mjs']) writeFileSync(join(shop, name), moved(file(page, name)));
  const [first, ...rest] = file(page, 'www/pay.js').split('\n');
  const [line] = blocks(page).filter(({ before }) => before.includes('the first line becomes'));
  assert.notEqual(line.code.trim(), first);
  writeFileSync(join(shop, 'www/index.html'), file(page, 'www/index.html'));
  writeFileSync(join(shop, 'www/pay.js'), line.code + rest.join('\n'));

  const env = { PAYPAIR_SANDBOX_PORT: ports[8081], PAYPAIR_LISTEN: `127.0.0.1:${ports[8080]}` };
  const commands = moved(shell(page, 'Your own server'));
  assert.match(commands, /^npx vite /m);
  // The checkout's Vite, because nothing is fetched from a registry here; it keeps its cache out of the checkout.
  const vite = commands.replace(/^npx vite /m, `"${process.execPath}" "${join(root, 'node_modules/vite/bin/vite.js')}" `);
  await running(vite, env, /Local:/, async (said) => {
    await until('the verifier and the sandbox', () => /^paypair serve: /m.test(said()) && /^paypair sandbox: /m.test(said()));
    await paid(`http://127.0.0.1:${ports[5173]}/`, `http://localhost:${ports[8081]}`);
  });
});

test('the page says how many lines, and where the money book is', () => {
  assert.match(read(page), /^## The page: ten lines$/m);
  assert.match(read(page), /localhost:8081\/control\/book/);
});

/** A click, 결제하기, `paid` on the page, and one capture in the gateways' book. */
async function paid(url, gateways) {
  const open = await browser.newPage({ locale: 'ko-KR' });
  const complaints = [];
  open.on('pageerror', (error) => complaints.push(String(error)));
  open.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  try {
    open.setDefaultTimeout(20_000);
    await open.goto(url);
    await open.locator('#pay').click();
    await choose(await layerWindow(open, { gateways }), 'pay');
    await open.locator('#status', { hasText: 'paid' }).waitFor();
    const { payments } = await (await fetch(`${gateways}/control/book`)).json();
    assert.deepEqual(payments.map(({ state, amount, confirms }) => [state, String(amount), confirms]), [['captured', '10000', 1]]);
  } catch (error) {
    throw new Error(`${error.message}\nthe page said: ${complaints.join('\n')}`, { cause: error });
  } finally {
    await open.close();
  }
}

/** Runs commands of the page until they are ready, then `body`, then ends them: the shell and all that it started. */
async function running(commands, env, ready, body) {
  const path = shell(page, 'An empty folder').match(/^export PATH=.*\n/m)[0];
  const child = spawn('bash', ['-c', path + commands], { cwd: shop, detached: true, env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    await until('the commands of the page', () => {
      if (child.exitCode !== null) throw new Error('they ended');
      return ready.test(said);
    });
    await body(() => said);
  } catch (error) {
    throw new Error(`${error.message}\n-- ${commands}-- said:\n${said}`, { cause: error });
  } finally {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // They are gone already.
    }
    await ended;
  }
}

/** What `npm run build` leaves behind, of this build: the page's `$REPO`. */
function repository() {
  const dist = join(base, 'repository', 'dist');
  mkdirSync(dist, { recursive: true });
  const { version } = JSON.parse(readFileSync(join(root, 'dist/package/package.json'), 'utf8'));
  copyFileSync(join(root, 'dist', `paypair-${version}.tgz`), join(dist, `paypair-${version}.tgz`));
  const built = join(base, 'repository', 'target', 'release');
  mkdirSync(built, { recursive: true });
  symlinkSync(join(targetDir, 'debug', 'paypair'), join(built, 'paypair'));
}

/**
 * The reader's: no settings of ours, and no registry, which nothing here needs. No colours either: in CI some programs
 * paint what they say, in the middle of a word.
 */
function environment(more = {}) {
  const foreign = ([name]) => !/^(PAYPAIR_|npm_)/.test(name);
  const clean = Object.fromEntries(Object.entries(process.env).filter(foreign));
  return { ...clean, REPO: join(base, 'repository'), npm_config_offline: 'true', npm_config_audit: 'false', NO_COLOR: '1', ...more };
}

async function freePair() {
  for (let tries = 0; tries < 50; tries += 1) {
    // Below the range from which systems hand out ports for outgoing connections.
    const port = 10_000 + 2 * Math.floor(Math.random() * 10_000);
    if ((await free(port)) && (await free(port + 1))) return port;
  }
  throw new Error('no two free ports in a row');
}

/** The port, if it is free; any that is, without one. */
function free(port = 0) {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(null));
    probe.listen(port, '127.0.0.1', () => {
      const { port: taken } = probe.address();
      probe.close(() => resolve(taken));
    });
  });
}
