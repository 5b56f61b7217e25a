// Real payments in every environment, layout and result of tests/environments.mjs, by the package's public calls alone. The
// sandbox's money book and what the merchant's page was told are the judges.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { cells, environments, wayLine } from '../environments.mjs';
import { paymentWindow, place, visit } from './engines/buyer.mjs';
import { front } from './engines/front.mjs';
import { Engines, iphone, pixel } from './engines/index.mjs';
import { until, World } from './world.mjs';

const world = new World({ www: join(root, 'tests/browser/engines/pages'), front, browser: false });
const engines = new Engines();
const devices = { iphone, pixel };
const gateways = ['payple', 'payletter', 'payletter_global'];

before(() => world.open());
after(() => engines.stop().finally(() => world.close()));

// Firefox and WebKitGTK have one focus, and their buyers come one after the other; Chromium gives each profile its own.
describe('environments', { concurrency: 3 }, () => {
  for (const [browser, buyers] of [['WebKitGTK', 1], ['Firefox', 1], ['Chromium', 2]]) {
    describe(browser, { concurrency: buyers }, () => {
      for (const cell of cells.filter(({ environment }) => environment.browser === browser)) {
        test(cell.title, { timeout: 90_000 }, async (t) => {
          t.diagnostic(wayLine(cell.title, await paid(cell)));
        });
      }
      failingNetwork(browser);
    });
  }
});

/**
 * Waits until the window that COOP cut off is out of the way. It closes itself when it has been heard; where a browser keeps it (WebKitGTK
 * does or does not, by the pages that it counts in the window's history), it shows the result.
 */
async function severedEnds(profile, url) {
  let urls;
  const look = async () => {
    urls = [];
    for (const window of await profile.windows()) urls.push(await window.url().catch((error) => error.message));
    return urls.length === 1 || urls.some((shown) => shown.startsWith(url));
  };
  await until(`the severed window to close or to show ${url}`, look).catch((error) => {
    throw new Error(`${error.message}; the windows show ${urls.join(' and ')}`);
  });
}

/** One payment; answers the way it went. */
async function paid({ environment, layout, result }) {
  const { browser, device, app, coop, slow } = environment;
  const gateway = gatewayOf(environment, layout, result);
  const order = await place(world, gateway);
  const profile = await engines.profile(browser, {
    device: devices[device],
    userAgent: app && `${devices[device].userAgent} ${app}`,
  });
  try {
    const page = await visit(profile, world, {
      query: coop ? '?coop=1' : '',
      order,
      options: { layout, gateway },
      by: slow ? '/slow' : '',
      refused: app !== undefined,
      how: slow ? 'promise' : 'order',
    });
    await page.click('#pay');
    const { openings } = await world.front.hear(order.orderId, 'click');
    const shown = app ? 'redirect' : layout;
    const [kind] = { popup: ['window'], layer: ['frame'], redirect: [undefined] }[layout];
    assert.deepEqual(openings.map(({ kind, ok }) => [kind, ok]), kind ? [[kind, !app]] : [], 'opened in the click');

    const { place: paying, window } = await paymentWindow(profile, world);
    assert.equal((await profile.windows()).length, shown === 'popup' ? 2 : 1, 'windows');
    if (result !== 'closed') await paying.click(`[data-testid=${BUTTONS[result]}]`);
    else if (layout === 'popup') await window.close();
    else await page.click('[data-paypair=overlay] button[aria-label]');

    const end = await world.front.hear(order.orderId, 'end', { within: 40_000 });
    const outcome = [end.error, end.outcome?.status, end.outcome?.orderId];
    assert.deepEqual(outcome, [undefined, result === 'closed' ? CLOSED[layout] : result, order.orderId], 'what the page was told');
    assert.equal(end.page, shown === 'redirect' ? 'result' : 'shop', 'the page that was told');
    assert.equal(end.overlays, 0, 'nothing is left over the page');
    const captured = (await world.payments(order.orderId)).filter(({ state }) => state === 'captured');
    assert.equal(captured.length, result === 'paid' ? 1 : 0, 'payments in the book');
    if (coop && shown === 'popup') await severedEnds(profile, `${world.shop}/result.html`);
    else await until('the payment window to go', async () => (await profile.windows()).length === 1);
    assert.equal(world.front.told.get(order.orderId).filter(({ when }) => when === 'end').length, 1, 'told once');
    if (coop && shown === 'popup') return 'popup (severed)';
    return shown === layout ? shown : `${shown} (${layout} refused)`;
  } finally {
    await profile.close();
  }
}

/** The button of the payment window. */
const BUTTONS = { paid: 'pay', declined: 'decline', cancelled: 'cancel' };

/** A closed window is no word of the buyer's: what he did in it may still come. A layer's button is ours, and Payple's result with it. */
const CLOSED = { popup: 'pending', layer: 'cancelled' };

/** Only Payple's window may stand in a frame; elsewhere every gateway has its turn in every environment. */
function gatewayOf(environment, layout, result) {
  if (layout === 'layer') return 'payple';
  const turn = environments.indexOf(environment) + ['popup', 'redirect'].indexOf(layout) + environment.layouts[layout].indexOf(result);
  return gateways[turn % gateways.length];
}

/**
 * The answer is lost that would have led the buyer on: the page is told so, and nothing of it is in the way of the next click.
 * Answers lost after that are asked for again: the buyer is paying.
 */
function failingNetwork(browser) {
  test(`failing network in ${browser}: the page is told, the window is gone, and the next click pays`, { timeout: 90_000 }, async () => {
    const order = await place(world, 'payletter');
    const profile = await engines.profile(browser);
    try {
      const page = await visit(profile, world, { order, options: { layout: 'popup', gateway: 'payletter' }, by: '/torn' });
      await page.click('#pay');
      const first = await world.front.hear(order.orderId, 'end');
      assert.equal(first.error, 'answer_unreadable');
      assert.equal(first.overlays, 0);
      await until('the window to go', async () => (await profile.windows()).length === 1);
      world.front.told.delete(order.orderId);
      await page.click('#pay');
      const { place: paying } = await paymentWindow(profile, world);
      await paying.click('[data-testid=pay]');
      const end = await world.front.hear(order.orderId, 'end');
      assert.deepEqual([end.error, end.outcome?.status], [undefined, 'paid']);
      assert.equal((await world.payments(order.orderId)).length, 1);
    } finally {
      await profile.close();
    }
  });
}
