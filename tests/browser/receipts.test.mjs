// The gateway's receipt pages, opened from the shop's result page in a window of their own.

import assert from 'node:assert/strict';
import { arrived, choose, gone, popupWindow } from './gateway.mjs';
import { order, press, settled, shown, visit } from './shop.mjs';
import { phone, world as open } from './world.mjs';

const { pay } = open();
const card = { gateway: 'payletter', method: 'creditcard' };
const account = { gateway: 'payletter', method: 'virtualaccount' };

pay('a paid order shows its receipt: the gateway\'s page in a window opened in the click', async ({ page, world }) => {
  const made = await paid(page, world, card);
  const { payment, receipt } = await receiptOf(page, world, made, 'receipt');
  assert.match(receipt.url(), /Receipt_All\.asp/);
  assert.ok((await receipt.locator('body').innerText()).includes(payment.transaction_id), 'of this payment');
  assert.equal(await receipt.evaluate(() => window.opener), null, 'it has no hold on the shop');
  assert.equal(await page.getByTestId('cash_receipt').count(), 0, 'a card payment has no cash receipt');
  assert.equal(await page.getByTestId('failure').isVisible(), false);
});

pay('Payple\'s receipt, whose address came with the payment', async ({ page, world }) => {
  const made = await paid(page, world, { gateway: 'payple', method: 'card', work: 'confirm_then_pay' });
  const { payment, receipt } = await receiptOf(page, world, made, 'receipt');
  assert.ok((await receipt.locator('body').innerText()).includes('10,000'), receipt.url());
  assert.equal(payment.confirms, 1);
  assert.equal(await receipt.evaluate(() => window.opener), null);
});

pay('a deposit has a cash receipt: the buyer has it issued on the gateway\'s page', async ({ page, context, world }) => {
  await visit(page, world, account);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  const accountPage = popup.url();
  await choose(popup, 'pay');
  await shown(page, 'awaiting_deposit');
  assert.equal(await page.getByTestId('cash_receipt').count(), 0, 'nothing was paid yet');
  const bank = await context.newPage();
  await bank.goto(accountPage);
  await choose(bank, 'deposit');
  await settled(world, made, 'paid');
  await shown(page, 'paid');
  await page.bringToFront();

  const { receipt } = await receiptOf(page, world, made, 'cash_receipt');
  assert.match(await receipt.locator('dl').innerText(), /결제수단\s*가상계좌/, 'the method in a word');
  const [sheet, box, title] = await Promise.all(['main', 'dl', 'h1'].map((part) => receipt.locator(part).boundingBox()));
  assert.ok(box.x > sheet.x && box.x === title.x, 'its box stands in from the edge, in line with the title');
  await receipt.getByTestId('issue').click();
  await receipt.waitForURL((url) => url.origin === world.shop);
  await receipt.close();

  // What is issued stands on the ordinary receipt from then on, and is not issued twice.
  const second = await receiptOf(page, world, made, 'receipt');
  assert.match(await second.receipt.locator('body').innerText(), /현금영수증\s*E\d{8}/);
  await page.getByTestId('cash_receipt').click();
  await page.getByTestId('failure').waitFor();
  assert.match(await page.getByTestId('failure').innerText(), /\S/);
});

pay('on a phone the receipt is a tab', async ({ page, world }) => {
  const made = await paid(page, world, card);
  const { receipt } = await receiptOf(page, world, made, 'receipt');
  assert.match(receipt.url(), /Receipt_All\.asp/);
}, phone);

pay('where windows are refused the page itself goes to the receipt', async ({ page, world }) => {
  const made = await paid(page, world, card);
  await page.evaluate(() => { window.open = () => null; });
  await page.getByTestId('receipt').click();
  await page.waitForURL((url) => url.href.startsWith(world.gateways));
  assert.match(page.url(), /Receipt_All\.asp/);
  await page.goBack();
  await shown(page, 'paid');
  assert.equal((await world.payments(made.orderId)).length, 1);
});

pay('a receipt that cannot be had is an error with a code, and its window is gone', async ({ page, context, world }) => {
  await visit(page, world);
  const unpaid = await order(page, world, card);
  const { code, named, message } = await refused(page, { order: unpaid });
  assert.equal(named, true, 'isPaypairError');
  assert.match(code, /^[a-z]+(_[a-z]+)+$/);
  assert.notEqual(message, code, 'in words');
  assert.equal((await refused(page, { order: { orderId: unpaid.orderId } })).code, 'order_incomplete');
  assert.equal((await refused(page, { order: { ...unpaid, clientSecret: 'cs_other' } })).named, true);
  await page.route('**/receipt', (route) => route.abort());
  assert.equal((await refused(page, { order: unpaid })).code, 'server_unreachable');
  assert.equal(context.pages().length, 1, 'no window is left');
});

/** Pays in the shop as far as the page that says so. */
async function paid(page, world, choices) {
  await visit(page, world, { ...choices, layout: 'redirect' });
  const made = await press(page);
  await choose(await arrived(page, world), 'pay');
  await shown(page, 'paid');
  return made;
}

/** Presses a receipt button; gives the window and the payment it is about. */
async function receiptOf(page, world, { orderId }, kind) {
  const opened = page.waitForEvent('popup');
  await page.getByTestId(kind).click();
  const receipt = await opened;
  await receipt.waitForURL((url) => url.href.startsWith(world.gateways));
  return { receipt, payment: await world.payment(orderId) };
}

/** Calls `openReceipt` in a click of a button of its own, and gives how it was rejected. */
async function refused(page, { order }) {
  await page.evaluate(async (order) => {
    const { createCheckout, isPaypairError } = await import('/package/index.js');
    const checkout = createCheckout({ server: '/pay' });
    const button = Object.assign(document.createElement('button'), { id: 'bare', textContent: 'receipt' });
    button.style.cssText = 'position:fixed;inset:8px auto auto 8px;z-index:9';
    button.onclick = () => {
      button.remove();
      window.refusal = checkout.openReceipt(order).then(
        () => ({ code: 'none' }),
        (error) => ({ code: error.code, message: error.message, named: isPaypairError(error) }),
      );
    };
    document.body.append(button);
  }, order);
  const opened = page.waitForEvent('popup', { timeout: 3000 }).catch(() => null);
  await page.locator('#bare').click();
  const refusal = await page.evaluate(() => window.refusal);
  const popup = await opened;
  if (popup) await gone(popup);
  return refusal;
}
