// A page with one button that calls the package itself and can be stopped: what was heard and how it ended is kept.

import { until } from './world.mjs';

/**
 * Puts the button on the page. `makes` is how the order comes: at once, by a call, or by a call that waits until the
 * test says so (`page.evaluate(() => kiosk.order())`). `calls` is how often one click calls `pay`.
 */
export async function kiosk(page, order, { settings = {}, options = {}, makes = 'ready', calls = 1 } = {}) {
  await page.evaluate(
    async ({ order, settings, options, makes, calls }) => {
      const { createCheckout, isPaypairError } = await import('/package/index.js');
      const checkout = createCheckout({ server: '/pay', ...settings });
      const kiosk = (window.kiosk = { checkout, heard: [], ended: [], stop: new AbortController() });
      kiosk.take = (promise) => promise.then(
        (outcome) => kiosk.ended.push({ status: outcome?.status, final: outcome?.final }),
        (error) => kiosk.ended.push({ code: error.code, cause: String(error.cause), ours: isPaypairError(error) }),
      );
      kiosk.unheard = checkout.on('state', (state, { orderId }) => kiosk.heard.push(orderId ? state : `${state}, no order`));
      const ordered = new Promise((resolve) => { kiosk.order = resolve; });
      const source = {
        ready: order,
        called: async () => order,
        late: async () => (await ordered, order),
      }[makes];
      const button = Object.assign(document.createElement('button'), { id: 'kiosk', textContent: 'pay' });
      button.style.cssText = 'position:fixed;inset:8px auto auto 8px;z-index:9;width:80px;height:40px';
      button.onclick = () => {
        button.remove();
        const promises = Array.from({ length: calls }, (_, call) => {
          // Only the last call's signal is the one that the test aborts.
          const { signal } = call === calls - 1 ? kiosk.stop : new AbortController();
          return checkout.pay(source, { ...options, signal });
        });
        kiosk.same = promises.every((promise) => promise === promises[0]);
        promises.forEach(kiosk.take);
      };
      document.body.append(button);
    },
    { order, settings, options, makes, calls },
  );
  return page.locator('#kiosk');
}

/** How the calls ended, once `count` of them did. */
export function ended(page, { count = 1, within } = {}) {
  return until(`${count} calls to end`, async () => {
    const ended = await page.evaluate(() => window.kiosk.ended).catch(() => []);
    return ended.length >= count ? ended : null;
  }, { within });
}

export const heard = (page) => page.evaluate(() => window.kiosk.heard);

/** Nothing of a payment is left: no window, no overlay, and nobody asks any more. */
export async function clean(page, context) {
  await until('the windows to close', () => context.pages().length === 1);
  await until('the overlay to go', async () => (await page.locator('[data-paypair=overlay]').count()) === 0);
  const scroll = await page.evaluate(() => document.documentElement.style.overflow);
  if (scroll === 'hidden') throw new Error('the page cannot be scrolled');
  let asked = 0;
  const count = (request) => {
    if (request.url().includes('/pay/')) asked += 1;
  };
  page.on('request', count);
  // Longer than the pause between two asks, and than the watch.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500)));
  page.off('request', count);
  if (asked > 0) throw new Error(`the server was asked ${asked} times after the end`);
}
