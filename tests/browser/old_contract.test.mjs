// The old script's contract, point by point, where docs/dropin.md says what it did and what ours does.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { choose, layerWindow } from './gateway.mjs';
import { merchant } from './merchant.mjs';
import { packageFolder, until, world as open } from './world.mjs';

const { pay } = open();
const CLOSED = '결제를 종료하였습니다.';

/** An empty page of a merchant with our script; `script` replaces its tag. */
function contract(title, body, { script = (gateways) => `<script src="${gateways}/payple/js/v1/payment.js"></script>` } = {}) {
  pay(`P06 old contract: ${title}`, async (tools) => {
    await tools.world.control('reset', {});
    const shop = await merchant(tools.world.gateways);
    shop.pages['/order'] = `<!doctype html><html lang="ko"><meta charset="utf-8"><title>주문</title>
      <script>var results = []; function getResult(res) { results.push(res); }</script>
      ${script(tools.world.gateways)}</html>`;
    try {
      await tools.page.goto(`${shop.url}/order`);
      await body({ ...tools, shop });
    } finally {
      await shop.close();
    }
  });
}

const card = {
  PCD_PAY_TYPE: 'card', PCD_PAY_WORK: 'CERT', PCD_CARD_VER: '02', PCD_PAY_GOODS: '휴대폰', PCD_PAY_TOTAL: '1000',
  payple_auth_file: '/pg/auth', callbackFunction: 'getResult',
};

/** Calls as a page does; its promise stays in the page as `ended`. */
const call = (page, object) => page.evaluate((object) => { window.ended = window.PaypleCpayAuthCheck(object); }, object);

const results = (page) => page.evaluate(() => window.results);

/** Waits for the one result of a call that has ended. */
async function result(page) {
  await page.evaluate(() => window.ended);
  const all = await results(page);
  assert.equal(all.length, 1, 'one callback');
  return all[0];
}

const overlays = (page) => page.locator('[data-paypair=overlay]').count();

/** The fields of the next form that goes to the payment window. */
async function nextForm(page, act) {
  const posted = page.waitForRequest((request) => request.method() === 'POST' && request.url().includes('/payple/index.php'));
  await act();
  return Object.fromEntries(new URLSearchParams((await posted).postData()));
}

contract('numbers, commas, empty values, goods that are no text: sent as a reader would write them', async ({ page }) => {
  for (const [source, posted] of [
    ['{ PCD_PAY_TOTAL: 1000 }', { PCD_PAY_TOTAL: '1000' }],
    ['{ PCD_PAY_TOTAL: "1,234,000" }', { PCD_PAY_TOTAL: '1234000' }],
    ['{ PCD_PAY_GOODS: 3 }', { PCD_PAY_GOODS: '3' }],
    ['{ PCD_PAY_GOODS: ["컵", "접시"] }', { PCD_PAY_GOODS: '컵,접시' }],
    ['{ PCD_PAYER_NAME: undefined, PCD_PAYER_HP: null, PCD_PAYER_EMAIL: "", PCD_PAYER_NO: `${undefined}` }', {}],
    ['{ PCD_USER_DEFINE1: JSON.stringify({ a: "<b>&" }) }', { PCD_USER_DEFINE1: '{"a":"<b>&"}' }],
    ['{ PCD_USER_DEFINE1: "{&quot;a&quot;:1}" }', { PCD_USER_DEFINE1: '{"a":1}' }],
    ['{ PCD_PAY_GOODS: "\\"컵\\" 50% #1" }', { PCD_PAY_GOODS: '"컵" 50% #1' }],
  ]) {
    const form = await nextForm(page, () => page.evaluate(({ card, source }) => {
      const object = Object.freeze({ ...card, ...eval(`(${source})`), callbackFunction: () => 0, extra: 'mine' });
      window.PaypleCpayAuthCheck(object);
    }, { card, source }));
    const { PCD_CST_ID, PCD_CUST_KEY, PCD_AUTH_KEY, PCD_HTTP_REFERER, ...rest } = form;
    const { payple_auth_file, callbackFunction, ...fields } = card;
    assert.deepEqual(rest, { ...fields, ...posted }, source);
    assert.ok(PCD_AUTH_KEY && PCD_CST_ID && PCD_CUST_KEY && PCD_HTTP_REFERER);
    await page.evaluate(() => window.MainBodyAction('close'));
  }
});

contract('a callback that is named by text; a closed window says so under both names', async ({ page, world }) => {
  await call(page, card);
  await choose(await layerWindow(page, world), 'cancel');
  const { PCD_PAY_RST, PCD_PAY_RESULT, PCD_PAY_MSG, PCD_PAY_GOODS } = await result(page);
  assert.deepEqual([PCD_PAY_RST, PCD_PAY_RESULT, PCD_PAY_MSG, PCD_PAY_GOODS], ['close', 'close', CLOSED, '휴대폰']);
});

contract('without a callback even a close goes to PCD_RST_URL', async ({ page, world, shop }) => {
  const { callbackFunction, ...object } = card;
  await call(page, { ...object, PCD_RST_URL: 'pay/result' });
  await choose(await layerWindow(page, world), 'cancel');
  await page.locator('#returned').waitFor();
  assert.deepEqual(shop.returned.map(({ path, result }) => [path, result.PCD_PAY_RST, result.PCD_PAY_MSG]), [['/pay/result', 'close', CLOSED]]);
});

