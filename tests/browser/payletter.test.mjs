// Payletter at home: card in a popup with every order of delivery, phone, virtual account.

import assert from 'node:assert/strict';
import { arrived, choose, gone, popupWindow } from './gateway.mjs';
import { openings, press, record, settled, shown, visit } from './shop.mjs';
import { phone, world as open } from './world.mjs';

const { pay } = open();
const card = { gateway: 'payletter', method: 'creditcard' };
const account = { gateway: 'payletter', method: 'virtualaccount' };

for (const [name, fault] of [['callback first', 'callback_before_return'], ['return first', 'return_before_callback']]) {
  pay(`P08 Payletter card in a popup, ${name}`, async ({ page, world }) => {
    await visit(page, world, card);
    const { popup, made } = await popupWindow(page, world, () => press(page));
    await world.script('payletter', [fault], { order_id: made.orderId });
    const [opened] = await openings(page);
    assert.deepEqual([opened.kind, opened.ok, opened.during !== null], ['window', true, true]);
    await choose(popup, 'pay');
    await shown(page, 'paid');
    await gone(popup);
    const payment = await world.payment(made.orderId);
    assert.equal(String(payment.amount), '10000');
    assert.equal((await world.payments(made.orderId)).length, 1);
    const { timeline } = await record(page, world, made.orderId);
    assert.equal(timeline.filter(({ to, from }) => to === 'paid' && from !== 'paid').length, 1, 'became paid once');
    assert.ok(timeline.find(({ to }) => to === 'paid').evidenceDigest, 'by evidence');
  });
}

pay('P08 Payletter card, callback only: the buyer closed the window before it returned', async ({ page, world }) => {
  await visit(page, world, card);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await world.script('payletter', ['return_never'], { order_id: made.orderId });
  await choose(popup, 'pay');
  await world.payment(made.orderId);
  await popup.close();
  await shown(page, 'paid');
  assert.equal((await world.payments(made.orderId)).length, 1);
});

pay('P08 a callback that comes twice pays once', async ({ page, world }) => {
  await visit(page, world, card);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await world.script('payletter', ['callback_twice'], { order_id: made.orderId });
  await choose(popup, 'pay');
  await shown(page, 'paid');
  const { timeline } = await record(page, world, made.orderId);
  assert.equal(timeline.filter(({ to, from }) => to === 'paid' && from !== 'paid').length, 1);
  assert.equal((await world.payment(made.orderId)).refunds, 0);
});

pay('P09 Payletter on a phone: to mobile_url in the same window and back', async ({ page, context, world }) => {
  await visit(page, world, card);
  const { orderId } = await press(page);
  await arrived(page, world);
  assert.equal(context.pages().length, 1, 'no other window');
  assert.match(page.url(), /mobile/, 'the address for phones');
  const session = (await context.cookies(world.shop)).find(({ name }) => name === 'shop_session').value;
  await page.getByTestId('pay').tap();
  await page.waitForURL((url) => url.origin === world.shop && url.searchParams.get('order') === orderId);
  await shown(page, 'paid');
  assert.equal((await context.cookies(world.shop)).find(({ name }) => name === 'shop_session').value, session);
  assert.equal((await world.payments(orderId)).length, 1);
}, phone);

pay('P09 Payletter on a phone: cancel_url is a bare GET, and the page tells cancelled', async ({ page, world }) => {
  await visit(page, world, card);
  const { orderId } = await press(page);
  await arrived(page, world);
  const cancelled = page.waitForRequest((it) => it.url().includes('/pay/cancel/payletter/'));
  await page.getByTestId('cancel').tap();
  const request = await cancelled;
  assert.equal(request.method(), 'GET');
  assert.equal(new URL(request.url()).search, '', 'without a query');
  await page.waitForURL((url) => url.origin === world.shop && url.searchParams.get('order') === orderId);
  await shown(page, 'cancelled');
  assert.deepEqual(await world.payments(orderId), []);
}, phone);

pay('P10 Payletter virtual account: waits for the deposit, then paid', async ({ page, context, world }) => {
  await visit(page, world, account);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  const accountPage = popup.url();
  await choose(popup, 'pay');
  const panel = await shown(page, 'awaiting_deposit');
  const { outcome: waiting } = await record(page, world, made.orderId);
  assert.ok(waiting.virtualAccount.accountNo, 'the account is told');
  assert.ok(waiting.virtualAccount.bankName);
  assert.equal(waiting.final, false);
  assert.ok((await page.locator('#order').innerText()).includes(waiting.virtualAccount.accountNo), 'and shown');
  assert.deepEqual((await world.payments(made.orderId)).map(({ state }) => state), ['awaiting_deposit']);

  // The bank transfer: the sandbox's page of this account has a button for it.
  const bank = await context.newPage();
  await bank.goto(accountPage);
  await choose(bank, 'deposit');
  await settled(world, made, 'paid');
  await shown(page, 'paid');
  assert.ok(await panel.isVisible());
  assert.deepEqual((await world.payments(made.orderId)).map(({ state }) => state), ['captured']);
});
