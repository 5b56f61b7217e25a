// P15 and P16: pages that isolate themselves, wasm that is late or refused, connections that break in the middle.

import assert from 'node:assert/strict';
import { arrived, choose, layerWindow, popupWindow } from './gateway.mjs';
import { halfRequest } from './raw.mjs';
import { button, openings, order, outcome, press, settled, shown, visit } from './shop.mjs';
import { until, world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const card = { gateway: 'payletter', method: 'creditcard' };

pay('the popup blocker of these tests is on', async ({ page, world }) => {
  await visit(page, world);
  await page.evaluate(() => {
    document.body.addEventListener('click', () => {
      const later = () => {
        if (navigator.userActivation.isActive) setTimeout(later, 100);
        else console.log(`late: ${window.open('about:blank') ? 'opened' : 'blocked'}`);
      };
      later();
    }, { once: true });
  });
  // Asking the page would renew its activation: a driver's own calls count as the buyer's. So the page tells.
  const told = page.waitForEvent('console', (line) => line.text().startsWith('late:'));
  await page.locator('h1').click();
  assert.equal((await told).text(), 'late: blocked');
});

for (const [name, choices] of [['Payple', { ...cert, layout: 'popup' }], ['Payletter', { ...card, layout: 'popup' }]]) {
  pay(`P15 the shop is isolated by COOP same-origin, ${name} popup: the truth still arrives`, async ({ page, world }) => {
    await visit(page, world, choices, { query: '?coop=1' });
    const headers = await page.evaluate(async () => (await fetch(location.href)).headers.get('cross-origin-opener-policy'));
    assert.equal(headers, 'same-origin');
    const { popup, made } = await popupWindow(page, world, () => press(page));
    const [opened] = await openings(page);
    assert.deepEqual([opened.kind, opened.ok, opened.during !== null], ['window', true, true]);
    assert.equal(await popup.evaluate(() => window.opener), null, 'the opener is severed');
    await choose(popup, 'pay');
    await shown(page, 'paid');
    assert.equal((await world.payments(made.orderId)).length, 1);
  });
}

pay('P15 COOP same-origin, Payple layer: nothing is severed there', async ({ page, world }) => {
  await visit(page, world, { ...cert, layout: 'layer' }, { query: '?coop=1' });
  const { orderId } = await press(page);
  await choose(await layerWindow(page, world), 'pay');
  await shown(page, 'paid');
  assert.equal((await world.payment(orderId)).confirms, 1);
});

pay('P15 COOP same-origin, a popup that is closed: no false cancelled', async ({ page, world }) => {
  await visit(page, world, { ...card, layout: 'popup' }, { query: '?coop=1' });
  const { popup, made } = await popupWindow(page, world, () => press(page));
  // window.closed lies here: the page must not have given up while the buyer still looks at the card form.
  await popup.getByTestId('pay').waitFor();
  await choose(popup, 'pay');
  await settled(world, made, 'paid');
  await shown(page, 'paid');
});

for (const [name, choices] of [['Payple layer', cert], ['Payletter popup', card]]) {
  pay(`P15 wasm is five seconds late, ${name}: the window opens in the click all the same`, async ({ page, context, world }) => {
    await context.route('**/package/core.js', async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      await route.continue();
    });
    await visit(page, world, choices);
    const clicked = Date.now();
    const { orderId } = await press(page);
    const [opened] = await openings(page);
    assert.ok(Date.now() - clicked < 3000, 'seen before wasm could be there');
    assert.equal(opened.ok, true);
    assert.notEqual(opened.during, null, 'inside the click');
    const window = choices === cert
      ? await layerWindow(page, world)
      : await arrived(context.pages().find((it) => it !== page), world);
    await choose(window, 'pay');
    await shown(page, 'paid');
    assert.equal((await world.payments(orderId)).length, 1);
  });
}

for (const [name, choices] of [['Payple', cert], ['Payletter', card]]) {
  pay(`P15 wasm is refused by the page's CSP, ${name}: a window opens in the click and the truth arrives`, async ({ page, context, world }) => {
    await visit(page, world, choices, { query: '?csp=nowasm' });
    const refused = await page.evaluate(() =>
      WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])).then(() => false, () => true));
    assert.equal(refused, true, 'this page really has no wasm');
    const { orderId } = await press(page);
    const [opened] = await openings(page);
    assert.ok(opened.ok && opened.during !== null, `opened ${JSON.stringify(opened)}`);
    const { window, place } = await launched(page, context);
    await place.locator('form button[type=submit]').click();
    await arrived(window, world);
    await choose(window, 'pay');
    await until('the truth on a page of the shop', async () => {
      for (const it of context.pages()) {
        if (await it.locator('[data-testid=outcome-status][data-status=paid]').count().catch(() => 0)) return true;
      }
      return false;
    });
    await shown(page, 'paid');
    assert.equal((await world.payments(orderId)).length, 1);
  });
}

pay('P16 the connection breaks in the middle of a confirm (result by fetch): neither lost nor repeated', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  await world.script('payple', [{ name: 'slow_confirm', seconds: 3 }], { order_id: made.orderId });
  const broken = [];
  await page.route('**/pay/orders/*/result', async (route) => {
    const request = route.request();
    if (broken.length > 0) return route.continue();
    broken.push(await brokenMidway(world, request));
    return route.abort('connectionreset');
  });
  await button(page, made, { options: { gateway: 'payple' } });
  await page.locator('#bare').click();
  await choose(await layerWindow(page, world), 'pay');
  const result = await outcome(page);
  assert.equal(result.status, 'paid', 'the page learns the truth by asking again');
  assert.deepEqual(broken.map(({ bytes }) => bytes), [0], 'no answer had been sent when the connection broke');
  const own = await world.payments(made.orderId);
  assert.deepEqual(own.map(({ state, confirms }) => [state, confirms]), [['captured', 1]]);
});

pay('P16 the connection breaks in the middle of a confirm (result by form post): neither lost nor repeated', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  await world.script('payple', [{ name: 'slow_confirm', seconds: 3 }], { order_id: made.orderId });
  await button(page, made, { settings: { layout: 'popup' }, options: { gateway: 'payple' } });
  const { popup } = await popupWindow(page, world, () => page.locator('#bare').click());
  let broken;
  await popup.route('**/pay/return/payple/*', async (route) => {
    broken = await brokenMidway(world, route.request());
    await route.abort('connectionreset');
  });
  await choose(popup, 'pay');
  await settled(world, made, 'paid');
  assert.ok(broken, 'the form post was broken');
  const own = await world.payments(made.orderId);
  assert.deepEqual(own.map(({ state, confirms }) => [state, confirms]), [['captured', 1]]);
  await popup.close();
  assert.equal((await outcome(page)).status, 'paid');
});

/** Sends a browser's request by hand, and resets its connection once the gateway has been asked to confirm. */
async function brokenMidway(world, request) {
  const confirms = async () =>
    (await world.control('book')).calls.filter(({ path }) => /confirm/i.test(path)).length;
  const before = await confirms();
  const half = await halfRequest(request.url(), {
    method: request.method(), headers: await request.allHeaders(), body: request.postData() ?? '',
  });
  await until('the confirm to begin', async () => (await confirms()) > before);
  half.reset();
  return half.answer;
}

/** The launch page, in a window of its own or in a frame of the shop. */
async function launched(page, context) {
  return until('the launch page', async () => {
    for (const window of context.pages()) {
      const place = window.frames().find((frame) => frame.url().includes('/pay/launch/'));
      if (place) return { window, place };
    }
    return null;
  });
}
