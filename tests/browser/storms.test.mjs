// What comes in the middle of a payment: an abort, a deadline, no connection, Back, a reload, a second click, a second tab.
// `crates/checkout/src/flow_races.rs` has the same by events; here the browser does it.

import assert from 'node:assert/strict';
import { chromium } from '../../scripts/setup.mjs';
import { choose, layerWindow, popupWindow } from './gateway.mjs';
import { clean, ended, heard, kiosk } from './kiosk.mjs';
import { openings, order, settled, visit } from './shop.mjs';
import { watch } from './watch.mjs';
import { until, world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const card = { gateway: 'payletter', method: 'creditcard' };
const stop = (page) => page.evaluate(() => window.kiosk.stop.abort(new Error('unmounted')));
const ABORTED = [{ code: 'aborted', cause: 'Error: unmounted', ours: true }];

pay('abort, popup: the window is gone, it rejects once, and the server goes on', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const button = await kiosk(page, made, { settings: { layout: 'popup' } });
  const { popup } = await popupWindow(page, world, () => button.click());
  const elsewhere = await context.newPage();
  await elsewhere.goto(popup.url());
  await stop(page);
  assert.deepEqual(await ended(page), ABORTED);
  await until('the popup to close', () => popup.isClosed());
  // The same payment where this page cannot see it: paid, and `resume` tells.
  await choose(elsewhere, 'pay');
  await settled(world, made, 'paid');
  await elsewhere.close();
  await clean(page, context);
  const { status } = await page.evaluate(() => window.kiosk.checkout.resume());
  assert.equal(status, 'paid');
  assert.deepEqual(await ended(page), ABORTED, 'still once');
});

pay('abort, layer: while the result is on its way too', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  await world.script('payple', [{ name: 'slow_confirm', seconds: 2 }], { order_id: made.orderId });
  const button = await kiosk(page, made, { settings: { layout: 'layer' } });
  await button.click();
  const sent = page.waitForRequest('**/pay/orders/*/result');
  await choose(await layerWindow(page, world), 'pay');
  await sent;
  await stop(page);
  assert.deepEqual(await ended(page), ABORTED);
  await clean(page, context);
  await settled(world, made, 'paid');
  assert.equal((await world.payment(made.orderId)).confirms, 1);
  assert.deepEqual(await ended(page), ABORTED);
});

pay('abort while the order is being made, in every layout: it starts nothing any more', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  for (const layout of ['popup', 'layer', 'redirect']) {
    const button = await kiosk(page, made, { settings: { layout }, makes: 'late' });
    await button.click();
    await page.locator('[data-paypair=overlay]').waitFor();
    await stop(page);
    assert.deepEqual(await ended(page), ABORTED, layout);
    await page.evaluate(() => window.kiosk.order());
    await clean(page, context);
    assert.deepEqual(await heard(page), ['opening, no order'], layout);
  }
  assert.deepEqual(await world.payments(made.orderId), []);
});

pay('a deadline closes the window and resolves with what the server knows', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  const button = await kiosk(page, made, { settings: { layout: 'popup' }, options: { deadline: 2500 } });
  const { popup } = await popupWindow(page, world, () => button.click());
  await until('the deadline to close the window', () => popup.isClosed());
  assert.deepEqual(await ended(page), [{ status: 'pending', final: false }]);
  assert.deepEqual(await heard(page), ['opening', 'paying', 'checking']);
  await clean(page, context);
});

pay('a deadline before there is an order: an error, and no window', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  const button = await kiosk(page, made, { settings: { layout: 'popup' }, options: { deadline: 300 }, makes: 'late' });
  await button.click();
  assert.deepEqual(await ended(page), [{ code: 'order_failed', cause: 'TimeoutError: deadline', ours: true }]);
  await clean(page, context);
});

pay('offline in the middle, and back: the payment has waited', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const button = await kiosk(page, made, { settings: { layout: 'popup' } });
  const { popup } = await popupWindow(page, world, () => button.click());
  await context.setOffline(true);
  // The status that waits at the server is cut off, and asked again in vain.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2500)));
  assert.deepEqual(await page.evaluate(() => window.kiosk.ended), [], 'no server_unreachable in the middle of a payment');
  assert.equal(popup.isClosed(), false);
  await context.setOffline(false);
  await choose(popup, 'pay');
  assert.deepEqual(await ended(page), [{ status: 'paid', final: true }]);
  await clean(page, context);
});

pay('offline while the result is handed over: it is sent when there is a connection, once', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  const button = await kiosk(page, made, { settings: { layout: 'layer' } });
  await button.click();
  const window = await layerWindow(page, world);
  const sent = [];
  let connected = false;
  await page.route('**/pay/orders/*/{result,status?**}', (route) => {
    if (route.request().url().endsWith('/result')) sent.push(connected);
    return connected ? route.continue() : route.abort('internetdisconnected');
  });
  await page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await choose(window, 'pay');
  await until('the result to be sent in vain', () => sent.length > 0);
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 2500)));
  assert.deepEqual(sent, [false], 'not again and again');
  connected = true;
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  assert.deepEqual(await ended(page), [{ status: 'paid', final: true }]);
  assert.deepEqual(sent, [false, true]);
  assert.equal((await world.payment(made.orderId)).confirms, 1);
  await clean(page, context);
});

