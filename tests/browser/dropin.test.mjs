// The drop-in for Payple's own script: the contract of 2020 unchanged (compat), and with the verifier behind it (verified).

import assert from 'node:assert/strict';
import { choose, gone, layerWindow, popupWindow } from './gateway.mjs';
import { leaveBy } from './keyboard.mjs';
import { merchant } from './merchant.mjs';
import { until, phone, world as open } from './world.mjs';

const { pay } = open();

/** Runs a test with the manual's merchant beside it. */
function withMerchant(title, body, profile) {
  pay(title, async (tools) => {
    // The manual's example has one order id for ever; a gateway takes it once.
    await tools.world.control('reset', {});
    const shop = await merchant(tools.world.gateways);
    try {
      await tools.page.goto(shop.url);
      await body({ ...tools, shop });
    } finally {
      await shop.close();
    }
  }, profile);
}

withMerchant('P06 drop-in, compat: the manual\'s own object pays, its callback is called once', async ({ page, world, shop }) => {
  await page.locator('#payAction').click();
  const window = await layerWindow(page, world);
  assert.equal(shop.auths.length, 1, 'the merchant was asked for the auth');
  assert.match(shop.auths[0], /payple_dir_path/, 'as FormData, as the old script sends it');
  await choose(window, 'pay');
  await page.getByText('success test0553941001540967923').waitFor();

  const calls = await page.evaluate(() => window.calls);
  assert.equal(calls.length, 1, 'once');
  const [result] = calls;
  assert.equal(result.PCD_PAY_RST, 'success');
  assert.equal(result.PCD_PAY_OID, 'test0553941001540967923');
  assert.equal(result.PCD_PAY_TOTAL, '1000');
  assert.equal(result.PCD_PAY_GOODS, '휴대폰');
  assert.ok(result.PCD_PAY_REQKEY && result.PCD_PAY_COFURL && result.PCD_AUTH_KEY, 'what its confirm needs');
  assert.equal(page.frames().length, 1, 'the layer is gone');
  assert.equal(shop.received.length, 1);
  assert.equal(shop.confirmed[0].PCD_PAY_RST, 'success');
  const payment = await world.payment('test0553941001540967923');
  assert.equal(String(payment.amount), '1000');
  assert.equal(payment.confirms, 1, 'confirmed by the merchant alone');
});

withMerchant('P06 drop-in, compat: a closed window calls back with close, once, and nothing is captured', async ({ page, world, shop }) => {
  await page.locator('#payAction').click();
  await choose(await layerWindow(page, world), 'cancel');
  await page.locator('#result', { hasText: 'close' }).waitFor();
  const calls = await page.evaluate(() => window.calls.map(({ PCD_PAY_RST, PCD_PAY_MSG }) => [PCD_PAY_RST, PCD_PAY_MSG]));
  assert.deepEqual(calls, [['close', '결제를 종료하였습니다.']]);
  assert.equal(shop.received.length, 0);
  assert.deepEqual(await world.payments('test0553941001540967923'), []);
});

withMerchant('P06 drop-in, compat, on a phone: a window instead of the layer', async ({ page, world, shop }) => {
  const { popup } = await popupWindow(page, world, () => page.locator('#payAction').tap());
  await choose(popup, 'decline');
  await until('the callback', () => page.evaluate(() => window.calls.length === 1));
  assert.equal(await page.evaluate(() => window.calls[0].PCD_PAY_RST), 'error');
  await gone(popup);
  assert.equal(shop.received.length, 0);
}, phone);

withMerchant('P06 drop-in, compat, wasm refused: pays the old way, and no key of the page leaves it', async ({ page, world, shop }) => {
  await page.addInitScript(() => { delete window.WebAssembly; });
  await page.reload();
  const posted = page.waitForRequest((it) => it.method() === 'POST' && it.url().startsWith(`${world.gateways}/payple/index.php`));
  await page.evaluate(() => {
    window.told = new Promise((callbackFunction) => {
      window.PaypleCpayAuthCheck({
        PCD_PAY_TYPE: 'card', PCD_PAY_WORK: 'CERT', PCD_CARD_VER: '02', PCD_PAYER_NO: '2335', PCD_PAY_GOODS: '휴대폰',
        PCD_PAY_TOTAL: '1000', PCD_PAY_OID: 'test-without-wasm', payple_auth_file: '/pg/auth',
        custKey: 'page-cust-key', PCD_CUST_KEY: 'page-cust-key', PCD_REFUND_KEY: 'page-refund-key', callbackFunction,
      });
    });
  });
  const body = decodeURIComponent((await posted).postData());
  assert.match(body, /PCD_PAY_OID=test-without-wasm/);
  assert.doesNotMatch(body, /page-cust-key|page-refund-key|payple_auth_file|callbackFunction/);
  assert.doesNotMatch(shop.auths.join(), /page-/);
  await choose(await layerWindow(page, world), 'cancel');
  assert.equal((await page.evaluate(() => window.told)).PCD_PAY_RST, 'close');
});

