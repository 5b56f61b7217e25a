// axe-core finds nothing on any screen that a buyer can come to: shop, payment layer, the windows of the three gateways,
// the server's own pages. In Korean and English where a page speaks both, at the width of a phone and of a notebook.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/shell.mjs';
import { Looks, findings } from './axe.mjs';
import { arrived, choose, gone, layerWindow, popupWindow } from './gateway.mjs';
import { order, press, shown, visit } from './shop.mjs';
import { world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const card = { gateway: 'payletter', method: 'creditcard' };
const account = { gateway: 'payletter', method: 'virtualaccount' };
const overseas = { gateway: 'payletter_global', method: 'PLCreditCard' };

pay('a page with known faults is told apart from a good one', async ({ page }) => {
  const shell = (body) => `<!doctype html><html lang="ko"><title>대조</title><main><h1>대조</h1>${body}</main>`;
  await page.setContent(shell('<p>좋은 화면</p>'));
  assert.deepEqual(await findings(page), []);
  await page.setContent(shell('<button></button><img src="data:,"><p style="color:#ccc;background:#fff">흐린 글</p>'));
  const rules = (await findings(page)).map((finding) => finding.split(' ')[0]);
  assert.deepEqual(rules.sort(), ['button-name', 'color-contrast', 'image-alt']);
});

pay('the shop and the script-tag page', async ({ page, world }) => {
  const looks = new Looks();
  await visit(page, world, { layout: 'layer' }); // with everything there is to choose
  await looks.spoken('shop', page);
  await page.route('**/api/orders', (route) => route.abort());
  await page.getByTestId('pay').click();
  await page.getByTestId('failure').waitFor();
  await looks.spoken('shop that could not place the order', page);
  await page.goto(`${world.shop}/dropin.html`);
  await looks.spoken('script-tag page', page);
  await page.getByTestId('pay').click();
  await choose(await layerWindow(page, world), 'pay');
  await page.getByTestId('callback').waitFor();
  await looks.spoken('script-tag page, called back', page);
  await page.goto(`${world.shop}/result.html?order=unknown`);
  await shown(page, 'unknown');
  await looks.spoken('result page of nobody\'s order', page);
  looks.clean();
});

pay('the layer, and the notes beside a popup and before a redirect', async ({ page, world }) => {
  const looks = new Looks();
  let answer;
  const held = new Promise((resolve) => { answer = resolve; });
  await page.route('**/orders/*/result', async (route) => {
    await held;
    await route.continue();
  });
  await visit(page, world, { ...cert, layout: 'layer' });
  await press(page);
  const frame = await layerWindow(page, world);
  await looks.wide('layer', page);
  await looks.wide('window in the layer', page, frame);
  await choose(frame, 'pay');
  await page.getByText('결제 결과를 확인하고 있습니다').waitFor();
  await looks.wide('layer, checking', page);
  answer();
  await shown(page, 'paid');
  await looks.spoken('paid on the shop\'s page', page);

  await visit(page, world, { ...cert, layout: 'popup' });
  const { popup } = await popupWindow(page, world, () => press(page));
  await looks.wide('note beside a popup', page);
  await choose(popup, 'pay');
  await shown(page, 'paid');
  await gone(popup);

  await visit(page, world, { ...card, layout: 'redirect' });
  await page.route('**/orders/*/prepare', () => {});
  await press(page);
  await page.getByText('결제 페이지로 이동합니다').waitFor();
  await looks.wide('note before a redirect', page);
  looks.clean();
});

pay('what the shop says of every end', async ({ page, context, world }) => {
  const looks = new Looks();
  const ends = [
    [card, 'pay', 'paid'],
    [cert, 'decline', 'declined'],
    [{ ...cert, work: 'register' }, 'pay', 'registered'],
    [overseas, 'cancel', 'cancelled'],
    [account, 'pay', 'awaiting_deposit'],
  ];
  for (const [choices, deed, status] of ends) {
    await visit(page, world, { ...choices, layout: 'redirect' });
    await press(page);
    await choose(await arrived(page, world), deed);
    await shown(page, status);
    if (status === 'registered' || status === 'cancelled') await looks.at(status, page); // made of the same parts
    else await looks.spoken(status, page);
    if (status !== 'paid') continue;
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByTestId('refund').click();
    await page.locator('[data-testid=outcome][data-state=refunded]').waitFor();
    await looks.at('refunded', page);
  }
  const window = await context.newPage();
  await enter(window, world, card, { fault: { name: 'callback_bad_hash' }, deed: 'pay' });
  await window.getByTestId('outcome').waitFor();
  await looks.at('an end that is not known yet', window);
  looks.clean();
});

pay('Payple\'s windows', async ({ page, world }) => {
  const looks = new Looks();
  await enter(page, world, { ...cert, cardFlow: 'one_time' });
  await looks.wide('app card', page);
  await enter(page, world, { ...cert, cardFlow: 'recurring' });
  await looks.wide('card number', page);
  await page.locator('#card_number').fill('1');
  await choose(page, 'pay');
  await page.getByRole('alert').waitFor();
  await looks.at('card number, mistyped', page);
  await enter(page, world, { ...cert, work: 'register' });
  await looks.at('card to register', page);
  await enter(page, world, { ...cert, method: 'transfer' });
  await looks.wide('transfer', page);
  await page.goto(await paymentLink(world));
  await looks.wide('payment link', page);
  await page.goto(`${world.gateways}/payple/link/unknown`);
  await looks.at('payment link of nobody', page);
  const { orderId } = await enter(page, world, cert, { deed: 'pay' });
  await world.payment(orderId);
  await receipt(page, world, 'receipt');
  await looks.wide('receipt', page);
  await enter(page, world, cert, { fault: { name: 'return_never' }, deed: 'pay' });
  await page.getByText('(return_never)').waitFor();
  await looks.at('a window that stays', page);
  looks.clean();
});

pay('Payletter\'s windows, and the sandbox\'s book', async ({ page, world }) => {
  const looks = new Looks();
  await enter(page, world, card);
  await looks.wide('card', page);
  const window = page.url();
  await choose(page, 'pay');
  await shown(page, 'paid');
  await receipt(page, world, 'receipt');
  await looks.wide('receipt', page);
  await page.goto(window);
  await looks.at('a window used twice', page);
  await page.goto(`${world.gateways}/payletter/pgsvc/hub.asp?token=unknown`);
  await looks.at('a window of nobody', page);
  await enter(page, world, { ...card, method: 'naverpay' });
  await looks.wide('Naver Pay', page);

  await enter(page, world, account);
  await looks.wide('virtual account', page);
  const accountPage = page.url();
  await choose(page, 'pay');
  await shown(page, 'awaiting_deposit');
  const result = page.url();
  await page.goto(accountPage);
  await looks.wide('account', page);
  await choose(page, 'deposit');
  await page.getByText('입금이 확인되었습니다').waitFor();
  await looks.wide('deposit done', page);
  await page.goto(accountPage);
  await looks.at('account, paid', page);
  await page.goto(result);
  await shown(page, 'paid');
  await receipt(page, world, 'cash_receipt');
  await looks.wide('cash receipt', page);
  await page.goto(`${world.gateways}/control/`);
  await looks.wide('book', page);
  looks.clean();
});

pay('Payletter Global\'s windows', async ({ page, world }) => {
  const looks = new Looks();
  await enter(page, world, overseas);
  await looks.wide('card', page);
  const window = page.url();
  await choose(page, 'pay');
  await shown(page, 'paid');
  await page.goto(window);
  await looks.at('a window used twice', page);
  await enter(page, world, { ...overseas, method: 'PaypalExpressCheckout' });
  await looks.wide('PayPal', page);
  looks.clean();
});

pay('the server\'s own pages, light and dark', async ({ page, world }) => {
  const looks = new Looks();
  const both = async (name) => {
    for (const [colorScheme, width] of [['light', 1280], ['dark', 360]]) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      await looks.at(`${name}, ${colorScheme}`, page);
    }
  };
  // Without their scripts they stay to be looked at.
  await page.route('**/pay/assets/*.js', (route) => route.abort());
  const url = await launchUrl(page, world, await order(page, world, card));
  for (const lang of ['ko', 'en']) {
    await page.goto(`${url}?lang=${lang}`);
    await both(`launch page, ${lang}`);
  }
  await page.getByTestId('start').click();
  await page.locator('.wheel').waitFor();
  await both('way to the gateway');
  await page.goto(`${world.shop}/pay/done/channel`);
  await both('way back');
  await page.locator('.next').evaluate((next) => { next.hidden = false; });
  await both('way back, nobody listens');
  await page.goto(`${world.shop}/pay/launch/unknown`);
  await page.getByRole('heading').waitFor();
  await both('a page that cannot be opened');
  await page.route('**/pay/return/busy', (route) => route.fulfill({ contentType: 'text/html', body: waitingPage() }));
  await page.goto(`${world.shop}/pay/return/busy`);
  await both('the store is busy');
  looks.clean();
});

