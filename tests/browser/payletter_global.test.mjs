// Payletter Global: the notice decides, the return page only shows.

import assert from 'node:assert/strict';
import { arrived, choose, gone, popupWindow } from './gateway.mjs';
import { ask, openings, press, record, settled, shown, visit } from './shop.mjs';
import { until, world as open } from './world.mjs';

const { pay } = open();
const card = { gateway: 'payletter_global', method: 'PLCreditCard' };

pay('P11 Payletter Global card in a popup: paid by the notice', async ({ page, world }) => {
  await visit(page, world, card);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  assert.deepEqual((await openings(page)).map(({ kind, ok }) => [kind, ok]), [['window', true]]);
  await choose(popup, 'pay');
  await shown(page, 'paid');
  await gone(popup);
  const payment = await world.payment(made.orderId);
  const { outcome, timeline } = await record(page, world, made.orderId);
  assert.equal(Number(outcome.amount), Number(payment.amount));
  assert.equal(outcome.currency, payment.currency);
  const paid = timeline.find(({ to }) => to === 'paid');
  assert.match(`${paid.kind} ${paid.source}`, /notice|notif/i, 'the notice decided');
  assert.ok(paid.evidenceDigest);
});

pay('P11 Payletter Global card by redirect: away and back', async ({ page, world }) => {
  await visit(page, world, { ...card, layout: 'redirect' });
  const { orderId } = await press(page);
  await arrived(page, world);
  await choose(page, 'pay');
  await page.waitForURL((url) => url.origin === world.shop && url.searchParams.get('order') === orderId);
  await shown(page, 'paid');
  assert.equal((await world.payments(orderId)).length, 1);
});

pay('P11 without the notice the return page alone pays nothing', async ({ page, world }) => {
  await visit(page, world, card);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await world.script('payletter_global', ['callback_never', 'lookup_unavailable'], { order_id: made.orderId });
  const posted = popup.waitForRequest((it) => it.url().includes('/pay/return/payletter_global/'));
  await choose(popup, 'pay');
  await posted;
  await world.payment(made.orderId);
  await until('the return to be recorded', async () => {
    const { timeline } = await record(page, world, made.orderId);
    return timeline.some(({ kind, source }) => /return/i.test(`${kind} ${source}`));
  });
  const { body } = await ask(world, made, 'status', { method: 'GET' });
  assert.equal(body.status, 'pending', 'shown, not believed');
  await world.control('deliver', { gateway: 'payletter_global', order_id: made.orderId });
  await settled(world, made, 'paid');
  await shown(page, 'paid');
});