withMerchant('P06 drop-in, compat: the buyer leaves by the layer\'s own button or by Escape, and the callback says close', async ({ page, world }) => {
  for (const [calls, leave] of [
    [1, () => page.locator('[data-paypair=overlay] button').click()],
    [2, () => leaveBy(page, 'Escape')],
  ]) {
    await world.control('reset', {});
    await page.locator('#payAction').click();
    await layerWindow(page, world);
    await leave();
    await until('the callback', () => page.evaluate((calls) => window.calls.length === calls, calls));
    const { PCD_PAY_RST, PCD_PAY_MSG } = await page.evaluate(() => window.calls.at(-1));
    assert.deepEqual([PCD_PAY_RST, PCD_PAY_MSG], ['close', '결제를 종료하였습니다.']);
    assert.equal(await page.locator('[data-paypair=overlay]').count(), 0);
  }
});

withMerchant('P06 drop-in, compat, on a phone: a window that the buyer closes says close', async ({ page, world }) => {
  const { popup } = await popupWindow(page, world, () => page.locator('#payAction').tap());
  await popup.close();
  await page.bringToFront();
  await until('the callback', () => page.evaluate(() => window.calls.length === 1));
  assert.equal(await page.evaluate(() => window.calls[0].PCD_PAY_RST), 'close');
}, phone);

withMerchant('P06 drop-in, compat: MainBodyAction(close) takes the layer away and calls nobody', async ({ page, world, shop }) => {
  await page.locator('#payAction').click();
  await layerWindow(page, world);
  await page.evaluate(() => window.MainBodyAction('close'));
  assert.equal(await page.locator('[data-paypair=overlay]').count(), 0);
  // The same page calls again, and only this call is answered.
  await world.control('reset', {});
  await page.locator('#payAction').click();
  await choose(await layerWindow(page, world), 'pay');
  await page.locator('#result', { hasText: 'success' }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.calls.map(({ PCD_PAY_RST }) => PCD_PAY_RST)), ['success']);
  assert.equal(shop.auths.length, 2);
});

withMerchant('P06 drop-in, compat: an amount that cannot be charged, or no auth, is told and calls back', async ({ page, shop }) => {
  const said = [];
  page.on('dialog', (dialog) => { said.push(dialog.message()); dialog.accept(); });
  const call = (object) => page.evaluate((object) => new Promise((callbackFunction) => {
    window.PaypleCpayAuthCheck({
      PCD_PAY_TYPE: 'card', PCD_PAY_WORK: 'CERT', PCD_CARD_VER: '02', PCD_PAYER_NO: '2335', PCD_PAY_GOODS: '휴대폰',
      PCD_PAY_TOTAL: '1000', PCD_PAY_OID: 'test-refused', payple_auth_file: '/pg/auth', ...object, callbackFunction,
    });
  }), object);
  const small = await call({ PCD_PAY_TOTAL: '99' });
  assert.deepEqual([small.PCD_PAY_RST, small.PCD_PAY_OID], ['error', 'test-refused']);
  assert.equal(shop.auths.length, 0, 'nothing is asked for it');
  const unknown = await call({ payple_auth_file: '/nowhere.html' });
  assert.equal(unknown.PCD_PAY_RST, 'error');
  assert.deepEqual(said, ['결제금액은 100원 이상 이어야 합니다.', '상점 인증에 실패했습니다.']);
  assert.equal(await page.locator('[data-paypair=overlay]').count(), 0);
});