contract('two copies of the script: one window, one callback, and either of them closes it', async ({ page, world, shop }) => {
  const again = () => page.addScriptTag({ url: `${world.gateways}/payple/js/cpay.payple.1.0.1.js` });
  await again();
  await call(page, card);
  const window = await layerWindow(page, world);
  assert.equal(await overlays(page), 1);
  await choose(window, 'pay');
  assert.equal((await result(page)).PCD_PAY_RST, 'success');
  assert.equal(shop.auths.length, 1);

  // A page that is built anew loads the script once more, with a window of the first copy open.
  await call(page, card);
  await layerWindow(page, world);
  await again();
  await page.evaluate(() => window.MainBodyAction('close'));
  assert.equal(await overlays(page), 0);
  await page.evaluate(() => window.ended);
  assert.equal((await results(page)).length, 1, 'nobody is called for it');
});

contract('the same object twice is one window; another object takes its place, and only it is answered', async ({ page, world }) => {
  await page.evaluate((card) => {
    const object = { ...card, PCD_PAY_OID: 'first' };
    window.PaypleCpayAuthCheck(object);
    window.PaypleCpayAuthCheck(object);
  }, card);
  assert.equal(await overlays(page), 1);
  await call(page, { ...card, PCD_PAY_OID: 'second' });
  assert.equal(await overlays(page), 1);
  await choose(await layerWindow(page, world), 'pay');
  assert.equal((await result(page)).PCD_PAY_OID, 'second');
});

contract('called before the core is ready: the window is open when the call returns, and waits', async ({ page, world, shop }) => {
  const before = await page.evaluate((card) => {
    window.ended = window.PaypleCpayAuthCheck(card);
    return [document.querySelectorAll('[data-paypair=overlay] iframe').length, window.ended instanceof Promise, window.coreStarted];
  }, card);
  assert.deepEqual(before, [1, true, 1], 'a frame, and a promise for those that await');
  assert.equal(shop.auths.length, 0);
  await page.evaluate(() => window.letCoreGo());
  await choose(await layerWindow(page, world), 'pay');
  assert.equal((await result(page)).PCD_PAY_RST, 'success');
}, {
  script: (gateways) => `<script>
    var coreStarted = 0, letCoreGo, instantiate = WebAssembly.instantiate;
    var held = new Promise(function (resolve) { letCoreGo = resolve; });
    WebAssembly.instantiate = function (...args) { coreStarted += 1; return held.then(() => instantiate(...args)); };
    </script><script src="${gateways}/payple/js/v1/payment.js"></script>`,
});

contract('a window that is closed while the auth is on its way stays closed', async ({ page, context, shop }) => {
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  let asked = 0;
  await page.route('**/pg/auth', async (route) => {
    asked += 1;
    await held;
    await route.fulfill({ json: await shop.auth() });
  });
  const windows = [];
  context.on('request', (request) => { if (request.url().includes('/payple/index.php')) windows.push(request.url()); });
  // The buyer goes: told at once, though the auth has not answered.
  await call(page, card);
  await until('the auth', () => asked === 1);
  await page.keyboard.press('Escape');
  assert.equal((await result(page)).PCD_PAY_RST, 'close');
  // The page takes the window away: nobody is told.
  await call(page, card);
  await until('the auth', () => asked === 2);
  await page.evaluate(() => window.MainBodyAction('close'));
  const answered = page.waitForResponse('**/pg/auth');
  release();
  await answered;
  await page.evaluate(() => window.ended);
  assert.equal((await results(page)).length, 1);
  assert.equal(await overlays(page), 0);
  assert.deepEqual([windows, context.pages().length], [[], 1], 'no window opens afterwards');
});

contract('an auth without an address is a failed auth, told by alert and callback', async ({ page, shop }) => {
  const said = [];
  page.on('dialog', (dialog) => { said.push(dialog.message()); dialog.accept(); });
  await page.route('**/pg/auth', (route) => route.fulfill({ json: { result: 'success', AuthKey: 'k' } }));
  await call(page, card);
  assert.equal((await result(page)).PCD_PAY_RST, 'error');
  assert.deepEqual(said, ['상점 인증에 실패했습니다.']);
  assert.deepEqual(shop.returned, [], 'the keys are not posted to the page itself');
});

contract('PaypleCpayPopup goes to the address that it is given, and asks nobody', async ({ page, world, shop }) => {
  const auth = await shop.auth();
  await page.evaluate(({ object, url }) => { window.ended = window.PaypleCpayPopup(object, url); },
    { object: { ...card, PCD_AUTH_KEY: auth.AuthKey }, url: auth.return_url });
  await choose(await layerWindow(page, world), 'pay');
  assert.equal((await result(page)).PCD_PAY_RST, 'success');
  assert.equal(shop.auths.length, 0);
});

contract('a clientKey before a merchant\'s own copy of the script asks the file that the tag names', async ({ page, world, shop }) => {
  const { payple_auth_file, ...object } = card;
  await call(page, { ...object, clientKey: 'live_key_of_the_shop' });
  await choose(await layerWindow(page, world), 'pay');
  assert.equal((await result(page)).PCD_PAY_RST, 'success');
  assert.equal(shop.auths.length, 1);
}, { script: () => `<script data-auth="/pg/auth">${readFileSync(join(packageFolder, 'cpay.js'), 'utf8')}</script>` });

contract('back from a redirect by the browser\'s own button, the page is free again', async ({ page }) => {
  // The gateway answers nothing, so the page stays; then the browser says that it took the page out of its cache.
  await page.route('**/payple/index.php*', (route) => route.fulfill({ status: 204 }));
  await nextForm(page, () => call(page, { ...card, PCD_RST_URL: new URL('/result', page.url()).href }));
  assert.equal(await overlays(page), 1);
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await page.evaluate(() => window.ended);
  assert.equal(await overlays(page), 0);
  assert.deepEqual(await results(page), [], 'the old script called nobody');
});
