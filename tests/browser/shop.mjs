// The buyer's side: the demo shop as a page, and a bare button on it for calls that the shop does not make.

import assert from 'node:assert/strict';
import { opened, orders } from './watch.mjs';
import { until } from './world.mjs';

/** Opens the shop and makes the choices; what has only one option chooses itself. */
export async function visit(page, world, choices = {}, { query = '' } = {}) {
  await page.goto(`${world.shop}/${query}`);
  await page.locator('[data-testid=pay]:enabled').waitFor();
  for (const name of ['product', 'gateway', 'method', 'work', 'cardFlow', 'layout']) {
    if (choices[name] === undefined) continue;
    const input = page.locator(`input[name=${name}][value=${choices[name]}]`);
    if (name === 'layout') await page.locator('details#curious').evaluate((details) => { details.open = true; });
    // The radio itself is drawn by its label.
    await input.evaluate((radio) => radio.click());
    assert.equal(await input.isChecked(), true, `${name}=${choices[name]} can be chosen`);
  }
}

/** Presses the shop's pay button; answers the order that the shop's server made. */
export async function press(page) {
  const before = orders(page).length;
  await page.getByTestId('pay').click();
  return until('the shop to place an order', () => orders(page)[before]);
}

/** Waits until the shop shows this outcome. */
export async function shown(page, status) {
  const verdict = page.getByTestId('outcome-status');
  try {
    await page.locator(`[data-testid=outcome-status][data-status=${status}]`).waitFor();
  } catch (error) {
    const there = (await verdict.count()) > 0 ? await verdict.getAttribute('data-status') : 'no outcome';
    const failure = await page.locator('[data-testid=failure]:visible').allInnerTexts();
    const frames = page.frames().map((frame) => frame.url()).join(' ');
    const overlay = await page.locator('[data-paypair=overlay]').allInnerTexts();
    const seen = [failure.join(), frames, overlay.join()].filter(Boolean).join('; ');
    throw new Error(`the page shows ${there}, not ${status}: ${seen}`, { cause: error });
  }
  return verdict;
}

/** Makes an order through the shop's API, as the page does. */
export async function order(page, world, choices) {
  const response = await page.context().request.post(`${world.shop}/api/orders`, {
    data: { product: 'lamp', ...choices },
    headers: { origin: world.shop },
  });
  assert.equal(response.ok(), true, `order: ${response.status()} ${await response.text()}`);
  return response.json();
}

/** What the shop's server tells about an order: order, outcome and timeline. */
export async function record(page, world, orderId) {
  const response = await page.context().request.get(`${world.shop}/api/orders/${orderId}`);
  assert.equal(response.ok(), true, `record of ${orderId}: ${response.status()}`);
  return response.json();
}

/** The states that an order's attempts went through, by the ledger. */
export async function states(page, world, orderId) {
  const { timeline } = await record(page, world, orderId);
  return timeline.map(({ to }) => to).filter(Boolean);
}

/** Asks the verifier as the page's script does. */
export async function ask(world, { orderId, clientSecret }, path, { method = 'POST', body, origin = world.shop } = {}) {
  const response = await fetch(`${world.shop}/pay/orders/${orderId}/${path}`, {
    method,
    headers: {
      origin,
      'paypair-client-secret': clientSecret,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
}

/** Waits until the verifier gives an order this status. */
export function settled(world, order, status, options) {
  let last;
  return until(`status ${status} of ${order.orderId}`, async () => {
    last = (await ask(world, order, 'status', { method: 'GET' })).body;
    return last.status === status ? last : null;
  }, options).catch((error) => {
    throw new Error(`${error.message}; last: ${JSON.stringify(last)}`);
  });
}

/**
 * Puts a button on the page that calls the package itself, as a merchant's own page would.
 * `calls(page)` then tells what promise and callbacks got.
 */
export async function button(page, order, { settings = {}, options = {}, asPromise = false } = {}) {
  await page.evaluate(
    async ({ order, settings, options, asPromise }) => {
      const { createCheckout } = await import('/package/index.js');
      const checkout = createCheckout({ server: '/pay', ...settings });
      window.calls = { results: [], errors: [], states: [], outcome: null, rejected: null };
      const element = document.createElement('button');
      element.id = 'bare';
      element.textContent = 'pay';
      element.style.cssText = 'position:fixed;inset:8px auto auto 8px;z-index:2147483647;width:80px;height:40px';
      element.onclick = () => {
        const promise = checkout.pay(asPromise ? async () => order : order, {
          ...options,
          onResult: (outcome) => window.calls.results.push(outcome),
          onError: (error) => window.calls.errors.push(error.code),
          onState: (state) => window.calls.states.push(state),
        });
        element.remove();
        promise.then(
          (outcome) => { window.calls.outcome = outcome; },
          (error) => { window.calls.rejected = { code: error.code, message: error.message }; },
        );
      };
      document.body.append(element);
    },
    { order, settings, options, asPromise },
  );
}

/** What the promise of `button` resolved with. */
export async function outcome(page, { within = 25_000 } = {}) {
  const calls = await until('the promise to settle', async () => {
    const calls = await page.evaluate(() => window.calls).catch(() => null);
    return calls && (calls.outcome || calls.rejected) ? calls : null;
  }, { within });
  assert.equal(calls.rejected, null, `rejected: ${JSON.stringify(calls.rejected)}`);
  assert.equal(calls.results.length, 1, 'the callback was called once');
  assert.deepEqual(calls.results[0], calls.outcome, 'callback and promise tell the same');
  return calls.outcome;
}

/** Windows and layers that were opened, each with the event inside which that happened. */
export function openings(page) {
  return until('the page to open a window', () => (opened(page).length > 0 ? opened(page) : null));
}
