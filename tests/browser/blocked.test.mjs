// The window opens in the click: with the popup blocker on, and the core there, late, or refused, in all three browsers.
//
// The page notes what stands open before its click handler returns; nothing that is awaited can stand in that note. And the
// payment still goes on to its end. The last tests show that the notes can be otherwise.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { launchPage, paymentWindow, place, visit } from './engines/buyer.mjs';
import { front, LATE } from './engines/front.mjs';
import { Engines } from './engines/index.mjs';
import { World } from './world.mjs';

const world = new World({ www: join(root, 'tests/browser/engines/pages'), front, browser: false });
const engines = new Engines();

before(() => world.open());
after(() => engines.stop().finally(() => world.close()));

/** How the core is when the buyer clicks. `without`: the payment goes by the verifier's launch page. */
const cores = {
  'loaded': { ready: true },
  'five seconds late': { by: '/late', late: true },
  'refused by the page\'s CSP': { query: '?csp=nowasm', without: true },
  'not there (404)': { by: '/absent', without: true },
};

// WebKitGTK's driver has one window for all buyers.
describe('the window opens in the click', { concurrency: 3 }, () => {
  for (const [browser, buyers] of [['WebKitGTK', 1], ['Firefox', 2], ['Chromium', 2]]) {
    describe(browser, { concurrency: buyers }, () => {
      for (const layout of ['popup', 'layer']) {
        for (const [core, how] of Object.entries(cores)) {
          test(`${browser}, ${layout}, the core is ${core}: opened before the click handler returns, and paid`, { timeout: 90_000 },
            () => opens(browser, layout, how));
        }
      }
      test(`${browser}, control: an order that is awaited before pay() loses the click; the payment goes on as a redirect`, { timeout: 90_000 },
        () => tooLate(browser));
    });
  }
});

async function opens(browser, layout, { without = false, late = false, ...page }) {
  const gateway = layout === 'layer' ? 'payple' : 'payletter';
  const order = await place(world, gateway);
  await buyer(browser, { order, options: { layout, gateway }, how: 'promise', ...page }, async (profile) => {
    const { openings, at } = await world.front.hear(order.orderId, 'click');
    const kind = layout === 'layer' ? 'frame' : 'window';
    assert.deepEqual(openings, [{ kind, ok: true, clicking: true }], 'what stood open when the click handler returned');
    // The launch page has a button of its own, and cannot be framed: a layer goes there with the whole page.
    if (without) await (await launchPage(profile)).place.click('form button[type=submit]');
    await paymentWindow(profile, world);
    if (late) assert.ok(Date.now() - at >= LATE, 'the core was late');
    await pays(profile, order, without && layout === 'layer' ? 'result' : 'shop');
  });
}

/** What the tests above would see if anything were awaited first. */
async function tooLate(browser) {
  const order = await place(world, 'payletter');
  await buyer(browser, { order, options: { layout: 'popup', gateway: 'payletter' }, how: 'late' }, async (profile) => {
    assert.deepEqual((await world.front.hear(order.orderId, 'click')).openings, [], 'nothing when the click handler returned');
    const late = { kind: 'window', ok: false, clicking: false };
    assert.deepEqual((await world.front.hear(order.orderId, 'late')).openings, [late], 'the popup blocker is on');
    await pays(profile, order, 'result');
  });
}

/** A buyer on the merchant's page, who has pressed its button. */
async function buyer(browser, asked, then) {
  const profile = await engines.profile(browser);
  try {
    const page = await visit(profile, world, asked);
    await page.click('#pay');
    await then(profile);
  } finally {
    await profile.close();
  }
}

async function pays(profile, order, told) {
  await (await paymentWindow(profile, world)).place.click('[data-testid=pay]');
  const end = await world.front.hear(order.orderId, 'end');
  assert.deepEqual([end.error, end.outcome?.status, end.page], [undefined, 'paid', told]);
  const own = await world.payments(order.orderId);
  assert.deepEqual(own.map(({ state }) => state), ['captured'], 'the money book');
}
