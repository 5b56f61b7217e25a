// Payple's card payments as a buyer makes them in the shop: CERT, PAY, AUTH, whole page, phone.

import assert from 'node:assert/strict';
import { arrived, choose, gone, layerWindow, popupWindow } from './gateway.mjs';
import { ask, button, openings, order, outcome, press, record, settled, shown, states, visit } from './shop.mjs';
import { phone, world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };

pay('P01 Payple card, CERT, in a layer: confirmed by the server, shown as paid', async ({ page, world }) => {
  await visit(page, world, { ...cert, layout: 'auto' });
  const { orderId } = await press(page);
  assert.deepEqual((await openings(page)).map(({ kind, during }) => [kind, during !== null]), [['layer', true]]);
  const window = await layerWindow(page, world);
  assert.deepEqual(await world.payments(orderId), [], 'an open window has captured nothing');
  await choose(window, 'pay');

  await shown(page, 'paid');
  assert.equal(page.frames().length, 1, 'the layer is gone');
  const payment = await world.payment(orderId);
  assert.equal(String(payment.amount), '10000');
  assert.equal(payment.confirms, 1);
  await walked(page, world, orderId, ['requested', 'authenticated', 'confirming', 'paid']);
});

pay('P01 Payple card, CERT: promise and callback tell what the server decided, nothing secret in it', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, { ...cert, cardFlow: 'recurring' });
  await button(page, made, { options: { gateway: 'payple' } });
  await page.locator('#bare').click();
  await choose(await layerWindow(page, world), 'pay');
  const result = await outcome(page);
  assert.equal(result.status, 'paid');
  assert.equal(result.state, 'paid');
  assert.equal(result.orderId, made.orderId);
  assert.equal(result.amount, '10000');
  assert.equal(result.currency, 'KRW');
  assert.equal(result.final, true);
  assert.match(result.paidAt, /^20\d\d-/);
  assert.match(result.card.number, /\*/);
  const seen = JSON.stringify(await page.evaluate(() => window.calls));
  for (const secret of ['abcd1234567890', 'PCD_', 'billing', 'authKey', 'cs_']) {
    assert.equal(seen.includes(secret), false, `${secret} reached the page`);
  }
  assert.equal((await world.payment(made.orderId)).confirms, 1);
});

pay('P01 the shop session cookie is SameSite=Lax and HttpOnly', async ({ page, context, world }) => {
  await visit(page, world);
  await order(page, world, cert);
  const session = (await context.cookies()).find(({ name }) => name === 'shop_session');
  assert.equal(session.sameSite, 'Lax');
  assert.equal(session.httpOnly, true);
});

pay('P02 Payple card, PAY: settled by a lookup, not by the browser', async ({ page, world }) => {
  await visit(page, world, { ...cert, work: 'pay_now' });
  const { orderId } = await press(page);
  await choose(await layerWindow(page, world), 'pay');
  await shown(page, 'paid');
  const payment = await world.payment(orderId);
  assert.equal(payment.confirms, 0, 'PAY has no confirm');
  const { calls } = await world.control('book');
  assert.ok(calls.some(({ path }) => path.includes('PayChkAct')), 'the server asked PAYCHK');
  const { timeline } = await record(page, world, orderId);
  const paid = timeline.find(({ to }) => to === 'paid');
  assert.ok(paid.evidenceDigest, 'the step to paid names its evidence');
});

pay('P02 a result that only the browser tells is not believed', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, { ...cert, work: 'pay_now' });
  const { body: prepared } = await ask(world, made, 'prepare', { body: { layout: 'layer', device: 'desktop' } });
  const fields = Object.fromEntries(prepared.launch.fields);
  const told = await ask(world, made, 'result', {
    body: {
      fields: {
        PCD_PAY_RST: 'success', PCD_PAY_CODE: '0000', PCD_PAY_MSG: '카드승인완료', PCD_PAY_TYPE: 'card', PCD_PAY_WORK: 'PAY',
        PCD_AUTH_KEY: fields.PCD_AUTH_KEY, PCD_PAY_OID: fields.PCD_PAY_OID, PCD_PAY_TOTAL: '10000',
      },
    },
  });
  assert.notEqual(told.body.status, 'paid', JSON.stringify(told.body));
  assert.equal((await record(page, world, made.orderId)).outcome.status === 'paid', false);
  assert.deepEqual(await world.payments(made.orderId), []);
});