/** The address of an order's launch page. */
async function launchUrl(page, world, { orderId, clientSecret }) {
  const answer = await page.context().request.post(`${world.shop}/pay/orders/${orderId}/launch`, {
    headers: { origin: world.shop, 'paypair-client-secret': clientSecret },
  });
  assert.equal(answer.ok(), true, `launch: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()).launchUrl;
}

/** Comes to a payment window by the launch page, which takes every method; `deed` is the button pressed there. */
async function enter(page, world, choices, { fault, deed } = {}) {
  const made = await order(page, world, choices);
  if (fault) await world.script(choices.gateway, [fault], { order_id: made.orderId });
  await page.goto(await launchUrl(page, world, made));
  await page.getByTestId('start').click();
  await arrived(page, world);
  if (deed) await choose(page, deed);
  return made;
}

/** From the shop's page of a paid order to one of the gateway's receipts, in this window. */
async function receipt(page, world, kind) {
  await shown(page, 'paid');
  await page.evaluate(() => { window.open = () => null; });
  await page.getByTestId(kind).click();
  await page.waitForURL((url) => url.href.startsWith(world.gateways));
}

/** A payment link of Payple's that takes cards and transfers, made as a merchant's server makes one. */
async function paymentLink({ gateways }) {
  const post = async (path, fields) => {
    const headers = { 'content-type': 'application/json', referer: 'http://127.0.0.1/' };
    return (await fetch(`${gateways}/payple${path}`, { method: 'POST', headers, body: JSON.stringify(fields) })).json();
  };
  const tokens = await post('/php/auth.php', { cst_id: 'test', custKey: 'abcd1234567890', PCD_PAY_WORK: 'LINKREG' });
  const link = await post('/php/link/api/LinkRegAct.php?ACT_=LINKREG', {
    PCD_CST_ID: tokens.cst_id,
    PCD_CUST_KEY: tokens.custKey,
    PCD_AUTH_KEY: tokens.AuthKey,
    PCD_PAY_WORK: 'LINKREG',
    PCD_PAY_TYPE: 'transfer+card',
    PCD_PAY_GOODS: '회비',
    PCD_PAY_TOTAL: '150000',
  });
  assert.ok(link.PCD_LINK_URL, `a link: ${JSON.stringify(link)}`);
  return link.PCD_LINK_URL;
}

/** The page of a busy store, which the program shows only when it is: its template with Korean words. */
function waitingPage() {
  const template = (name) => readFileSync(join(root, 'crates', 'verifier', 'templates', name), 'utf8');
  const blocks = Object.fromEntries(
    [...template('waiting.html').matchAll(/{% block (\w+) %}([^]*?){%-? endblock %}/g)].map(([, name, text]) => [name, text]));
  const words = { lang: 'ko', waiting_title: '결제 결과를 확인하고 있습니다', waiting_hint: '잠시만 기다려 주세요.', try_again: '다시 확인' };
  return template('base.html')
    .replace(/{%-? block (\w+) %}{% endblock %}/g, (_, name) => blocks[name] ?? '')
    .replace(/{%.*?%}/g, '')
    .replace(/{{ words\.(\w+) }}/g, (_, name) => words[name])
    .replace(/{{ base }}/g, '/pay')
    .replace(/{{ \w+ }}/g, '');
}
