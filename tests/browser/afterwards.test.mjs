// What the shop does for a buyer after the window: charges a registered card, gives money back.

import assert from 'node:assert/strict';
import { arrived, choose } from './gateway.mjs';
import { press, shown, states, visit } from './shop.mjs';
import { world as open } from './world.mjs';

const { pay } = open();

pay('a registered card pays without a window, and the money goes back', async ({ page, context, world }) => {
  await visit(page, world, { gateway: 'payple', method: 'card', work: 'register', layout: 'redirect' });
  const { orderId: registered } = await press(page);
  await choose(await arrived(page, world), 'pay');
  await shown(page, 'registered');
  await page.getByTestId('charge').click();
  await shown(page, 'paid');
  const orderId = await page.getByTestId('outcome').getAttribute('data-order');
  assert.notEqual(orderId, registered, 'an order of its own');
  assert.equal(context.pages().length, 1, 'no window');
  assert.equal(String((await world.payment(orderId)).amount), '10000');
  assert.deepEqual((await states(page, world, orderId)).slice(-2), ['charging', 'paid']);

  await givenBack(page, world, orderId);
});

pay('a payment is given back only when the buyer says so twice, and then cannot be paid or given back again', async ({ page, world }) => {
  await visit(page, world, { gateway: 'payletter', method: 'creditcard', layout: 'redirect' });
  const { orderId } = await press(page);
  await choose(await arrived(page, world), 'pay');
  await shown(page, 'paid');
  page.once('dialog', (dialog) => dialog.dismiss());
  await page.getByTestId('refund').click();
  await shown(page, 'paid');
  assert.equal((await world.payment(orderId)).refunds, 0);
  await givenBack(page, world, orderId);
});

async function givenBack(page, world, orderId) {
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByTestId('refund').click();
  await page.locator('[data-testid=outcome][data-state=refunded]').waitFor();
  assert.match(await page.locator('#order').innerText(), /환불 금액\s+10,000원/);
  assert.deepEqual(await page.locator('.actions [data-testid]').evaluateAll((all) => all.map((one) => one.dataset.testid)), ['again']);
  const [payment] = await world.payments(orderId);
  assert.equal(payment.state, 'cancelled');
  assert.equal(payment.refunds, 1);
}