pay('P02 PAYCHK is late: pending first, then the event and the page tell paid', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, { ...cert, work: 'pay_now' });
  await world.script('payple', [{ name: 'lookup_lag', seconds: 4 }], { order_id: made.orderId });
  await button(page, made, { options: { gateway: 'payple' } });
  await page.locator('#bare').click();
  await choose(await layerWindow(page, world), 'pay');
  const first = await outcome(page);
  assert.equal(first.status, 'pending');
  assert.equal(first.final, false);
  await world.payment(made.orderId);
  const later = await settled(world, made, 'paid', { within: 40_000 });
  assert.equal(later.amount, '10000');
  assert.equal((await world.payments(made.orderId)).length, 1);
});

pay('P03 Payple AUTH: the billing key is registered, no amount asked, shown by PUSERINFO', async ({ page, world }) => {
  await visit(page, world, { ...cert, work: 'register' });
  const made = await press(page);
  const { orderId } = made;
  await choose(await layerWindow(page, world), 'pay');
  const panel = await shown(page, 'registered');
  const { calls, payments } = await world.control('book');
  assert.ok(calls.some(({ path }) => path.includes('cPayUserAct')), 'the server asked PUSERINFO');
  const own = payments.filter(({ order_id: id }) => id.startsWith(orderId));
  assert.deepEqual(own.map(({ state }) => state), ['registered'], 'nothing was captured');
  const { outcome: result } = await record(page, world, orderId);
  assert.equal(result.status, 'registered');
  assert.equal(result.amount ?? null, null, 'a registration has no amount');
  const { body: told } = await ask(world, made, 'status', { method: 'GET' });
  assert.equal(/billing/i.test(JSON.stringify(told)), false, 'the page hears nothing of a key');
  const known = await page.evaluate(() => JSON.stringify(window.paypairLast));
  assert.equal(/billing/i.test(known), false, 'nor does the promise tell of one');
  assert.ok(await panel.isVisible());
});

pay('P04 Payple with absolute PCD_RST_URL: the whole page goes away and comes back', async ({ page, context, world }) => {
  await visit(page, world, { ...cert, layout: 'redirect' });
  const posted = page.waitForRequest((it) => it.method() === 'POST' && it.url().includes('/pay/return/payple/'));
  const { orderId } = await press(page);
  await arrived(page, world);
  const before = await context.cookies(world.shop);
  await choose(page, 'pay');
  const request = await posted;
  const headers = await request.allHeaders();
  assert.equal(headers.origin, 'null', 'a form of another site');
  assert.equal(headers.cookie, undefined, 'the Lax session does not travel with it');
  assert.equal((await request.response()).status(), 303);
  await page.waitForURL((url) => url.origin === world.shop && url.searchParams.get('order') === orderId);
  await shown(page, 'paid');
  assert.equal(page.url().includes('cs_'), false, 'no secret in the address');
  const session = (cookies) => cookies.find(({ name }) => name === 'shop_session')?.value;
  assert.ok(session(before));
  assert.equal(session(await context.cookies(world.shop)), session(before), 'the session survived the return');
  assert.equal((await record(page, world, orderId)).outcome.status, 'paid');
  assert.equal((await world.payment(orderId)).confirms, 1);
});

pay('P04 a return address serves once: its second use changes nothing', async ({ page, world }) => {
  await visit(page, world, { ...cert, layout: 'redirect' });
  const posted = page.waitForRequest((it) => it.method() === 'POST' && it.url().includes('/pay/return/payple/'));
  const { orderId } = await press(page);
  await arrived(page, world);
  await choose(page, 'pay');
  const request = await posted;
  await shown(page, 'paid');
  const again = await fetch(request.url(), {
    method: 'POST', redirect: 'manual', body: request.postData(),
    headers: { origin: 'null', 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.ok(again.status < 500, `answered ${again.status}`);
  assert.equal((await world.payment(orderId)).confirms, 1);
  assert.equal((await world.payments(orderId)).length, 1);
});

pay('P05 Payple on a phone with touch: a window of its own instead of a layer', async ({ page, world }) => {
  await visit(page, world, cert);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  assert.equal(page.frames().length, 1, 'no layer');
  const [opened] = await openings(page);
  assert.deepEqual([opened.kind, opened.ok], ['window', true], 'the blocker let it pass');
  assert.notEqual(opened.during, null, 'opened inside the tap');
  await popup.getByTestId('pay').tap();
  await gone(popup);
  await shown(page, 'paid');
  assert.equal((await world.payment(made.orderId)).confirms, 1);
}, phone);

/** The states that an order went through contain these, in this order. */
async function walked(page, world, orderId, wanted) {
  const all = await states(page, world, orderId);
  let at = -1;
  for (const state of wanted) {
    at = all.indexOf(state, at + 1);
    assert.notEqual(at, -1, `${state} is missing in ${all.join(' -> ')}`);
  }
}