pay('back from a redirect by the browser\'s own button: the overlay goes and the server is asked', async ({ world }) => {
  // Drivers switch the back/forward cache off.
  const browser = await world.browser.browserType().launch({
    executablePath: process.env.CHROMIUM || chromium(),
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
  try {
    // The second by the launch page, where wasm is refused.
    for (const query of ['', '?csp=nowasm']) {
      const context = await browser.newContext({ locale: 'ko-KR' });
      await watch(context);
      const page = await context.newPage();
      await visit(page, world, {}, { query });
      const made = await order(page, world, card);
      const button = await kiosk(page, made, { settings: { layout: 'redirect' } });
      const shop = page.url();
      await button.click();
      await page.waitForURL((url) => url.href.startsWith(query ? `${world.shop}/pay/launch/` : world.gateways));
      await page.goBack({ waitUntil: 'commit' });
      assert.equal(page.url(), shop);
      assert.equal(await page.evaluate(() => 'kiosk' in window), true, 'the browser has kept the page as it was');
      assert.deepEqual(await ended(page), [{ status: 'pending', final: false }]);
      assert.deepEqual(await heard(page), ['opening', 'paying', 'checking']);
      await clean(page, context);
      await context.close();
    }
  } finally {
    await browser.close();
  }
});

pay('a reload in the middle: resume tells what the popup did', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const button = await kiosk(page, made, { settings: { layout: 'popup' } });
  const { popup } = await popupWindow(page, world, () => button.click());
  await page.reload();
  await kiosk(page, made);
  await page.evaluate(() => void window.kiosk.take(window.kiosk.checkout.resume()));
  await choose(popup, 'pay');
  assert.deepEqual(await ended(page), [{ status: 'paid', final: true }]);
  assert.deepEqual(await heard(page), ['checking']);
  assert.equal(await page.evaluate(() => window.kiosk.checkout.resume()), null, 'and it is settled for good');
});

pay('resume while the buyer still pays: pending in good time, with the core and without it', async ({ page, context, world }) => {
  const results = ['with the core', 'without it'].map(async (how, nth) => {
    const tab = nth === 0 ? page : await context.newPage();
    await visit(tab, world);
    const made = await order(tab, world, card);
    const button = await kiosk(tab, made, { settings: { layout: 'popup' } });
    const { popup } = await popupWindow(tab, world, () => button.click());
    if (nth === 1) await tab.route('**/package/core.js', (route) => route.abort());
    await tab.reload();
    await kiosk(tab, made);
    await tab.evaluate(() => void window.kiosk.take(window.kiosk.checkout.resume()));
    assert.deepEqual(await ended(tab, { within: 40_000 }), [{ status: 'pending', final: false }], how);
    assert.equal(popup.isClosed(), false, `${how}: the payment is left alone`);
    await choose(popup, 'pay');
    await settled(world, made, 'paid');
  });
  await Promise.all(results);
});

pay('an abort from inside the call ends it too', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  await kiosk(page, made);
  await page.evaluate((made) => {
    const stop = new AbortController();
    const source = () => (stop.abort(new Error('unmounted')), made);
    document.querySelector('#kiosk').onclick = () => void window.kiosk.take(window.kiosk.checkout.pay(source, { layout: 'popup', signal: stop.signal }));
  }, made);
  await page.locator('#kiosk').click();
  assert.deepEqual(await ended(page), ABORTED);
  await clean(page, context);
  assert.deepEqual(await world.payments(made.orderId), []);
});

pay('two calls in one click: one window, one promise', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const button = await kiosk(page, made, { settings: { layout: 'popup' }, makes: 'called', calls: 2 });
  const { popup } = await popupWindow(page, world, () => button.click());
  assert.equal((await openings(page)).length, 1);
  await choose(popup, 'pay');
  assert.deepEqual(await ended(page, { count: 2 }), Array(2).fill({ status: 'paid', final: true }));
  assert.equal(await page.evaluate(() => window.kiosk.same), true);
  await clean(page, context);
  assert.equal((await world.payments(made.orderId)).length, 1);
});

pay('two calls in one click, the second one is aborted: both end, and the order can be paid anew', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const first = await kiosk(page, made, { settings: { layout: 'popup' }, calls: 2 });
  await popupWindow(page, world, () => first.click());
  await stop(page);
  assert.deepEqual(await ended(page, { count: 2 }), [...ABORTED, ...ABORTED]);
  await clean(page, context);
  const second = await kiosk(page, made, { settings: { layout: 'popup' } });
  const { popup } = await popupWindow(page, world, () => second.click());
  await choose(popup, 'pay');
  assert.deepEqual(await ended(page), [{ status: 'paid', final: true }]);
  assert.equal((await world.payments(made.orderId)).length, 1);
});

pay('two tabs, one gives up: the other pays, once', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const other = await context.newPage();
  await visit(other, world);
  const windows = [];
  for (const tab of [page, other]) {
    await tab.bringToFront();
    const button = await kiosk(tab, made, { settings: { layout: 'popup' } });
    windows.push((await popupWindow(tab, world, () => button.click())).popup);
  }
  await stop(page);
  assert.deepEqual(await ended(page), ABORTED);
  await choose(windows[1], 'pay');
  assert.deepEqual(await ended(other), [{ status: 'paid', final: true }]);
  assert.equal((await world.payments(made.orderId)).length, 1);
});
