// The packed tarball in every bundler, as each comes: built from the tiny shop in fixtures/, then opened in Chromium.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch } from '../browser/world.mjs';
import { makeHome, mustEnd, ok, tool } from './home.mjs';
import { root } from '../../scripts/shell.mjs';

let it;
let browser;

before(async () => {
  it = makeHome('bundlers', ['shop.js', 'vite', 'webpack', 'rollup', 'esbuild', 'next', 'script']);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  it.close();
});

test('esbuild: the wasm stands in a chunk of its own', async () => {
  const args = ['main.js', '--bundle', '--format=esm', '--splitting', '--minify', '--outdir=dist'];
  ok(folder('esbuild'), join(root, 'node_modules/.bin/esbuild'), args);
  wasmLoadsLater('esbuild/dist', 'main.js');
  await shopWorks('esbuild');
});

test('esbuild: one classic script', async () => {
  const args = ['main.js', '--bundle', '--format=iife', '--minify', '--outfile=dist/main.js', '--allow-overwrite'];
  ok(folder('esbuild'), join(root, 'node_modules/.bin/esbuild'), args);
  await shopWorks('esbuild');
});

test('Rollup', async () => {
  mustEnd(tool(folder('rollup'), 'rollup/dist/bin/rollup', ['-c', 'rollup.config.mjs', '--silent']), 'rollup');
  wasmLoadsLater('rollup/dist', 'main.js');
  await shopWorks('rollup');
});

test('webpack, main entry and slim', async () => {
  const { default: webpack } = await import('webpack');
  const { default: config } = await import(join(folder('webpack'), 'webpack.config.mjs'));
  const stats = await new Promise((resolve, reject) => {
    webpack({ ...config, context: folder('webpack'), output: { ...config.output, path: join(folder('webpack'), 'dist') } },
      (error, result) => (error ? reject(error) : resolve(result)));
  });
  assert.deepEqual(stats.toJson({ all: false, errors: true, warnings: true }), { errors: [], warnings: [] });
  wasmLoadsLater('webpack/dist', 'main.js');
  await shopWorks('webpack', { slim: 'ready' });
});

test('Vite, built: main entry and slim', async () => {
  const { build } = await import('vite');
  await build({ root: folder('vite'), logLevel: 'warn', base: './' });
  const scripts = readdirSync(join(folder('vite'), 'dist', 'assets'));
  wasmLoadsLater('vite/dist/assets', scripts.find((name) => /^index-.*\.js$/.test(name)));
  await shopWorks('vite/dist', { slim: 'ready' });
});

test('Vite, dev: main entry and slim', async () => {
  const { createServer: serve } = await import('vite');
  const dev = await serve({ root: folder('vite'), logLevel: 'warn', server: { port: 0, host: '127.0.0.1' }, cacheDir: join(folder('vite'), 'cache') });
  try {
    await dev.listen();
    await opened(`http://127.0.0.1:${dev.httpServer.address().port}/`, async (page) => {
      assert.equal(await told(page, 'told'), '1000');
      assert.equal(await told(page, 'slim'), 'ready');
    });
  } finally {
    await dev.close();
  }
});