pay('P07 drop-in, verified: the server issues the order id and confirms before the callback', async ({ page, world }) => {
  // Before the page's callback shows anything, the book must hold the payment.
  const bookAtCallback = [];
  await page.exposeFunction('callbackShown', async () => {
    bookAtCallback.push((await world.control('book')).payments);
  });
  await page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => {
      const panel = document.querySelector('#callback');
      new MutationObserver(() => { if (!panel.hidden) window.callbackShown(); })
        .observe(panel, { attributes: true, attributeFilter: ['hidden'] });
    });
  });
  const prepared = page.waitForResponse((it) => it.url().endsWith('/pay/payple/auth'));
  await page.goto(`${world.shop}/dropin.html`);
  await page.getByTestId('pay').click();
  const asked = await prepared;
  assert.equal(asked.status(), 200, await asked.text());
  assert.equal(JSON.parse(asked.request().postData()).fields?.PCD_PAY_OID ?? '', '', 'the page gave no order id');
  const { orderId } = await asked.json();
  assert.ok(orderId, 'the server issued one');
  await choose(await layerWindow(page, world), 'pay');
  const panel = page.getByTestId('callback');
  await panel.waitFor();
  await until('the look into the book', () => bookAtCallback.length > 0);
  const then = bookAtCallback[0].filter(({ order_id: id }) => id === orderId);
  assert.deepEqual(then.map(({ state, confirms }) => [state, confirms]), [['captured', 1]], 'confirmed before the callback');
  const text = await panel.innerText();
  assert.match(text, /success/);
  assert.ok(text.includes(orderId));
  assert.doesNotMatch(text, /PCD_PAY_REQKEY|PCD_PAY_COFURL/, 'old code cannot confirm twice');
  assert.equal((await world.payments(orderId)).length, 1);
});

pay('P07 drop-in, verified: the auth answer holds nothing but what a window needs', async ({ page, world }) => {
  await page.goto(`${world.shop}/dropin.html`);
  const prepared = page.waitForResponse((it) => it.url().endsWith('/pay/payple/auth'));
  await page.getByTestId('pay').click();
  const text = await (await prepared).text();
  assert.equal(text.includes('abcd1234567890'), false, 'not the merchant key');
  assert.equal(/PCD_REFUND|PAYCANCEL|PAYCHK/.test(text), false, 'nothing for refunds or lookups');
  await choose(await layerWindow(page, world), 'decline');
  await page.getByTestId('callback').waitFor();
  assert.match(await page.getByTestId('callback').innerText(), /error/);
});

pay('P07 the drop-in works without jQuery and defines the old names', async ({ page, world }) => {
  await page.goto(`${world.shop}/dropin.html`);
  const kinds = await page.evaluate(() => [
    typeof window.jQuery,
    ...['PaypleCpayAuthCheck', 'PaypleLinkCpayAuthCheck', 'PaypleCpayPopup', 'MainBodyAction'].map((name) => typeof window[name]),
  ]);
  assert.deepEqual(kinds, ['undefined', 'function', 'function', 'function', 'function']);
});

pay('P07 drop-in, verified: a callback may start the next payment, and throw; nothing is swallowed', async ({ page, world }) => {
  await page.goto(`${world.shop}/dropin.html`);
  const thrown = [];
  page.on('pageerror', ({ message }) => thrown.push(message));
  await prepare(page);
  await page.evaluate(() => {
    window.object.callbackFunction = (result) => {
      window.told.push(result.PCD_PAY_RST);
      if (window.told.length > 1) return;
      window.again = window.PaypleCpayAuthCheck(window.object);
      throw new Error('the shop\'s own');
    };
    window.first = window.PaypleCpayAuthCheck(window.object);
  });
  await choose(await layerWindow(page, world), 'decline');
  await page.evaluate(() => window.first);
  await choose(await layerWindow(page, world), 'pay');
  await page.evaluate(() => window.again);
  assert.deepEqual(await page.evaluate(() => window.told), ['error', 'success']);
  assert.deepEqual(thrown, ['the shop\'s own']);
});

pay('P07 drop-in, verified: a call that another one took the place of calls nobody', async ({ page, world }) => {
  await page.goto(`${world.shop}/dropin.html`);
  await prepare(page);
  await page.evaluate(() => {
    window.object.callbackFunction = (result) => window.told.push(result.PCD_PAY_RST);
    const other = { ...window.object, callbackFunction: () => window.told.push('the first call') };
    window.PaypleCpayAuthCheck(other);
  });
  await layerWindow(page, world);
  await page.evaluate(() => { window.second = window.PaypleCpayAuthCheck(window.object); });
  await until('one layer to stand', async () => (await page.locator('[data-paypair=overlay] iframe').count()) === 1);
  await choose(await layerWindow(page, world), 'pay');
  await page.evaluate(() => window.second);
  assert.deepEqual(await page.evaluate(() => window.told), ['success']);
});

/** An object of the page's, and a list of what its callback is told. */
async function prepare(page) {
  await page.evaluate(() => {
    window.told = [];
    window.object = window.manualObject();
  });
}
