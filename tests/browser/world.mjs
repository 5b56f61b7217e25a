// One world for a test file: the real program (shop, verifier, sandbox) on two free ports, and Chromium in front of it.
//
// Nothing here stands in for a part of the product. The sandbox's money book is the judge: what it does not hold
// as captured was not paid, whatever a page says.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { chromium as chromiumPath } from '../../scripts/setup.mjs';
import { root, targetDir } from '../../scripts/shell.mjs';
import { watch } from './watch.mjs';

/** The built npm package. */
export const packageFolder = process.env.PAYPAIR_PACKAGE ?? join(root, 'dist', 'package');

/** The phone of the touch tests. */
export const phone = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
  userAgent:
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
};

/** Polls until `probe` answers something truthy, and returns it. */
export async function until(what, probe, { within = 20_000 } = {}) {
  const end = Date.now() + within;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${within / 1000} s in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Opens a world before the tests of the calling file and closes it after them.
 * Returns `pay(title, body, options)`, which defines one test with a fresh browser profile.
 */
export function world(options = {}) {
  const it = new World(options);
  before(() => it.open());
  after(() => it.close());
  const pay = (title, body, { timeout = 90_000, ...profile } = {}) =>
    test(title, { timeout }, async () => {
      const context = await it.profile(profile);
      const from = it.log.length;
      try {
        await body({ world: it, context, page: await context.newPage() });
      } catch (error) {
        const shown = [...context.notes, '-- program:', ...it.log.slice(from)];
        console.error(`-- ${title}: ${error.message}\n${shown.slice(-120).join('\n')}`);
        throw error;
      } finally {
        await context.close();
      }
    });
  return { world: it, pay };
}

/** The program, its gateways and Chromium; `world()` gives tests one of their own. */
export class World {
  log = [];

  /**
   * `www` is the folder of the shop's pages. `front` starts a proxy before the shop, given where the shop stands; it answers its
   * own `url` and `close`. `browser: false` for a file that brings its own browsers.
   */
  constructor({ www = join(root, 'www'), front = null, browser = true } = {}) {
    Object.assign(this, { www, wanted: { front, browser } });
  }

  async open() {
    const program = join(targetDir, 'debug', 'paypair');
    if (!existsSync(program)) throw new Error(`${program} is not built: run cargo build --workspace --bins`);
    this.data = mkdtempSync(join(tmpdir(), 'paypair-'));
    this.port = await freePorts();
    this.shop = `http://127.0.0.1:${this.port}`;
    this.gateways = `http://localhost:${this.port + 1}`;
    const args = ['demo', '--port', this.port, '--data', this.data, '--seed', 7, '--patience', 3];
    if (this.wanted.front) {
      this.front = await this.wanted.front(this.shop);
      this.shop = this.front.url;
      args.push('--shop-url', this.shop);
    }
    args.push('--package', packageFolder, '--www', this.www);
    this.program = spawn(program, args.map(String), { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.program.stdout, this.program.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => this.log.push(...text.split('\n').filter(Boolean)));
    }
    await until('the ready line of the program', () => {
      if (this.program.exitCode !== null) throw new Error(`the program ended:\n${this.log.join('\n')}`);
      return this.log.some((line) => line.startsWith(`paypair demo: ${this.shop}`));
    });
    if (this.wanted.browser) this.browser = await launch();
  }

  async close() {
    await this.browser?.close();
    await this.front?.close();
    if (this.program && this.program.exitCode === null) {
      this.program.kill('SIGTERM');
      await once(this.program, 'exit');
    }
    if (this.data) rmSync(this.data, { recursive: true, force: true });
  }

  /** A fresh browser profile; what its pages complain about is kept for the report of a failure. */
  async profile(options = {}) {
    const context = await this.browser.newContext({
      locale: 'ko-KR',
      timezoneId: 'Asia/Seoul',
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    context.setDefaultTimeout(20_000);
    context.notes = [];
    const note = (page) => {
      page.on('pageerror', (error) => context.notes.push(`page error in ${page.url()}: ${error.stack ?? error.message}`));
      page.on('console', (line) => {
        if (['error', 'warning'].includes(line.type())) context.notes.push(`console ${line.type()}: ${line.text()}`);
      });
      page.on('requestfailed', (request) => {
        context.notes.push(`request failed: ${request.method()} ${request.url()} ${request.failure()?.errorText}`);
      });
      page.on('response', (response) => {
        if (response.status() >= 400) context.notes.push(`answer ${response.status()}: ${response.url()}`);
      });
    };
    context.on('page', note);
    await watch(context);
    return context;
  }

  /** A call of the sandbox's control API. */
  async control(path, body) {
    const answer = await fetch(`${this.gateways}/control/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`control ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  /** Lets the next payments of a gateway go wrong in named ways. */
  script(gateway, faults, more = {}) {
    return this.control('script', { gateway, faults, ...more });
  }

  /** What the gateways' money book holds for an order, all its attempts. */
  async payments(orderId) {
    const { payments } = await this.control('book');
    return payments.filter(({ order_id: id }) => id === orderId || id.startsWith(`${orderId}-`));
  }

  /** The one payment that the book holds for an order, once it does. */
  async payment(orderId, state = 'captured') {
    return until(`a payment of ${orderId} that is ${state}`, async () => {
      const own = await this.payments(orderId);
      return own.find((payment) => payment.state === state);
    });
  }
}

/** Chromium as a buyer has it: with the popup blocker that drivers switch off. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM || chromiumPath(),
    headless: true,
    ignoreDefaultArgs: ['--disable-popup-blocking'],
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** A port that is free together with its successor. */
async function freePorts() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    // Below the range from which systems hand out ports for outgoing connections.
    const port = 10_000 + 2 * Math.floor(Math.random() * 10_000);
    if ((await free(port)) && (await free(port + 1))) return port;
  }
  throw new Error('no two free ports in a row');
}

async function free(port) {
  const probe = createServer();
  try {
    await new Promise((resolve, reject) => {
      probe.once('error', reject);
      probe.listen(port, '127.0.0.1', resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    probe.close();
  }
}
