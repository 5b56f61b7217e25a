// The ten lines of front-end code that the README shows, bundled and run as they stand there.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/shell.mjs';
import { choose, layerWindow } from './gateway.mjs';
import { world as open } from './world.mjs';

const { pay } = open();

pay('the README\'s front-end example pays', async ({ page, world }) => {
  const { outputFiles: [script] } = await build({
    entryPoints: [join(root, 'docs/examples/pay.js')],
    alias: { paypair: join(root, 'dist/package/index.js') },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  const file = (path, contentType, body) => page.route(`${world.shop}${path}`, (route) => route.fulfill({ contentType, body }));
  await file('/try.js', 'text/javascript', script.text);
  await file('/try.html', 'text/html; charset=utf-8', `<!doctype html><html lang="ko"><title>try</title>
    <button id="pay">pay</button><output id="status"></output><script type="module" src="/try.js"></script>`);

  const loaded = page.waitForResponse(`${world.shop}/try.js`);
  await page.goto(`${world.shop}/try.html`);
  await loaded;
  const ordered = page.waitForResponse((it) => it.url().endsWith('/api/orders'));
  await page.locator('#pay').click();
  const { orderId } = await (await ordered).json();
  await choose(await layerWindow(page, world), 'pay');
  await page.locator('#status', { hasText: 'paid' }).waitFor();
  const payment = await world.payment(orderId);
  assert.equal(String(payment.amount), '10000');
  assert.equal(payment.confirms, 1);
});