test('Next: a server component checks, a client component pays', { timeout: 240_000 }, async () => {
  const env = { NEXT_TELEMETRY_DISABLED: '1' };
  const from = Date.now();
  mustEnd(tool(folder('next'), 'next/dist/bin/next', ['build'], { env }), 'next build');
  console.log(`next build: ${((Date.now() - from) / 1000).toFixed(1)} s`);
  const program = join(root, 'node_modules/next/dist/bin/next');
  const next = spawn(process.execPath, [program, 'start', '--port', '0', '--hostname', '127.0.0.1'], {
    cwd: folder('next'), env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await opened(await announced(next), async (page) => {
      assert.equal(await page.locator('main').getAttribute('data-wrong'), 'amount_too_small');
      await page.locator('button[data-told="1000"]').waitFor({ timeout: 20_000 });
    });
  } finally {
    next.kill();
  }
});

test('a classic script, pinned by its hash, under a policy that lets in nothing but its nonce', async () => {
  const pinned = JSON.parse(readFileSync(join(it.installed, 'integrity.json'), 'utf8'));
  const page = (integrity) => readFileSync(join(folder('script'), 'index.html'), 'utf8')
    .replaceAll('%NONCE%', 'once').replace('%INTEGRITY%', integrity);
  const headers = { 'content-security-policy': "default-src 'none'; script-src 'nonce-once' 'wasm-unsafe-eval'" };
  const files = { '/': page(pinned['cpay.js']), '/other': page(pinned['core.wasm']), '/cpay.js': readFileSync(join(it.installed, 'cpay.js')) };
  await served((path) => files[path] ?? null, headers, async (url) => {
    await opened(url, async (open) => assert.equal(await told(open, 'told'), 'function'));
    await opened(`${url}other`, async (open) => assert.equal(await told(open, 'told'), 'undefined'), { quiet: false });
  });
});

test('a page with nonce and strict-dynamic: module, chunk, wasm and layer all come', async () => {
  ok(folder('esbuild'), join(root, 'node_modules/.bin/esbuild'), ['main.js', '--bundle', '--format=esm', '--splitting', '--outdir=strict']);
  const page = '<!doctype html><meta charset="utf-8"><title>strict</title><body><script nonce="once" type="module" src="/main.js"></script></body>';
  const policy = "default-src 'none'; connect-src 'self'; frame-src 'self'; script-src 'nonce-once' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'none'; base-uri 'none'";
  const read = (path) => (path === '/' ? page : file(join(folder('esbuild'), 'strict', path)));
  await served(read, { 'content-security-policy': policy }, async (url) => {
    await opened(url, async (open) => {
      assert.equal(await told(open, 'told'), '1000');
      await open.route('**/pay/**', () => {}); // the layer stays while the server thinks
      await open.locator('button').click();
      const layer = open.getByRole('dialog');
      await layer.waitFor();
      assert.equal(await layer.evaluate((it) => getComputedStyle(it).position), 'fixed', 'its styles need no exception');
    });
  });
});

test('a chunk that could not be loaded is asked for again', async () => {
  ok(folder('esbuild'), join(root, 'node_modules/.bin/esbuild'), ['again.js', '--bundle', '--format=esm', '--splitting', '--outdir=again']);
  const page = '<!doctype html><meta charset="utf-8"><title>again</title><body><script type="module" src="/again.js"></script></body>';
  let refused = 0;
  const read = (path) => {
    if (path === '/') return page;
    if (/^\/core-/.test(path) && refused++ === 0) return null;
    return file(join(folder('esbuild'), 'again', path));
  };
  await served(read, {}, async (url) => {
    await opened(url, async (open) => {
      await told(open, 'ready');
      const price = () => open.evaluate(() => globalThis.checkPrice('1,000'));
      assert.notEqual(await price(), '1000', 'the first load fails');
      assert.equal(await price(), '1000');
    }, { quiet: false });
  });
});

const folder = (name) => join(it.home, name);

/** The entry stays small and the wasm waits in another file: nobody downloads it before it is needed. */
function wasmLoadsLater(where, entry) {
  const sizes = readdirSync(folder(where)).filter((name) => name.endsWith('.js')).map((name) => [name, readFileSync(join(folder(where), name)).length]);
  const own = sizes.find(([name]) => name === entry);
  assert.ok(own && own[1] < 30_000, `${entry} of ${sizes}`);
  assert.ok(sizes.some(([name, size]) => name !== entry && size > 60_000), `no chunk holds the wasm: ${sizes}`);
}

/** Serves a built shop, opens it, and sees that its wasm has read a price. */
async function shopWorks(name, also = {}) {
  await served((path) => file(join(folder(name), path === '/' ? 'index.html' : path)), {}, (url) =>
    opened(url, async (page) => {
      assert.equal(await told(page, 'told'), '1000');
      for (const [what, value] of Object.entries(also)) assert.equal(await told(page, what), value);
    }));
}

/** Opens a page; whatever it complains about is a failure, unless the test makes it complain. */
async function opened(url, body, { quiet = true } = {}) {
  const page = await browser.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  // Browsers ask for it by themselves.
  await page.route('**/favicon.ico', (route) => route.fulfill({ status: 204 }));
  try {
    await page.goto(url);
    await body(page);
    if (quiet) assert.deepEqual(complaints.filter((text) => !/404|ERR_/.test(text)), []);
  } catch (error) {
    error.message += `\nthe page said: ${complaints.join('\n')}`;
    throw error;
  } finally {
    await page.close();
  }
}

async function told(page, what) {
  const handle = await page.waitForFunction((name) => document.documentElement.dataset[name], what, { timeout: 20_000 });
  return handle.jsonValue();
}

async function served(read, headers, body) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const content = read(path);
    const type = TYPES[extname(path)] ?? 'text/html; charset=utf-8';
    response.writeHead(content === null ? 404 : 200, { 'content-type': type, ...headers }).end(content ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${server.address().port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function file(path) {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

/** The address that Next says it listens on. */
function announced(next) {
  return new Promise((resolve, reject) => {
    let said = '';
    next.stdout.on('data', (chunk) => {
      said += chunk;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url && /Ready/.test(said)) resolve(url);
    });
    next.on('close', (code) => reject(new Error(`next ended with ${code}: ${said}`)));
  });
}

const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css' };
