// The ten lines of front-end code that the README shows, bundled and run as they stand there.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../scripts/shell.mjs';
import { choose, layerWindow } from './gateway.mjs';
import { packageFolder, world as open } from './world.mjs';

const www = mkdtempSync(join(tmpdir(), 'paypair-readme-'));
after(() => rmSync(www, { recursive: true, force: true }));
await build({
  entryPoints: [join(root, 'docs/examples/pay.js')],
  alias: { paypair: join(packageFolder, 'index.js') },
  bundle: true,
  format: 'esm',
  outfile: join(www, 'pay.js'),
  logLevel: 'error',
});
writeFileSync(join(www, 'index.html'), `<!doctype html><html lang="ko"><meta charset="utf-8"><title>README</title>
  <button id="pay">pay</button><output id="status"></output><script type="module" src="/pay.js"></script>`);
const { pay } = open({ www });

pay('the README\'s front-end example pays', async ({ page, world }) => {
  await page.goto(`${world.shop}/`);
  const ordered = page.waitForResponse((it) => it.url().endsWith('/api/orders'));
  await page.locator('#pay').click();
  const { orderId } = await (await ordered).json();
  await choose(await layerWindow(page, world), 'pay');
  await page.locator('#status', { hasText: 'paid' }).waitFor();
  const payment = await world.payment(orderId);
  assert.equal(String(payment.amount), '10000');
  assert.equal(payment.confirms, 1);
});
