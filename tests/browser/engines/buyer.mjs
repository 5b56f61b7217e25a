// A buyer in any browser: opens the merchant's page, presses its button, finds the payment window and answers it.

import { until } from '../world.mjs';

/** What is bought of each gateway. */
export const goods = {
  payple: { gateway: 'payple', method: 'card', work: 'confirm_then_pay' },
  payletter: { gateway: 'payletter', method: 'creditcard' },
  payletter_global: { gateway: 'payletter_global', method: 'PLCreditCard' },
};

/** Makes an order by the shop's API. */
export async function place(world, gateway) {
  const answer = await fetch(`${world.shop}/api/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: world.shop },
    body: JSON.stringify({ product: 'lamp', ...goods[gateway] }),
  });
  if (!answer.ok) throw new Error(`order: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The merchant's page with its button ready. `query` switches headers on, `ask` is what pages/pay.js reads. */
export async function visit(profile, world, { query = '', ...ask }) {
  const page = await profile.open();
  await page.goto(`${world.shop}/${query}#${encodeURIComponent(JSON.stringify(ask))}`);
  await until('the pay button', () => page.has('#pay:enabled'));
  return page;
}

/** The place where the gateway's payment window stands, in whatever window or frame that is. */
export function paymentWindow(profile, world) {
  return seek(profile, 'the payment window', async (place) =>
    (await place.url()).startsWith(world.gateways) && place.has('[data-testid=pay]'));
}

/** The verifier's launch page, where a page has no wasm. */
export function launchPage(profile) {
  return seek(profile, 'the launch page', async (place) =>
    (await place.url()).includes('/pay/launch/') && place.has('form button[type=submit]'), { framed: false });
}

/**
 * A place among all windows, and frames; those that close or move while we look are passed over. A question to WebKitGTK that is never
 * answered costs eight seconds, and a window that opens and moves on may cost two.
 */
function seek(profile, what, fits, { framed = true } = {}) {
  return until(what, async () => {
    for (const window of await profile.windows()) {
      if (await fits(window).catch(() => false)) return { place: window, window };
      const frames = framed ? await window.frames().catch(() => []) : [];
      for (const place of frames) if (await fits(place).catch(() => false)) return { place, window };
    }
    return null;
  }, { within: 45_000 });
}
