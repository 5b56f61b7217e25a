// Payments that do not go through: declined, cancelled, closed; and orders that are tried more than once.

import assert from 'node:assert/strict';
import { arrived, choose, gone, layerWindow, leave, popupWindow } from './gateway.mjs';
import { ask, button, order, outcome, press, record, settled, shown, states, visit } from './shop.mjs';
import { until, world as open } from './world.mjs';

const { pay } = open();
const methods = {
  payple: { gateway: 'payple', method: 'card', work: 'confirm_then_pay' },
  payletter: { gateway: 'payletter', method: 'creditcard' },
  payletter_global: { gateway: 'payletter_global', method: 'PLCreditCard' },
};

for (const [gateway, choices] of Object.entries(methods)) {
  pay(`P12 ${gateway}: a declined card is told as declined, with the gateway's reason`, async ({ page, world }) => {
    const { made } = await started(page, world, choices, 'decline');
    await shown(page, 'declined');
    const { outcome: result } = await record(page, world, made.orderId);
    assert.ok(result.reason?.message?.ko && result.reason.message.en, 'a reason in both languages');
    assert.deepEqual(await captured(world, made), []);
  });

  pay(`P12 ${gateway}: a buyer who cancels is told cancelled`, async ({ page, world }) => {
    const { made } = await started(page, world, choices, 'cancel');
    await shown(page, 'cancelled');
    assert.deepEqual(await captured(world, made), []);
  });

  pay(`P12 ${gateway}: a closed popup is no last word: what the buyer pays after it counts`, async ({ page, context, world }) => {
    await visit(page, world);
    const made = await order(page, world, choices);
    await button(page, made, { settings: { layout: 'popup' }, options: { gateway } });
    const { popup } = await popupWindow(page, world, () => page.locator('#bare').click());
    // The same payment window once more, where no page can see it: a bank's app, another tab.
    const elsewhere = gateway === 'payple' ? null : await context.newPage();
    await elsewhere?.goto(popup.url());
    await popup.close();
    const result = await outcome(page);
    assert.equal(result.status, 'pending', 'unknown, not cancelled');
    assert.equal(result.final, false);
    assert.deepEqual(await captured(world, made), []);
    if (!elsewhere) return; // Payple's window was opened by a form post; and CERT captures only when we confirm
    await choose(elsewhere, 'pay');
    await settled(world, made, 'paid');
    assert.equal((await captured(world, made)).length, 1);
    assert.equal((await captured(world, made))[0].refunds, 0, 'late, but the only one: kept');
  });
}

pay('P12 payple: cancelled in the whole page, the result page tells it', async ({ page, world }) => {
  await visit(page, world, { ...methods.payple, layout: 'redirect' });
  const made = await press(page);
  await choose(await arrived(page, world), 'cancel');
  await page.waitForURL((url) => url.origin === world.shop && url.searchParams.get('order') === made.orderId);
  await shown(page, 'cancelled');
  assert.deepEqual(await captured(world, made), []);
});

pay('P12 payple PAY: paid, then closed before the result came: never told as cancelled', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, { ...methods.payple, work: 'pay_now' });
  await world.script('payple', ['return_never'], { order_id: made.orderId });
  await button(page, made, { settings: { layout: 'popup' }, options: { gateway: 'payple' } });
  const { popup } = await popupWindow(page, world, () => page.locator('#bare').click());
  await choose(popup, 'pay');
  await world.payment(made.orderId);
  if (!popup.isClosed()) await popup.close();
  const result = await outcome(page);
  assert.notEqual(result.status, 'cancelled');
  await settled(world, made, 'paid');
});

for (const gateway of ['payletter', 'payletter_global']) {
  pay(`P12 ${gateway}: paid, then closed while the callback is still on its way`, async ({ page, world }) => {
    await visit(page, world, methods[gateway]);
    const { popup, made } = await popupWindow(page, world, () => press(page));
    await world.script(gateway, ['return_never', 'callback_never'], { order_id: made.orderId });
    await choose(popup, 'pay');
    await world.payment(made.orderId);
    await leave(popup);
    await page.getByTestId('outcome-status').waitFor();
    assert.notEqual(await page.getByTestId('outcome-status').getAttribute('data-status'), 'cancelled');
    await world.control('deliver', { gateway, order_id: made.orderId });
    await shown(page, 'paid');
    assert.equal((await captured(world, made)).length, 1);
  });
}

