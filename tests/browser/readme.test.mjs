// The ten lines of front-end code that the README shows, bundled and run as they stand there; and under the policies that
// docs/csp-coop.md asks for.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { build } from 'esbuild';
import { root } from '../../scripts/shell.mjs';
import { blocks } from '../packaging/docs.mjs';
import { choose, layerWindow } from './gateway.mjs';
import { packageFolder, until, world as open } from './world.mjs';

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
const shop = (policy, nonce = '') => `<!doctype html><html lang="ko"><meta charset="utf-8">${policy}<title>README</title>
  <button id="pay">pay</button><output id="status"></output><script ${nonce} type="module" src="/pay.js"></script>`;
writeFileSync(join(www, 'index.html'), shop(''));
const { pay, world } = open({ www });

pay('the README\'s front-end example pays', async ({ page }) => {
  await page.goto(`${world.shop}/`);
  const payment = await paid(page);
  assert.equal(String(payment.amount), '10000');
  assert.equal(payment.confirms, 1);
});

const policies = blocks('docs/csp-coop.md').filter(({ language }) => language === 'csp').map(({ code }) => code.replaceAll('\n', ' '));

for (const [index, nonce] of ['', 'nonce="NONCE"'].entries()) {
  pay(`the policy of docs/csp-coop.md pays${nonce && ', by nonce'}, and needs its gateway in both places`, async ({ page, context }) => {
    const policy = policies[index].replaceAll('GATEWAY', world.gateways);
    assert.match(policy, nonce ? /'nonce-NONCE' 'strict-dynamic'/ : /script-src 'self'/);
    const send = (text) => writeFileSync(join(www, 'policy.html'), shop(`<meta http-equiv="content-security-policy" content="${text}">`, nonce));
    send(policy);
    await page.goto(`${world.shop}/policy.html`);
    await paid(page);
    // One that says less must be heard, or this test would pay under any.
    for (const directive of ['frame-src', 'form-action']) {
      send(policy.replace(new RegExp(`(${directive}[^;]*) ${world.gateways}`), '$1 \'self\''));
      const other = await context.newPage();
      const refused = [];
      other.on('console', (line) => refused.push(line.text()));
      await other.goto(`${world.shop}/policy.html`);
      await other.locator('#pay').click();
      await until(`${directive} to be missed`, () => refused.some((text) => text.includes(directive)));
      await other.close();
    }
  });
}

/** A click, the layer, 결제하기, `paid`, and the capture in the sandbox's book. */
async function paid(page) {
  const ordered = page.waitForResponse((it) => it.url().endsWith('/api/orders'));
  await page.locator('#pay').click();
  const { orderId } = await (await ordered).json();
  await choose(await layerWindow(page, world), 'pay');
  await page.locator('#status', { hasText: 'paid' }).waitFor();
  return world.payment(orderId);
}