pay('P13 declined, then paid on the same order: a second attempt, one capture', async ({ page, world }) => {
  const { made } = await started(page, world, methods.payple, 'decline');
  await shown(page, 'declined');
  await page.getByTestId('retry').click();
  await choose(await layerWindow(page, world), 'pay');
  await shown(page, 'paid');
  const own = await captured(world, made);
  assert.deepEqual(own.map(({ order_id: id }) => id), [`${made.orderId}-2`], 'its own gateway order id');
  assert.equal(own[0].confirms, 1);
  const walked = await states(page, world, made.orderId);
  assert.ok(walked.indexOf('declined') < walked.indexOf('paid'), walked.join(' -> '));
});

pay('P13 two tabs on one order: both pay, one capture', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, methods.payple);
  const other = await context.newPage();
  await visit(other, world);
  const windows = [];
  for (const tab of [page, other]) {
    await tab.bringToFront();
    await button(tab, made, { options: { gateway: 'payple' } });
    await tab.locator('#bare').click();
    windows.push(await layerWindow(tab, world));
  }
  // At the same moment; the slower one may find its window gone, because its page has heard the truth already.
  await Promise.all(windows.map((window) => window.getByTestId('pay').click({ timeout: 5000 }).catch(() => {})));
  await settled(world, made, 'paid');
  const told = [await outcome(page), await outcome(other)];
  assert.deepEqual(told.map(({ status }) => status), ['paid', 'paid'], 'both pages learn the truth');
  const own = await captured(world, made);
  assert.equal(own.length, 1, JSON.stringify(own));
  assert.equal(own[0].confirms, 1);
});

pay('P13 two tabs with Payletter: the second is led to the same attempt', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, methods.payletter);
  const other = await context.newPage();
  await visit(other, world);
  const popups = [];
  for (const tab of [page, other]) {
    await tab.bringToFront();
    await button(tab, made, { settings: { layout: 'popup' }, options: { gateway: 'payletter' } });
    popups.push((await popupWindow(tab, world, () => tab.locator('#bare').click())).popup);
  }
  await choose(popups[0], 'pay');
  assert.equal((await outcome(page)).status, 'paid');
  await popups[1].getByTestId('pay').click().catch(() => {}); // the gateway may have closed this session already
  assert.equal((await outcome(other)).status, 'paid');
  assert.equal((await captured(world, made)).length, 1);
  assert.equal((await world.payments(made.orderId)).length, 1);
});

pay('an order that cannot be made is an error with its cause, and its window is gone', async ({ page, context, world }) => {
  await visit(page, world);
  for (const layout of ['popup', 'layer', 'redirect']) {
    for (const how of ['throws', 'rejects']) {
      const told = await page.evaluate(async ({ layout, how }) => {
        const { createCheckout, isPaypairError } = await import('/package/index.js');
        const source = { throws: () => { throw new Error('sold out'); }, rejects: async () => { throw new Error('sold out'); } }[how];
        return new Promise((resolve) => {
          const button = Object.assign(document.createElement('button'), { id: 'bare', textContent: 'pay' });
          button.style.cssText = 'position:fixed;inset:8px auto auto 8px;z-index:9';
          button.onclick = () => {
            button.remove();
            createCheckout({ server: '/pay', layout }).pay(source).catch((error) => {
              resolve({ ours: isPaypairError(error), code: error.code, cause: error.cause?.message });
            });
          };
          document.body.append(button);
          setTimeout(() => button.click());
        });
      }, { layout, how });
      assert.deepEqual(told, { ours: true, code: 'order_failed', cause: 'sold out' }, `${layout}, ${how}`);
      await until('the window to close', () => context.pages().length === 1);
      assert.equal(await page.locator('[data-paypair=overlay]').count(), 0);
    }
  }
});

pay('P13 an order that is paid opens no window any more', async ({ page, world }) => {
  await visit(page, world, methods.payletter);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await choose(popup, 'pay');
  await shown(page, 'paid');
  await gone(popup);
  const { body } = await ask(world, made, 'prepare', { body: { layout: 'popup', device: 'desktop' } });
  assert.equal(body.launch, undefined);
  assert.equal(body.outcome.status, 'paid');
});

/** Opens a payment window by the shop's own page and presses one of its buttons. */
async function started(page, world, choices, pressed) {
  await visit(page, world, choices);
  if (choices.gateway === 'payple') {
    const made = await press(page);
    await choose(await layerWindow(page, world), pressed);
    return { made };
  }
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await arrived(popup, world);
  await choose(popup, pressed);
  return { made, popup };
}

async function captured(world, { orderId }) {
  return (await world.payments(orderId)).filter(({ state }) => state === 'captured');
}
