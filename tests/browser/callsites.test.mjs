// Pages of merchants, as they are out there: each runs with our script under the vendor's name, in compat mode, before a
// server of its own, and ends in the window it ended in with the vendor's script. tests/golden/payple/callsites.json holds
// what they hand over.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { arrived, choose, gone, layerWindow } from './gateway.mjs';
import { merchant } from './merchant.mjs';
import { phone, until, world as open } from './world.mjs';

const sites = JSON.parse(readFileSync(join(root, 'tests/golden/payple/callsites.json'), 'utf8'));
const runs = sites.flatMap(({ runs, ...site }) =>
  runs.map((run, index) => ({ device: 'desktop', starts: 'click', ...site, ...run, index })));

const { world } = open();

// A buyer waits more than he works: some at a time, each at a server of his own for every run. The first test starts them all.
let buyers;
function start() {
  const left = runs.map((run) => {
    const next = { run };
    run.ended = new Promise((resolve) => { next.tell = resolve; });
    return next;
  });
  return Promise.all(Array.from({ length: 3 }, async () => {
    const profiles = {};
    for (let next = left.shift(); next; next = left.shift()) {
      // A run that fails does so in its own test.
      next.tell(await visit(next.run, profiles).then(() => null, (error) => error));
    }
  }));
}

for (const ends of ['layer', 'popup', 'redirect']) {
  for (const device of ['desktop', 'phone']) {
    const own = runs.filter((run) => run.ends === ends && run.device === device);
    if (own.length === 0) continue;
    const ids = [...new Set(own.map(({ id }) => id))].join(' ');
    test(`P06 call sites on a ${device}, ${own.length} that end in a ${ends}: ${ids}`, { timeout: 180_000 }, async () => {
      buyers ??= start();
      const failures = (await Promise.all(own.map(({ ended }) => ended))).filter(Boolean);
      if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('\n'));
    });
  }
}

/** A buyer keeps one browser window for each device, and has no cookies when he comes to a site. */
async function visit(run, profiles) {
  const shop = await merchant(world.gateways);
  let context;
  try {
    profiles[run.device] ??= await profile(run.device);
    ({ context } = profiles[run.device]);
    context.notes.length = 0;
    await context.clearCookies();
    await paid(run, { ...profiles[run.device], shop });
  } catch (error) {
    console.error(`-- ${run.id}\n${context?.notes.slice(-20).join('\n')}`);
    await context?.close();
    delete profiles[run.device];
    throw new Error(`${run.id}, ${run.page}, result URL ${run.result_url}: ${error.message}`, { cause: error });
  } finally {
    await shop.close();
  }
}

async function profile(device) {
  const context = await world.profile(device === 'phone' ? phone : {});
  return { context, page: await context.newPage() };
}

/** One buyer at one site: pays, and everything is where it was with the vendor's script. */
async function paid(run, { context, page, shop }) {
  const object = await filled(run, shop);
  shop.pages['/shop/order'] = html(run, object);
  const asked = [];
  const note = (request) => {
    if (request.method() === 'POST' && request.url().startsWith(`${world.gateways}/payple/index.php`)) asked.push(request);
  };
  context.on('request', note);
  const opened = run.ends === 'popup' || run.starts === 'child' ? context.waitForEvent('page') : null;
  await page.goto(`${shop.url}/shop/order`, { waitUntil: 'commit' });
  if (run.starts !== 'load') await page.locator('#payAction')[run.device === 'phone' ? 'tap' : 'click']();
  const window = await paymentWindow(run.ends, (await opened) ?? page);
  assert.equal(context.pages().length, opened ? 2 : 1, 'no other window');
  assert.equal(asked.length, 1, 'one payment window');
  checkPosted(run, object, asked[0], shop);

  await choose(window, 'pay');
  const result = await handedOver(run, object, { page, window, shop });
  const { payments } = await world.control('book');
  const order = object.PCD_PAY_OID ?? result?.PCD_PAY_OID;
  const own = payments.filter((payment) => (order ? payment.order_id === order : payment.product_name === object.PCD_PAY_GOODS));
  const booked = [object.PCD_PAY_WORK === 'AUTH' ? 'registered' : 'captured', object.PCD_PAY_WORK === 'CERT' ? 1 : 0];
  assert.deepEqual(own.map(({ state, confirms }) => [state, confirms]), [booked], 'paid once, confirmed by the merchant alone');
  context.off('request', note);
  // A page may have opened a window of its own, and paid in it.
  for (const other of context.pages()) if (other !== page) await other.close();
}

/** The payment window, where it has to stand. */
async function paymentWindow(ends, page) {
  return ends === 'layer' ? layerWindow(page, world) : arrived(page, world);
}

/** The form that opened the window holds what the page gave and the keys of its auth, and nothing else. */
function checkPosted(run, object, request, shop) {
  const posted = Object.fromEntries(new URLSearchParams(request.postData()));
  const { PCD_CST_ID, PCD_CUST_KEY, PCD_AUTH_KEY, PCD_HTTP_REFERER, ...rest } = posted;
  const sent = ([name, value]) =>
    /^PCD_/.test(name) && value !== '' && !['PCD_CST_ID', 'PCD_CUST_KEY', 'PCD_AUTH_KEY', 'PCD_AUTH_URL'].includes(name);
  const expected = Object.entries({ ...object, ...run.posted }).filter(sent).map(([name, value]) => [name, String(value)]);
  assert.deepEqual(rest, Object.fromEntries(expected));
  assert.equal(PCD_HTTP_REFERER, run.starts === 'child' ? 'about:blank' : `${shop.url}/shop/order`);
  const brought = object.PCD_AUTH_KEY && object.PCD_PAY_URL;
  if (brought) assert.equal(PCD_AUTH_KEY, object.PCD_AUTH_KEY);
  else assert.ok(PCD_AUTH_KEY && PCD_CST_ID && PCD_CUST_KEY, 'the tokens of this auth');
  assert.notEqual(PCD_CUST_KEY ?? '', object.PCD_CUST_KEY ?? null, 'a key that stands in the page');
  const files = brought || object.clientKey ? 0 : 1;
  assert.equal(shop.auths.length, files, 'questions to the merchant\'s auth file');
}

/**
 * The result goes to the callback, once, or to the result URL as a form, once; where a page wants neither, to nobody.
 * Answers the result.
 */
async function handedOver(run, object, { page, window, shop }) {
  const url = object.PCD_RST_URL;
  const calls = run.callback === 'function' && run.ends !== 'redirect';
  if (run.ends === 'popup') await gone(window);
  if (calls || !url) {
    // What the call answers is settled when nothing more will come of it.
    await page.evaluate(() => window.ended);
    assert.equal(page.url(), `${shop.url}/shop/order`, 'the page stays');
    if (calls) await until('the callback', () => shop.called.length > 0);
    if (calls && object.PCD_PAY_WORK === 'CERT') await until('the confirm', () => shop.confirmed.length > 0);
  } else {
    const shown = run.ends === 'redirect' ? window : page;
    await shown.locator('#returned').waitFor();
    assert.equal(shown.url(), new URL(url, `${shop.url}/shop/order`).href);
  }
  assert.deepEqual([shop.called.length, shop.returned.length], [calls ? 1 : 0, !calls && url ? 1 : 0], 'callbacks, results by form');
  if (run.ends !== 'redirect') assert.equal(await page.locator('[data-paypair=overlay]').count(), 0);
  const result = calls ? shop.called[0] : shop.returned[0]?.result;
  assert.equal(result?.PCD_PAY_RST, calls || url ? 'success' : undefined);
  // The name that copied snippets test.
  if (run.ends !== 'redirect') assert.equal(result?.PCD_PAY_RESULT, result?.PCD_PAY_RST);
  return result;
}

/** The page's object, with what its server writes into it. */
async function filled(run, shop) {
  const auth = await shop.auth();
  const words = {
    page: shop.url, api: shop.api, host: `${world.gateways}/payple`, path: auth.PCD_PAY_URL,
    auth_key: auth.AuthKey, return_url: auth.return_url, cst_id: auth.cst_id, cust_key: auth.custKey,
  };
  const fill = (value) => (typeof value === 'string' ? value.replace(/\{(\w+)\}/g, (all, word) => words[word] ?? all) : value);
  const object = Object.fromEntries(Object.entries(run.object).map(([name, value]) => [name, fill(value)]));
  for (const name of run.undefined ?? []) delete object[name];
  // Some pages have one order id for ever; a gateway takes it once. Those without one are found in the book by their goods.
  if (run.index > 0) object[object.PCD_PAY_OID ? 'PCD_PAY_OID' : 'PCD_PAY_GOODS'] += `-${run.index + 1}`;
  if (run.result_url) object.PCD_RST_URL = fill(run.result_url);
  return object;
}

/** The page, whose script hands the object over as its author wrote it. */
function html({ script, callback, call = 'PaypleCpayAuthCheck', starts, frozen, throws, undefined: missing = [] }, object) {
  const lines = Object.entries(object).map(([name, value]) => `obj.${name} = ${JSON.stringify(value)};`);
  lines.push(...missing.map((name) => `obj.${name} = undefined;`));
  if (callback) lines.push(`obj.callbackFunction = ${callback === 'function' ? 'getResult' : 'undefined'};`);
  if (frozen) lines.push('Object.freeze(obj);');
  const source = `${world.gateways}/payple/js/${script}`;
  // The manual's snippets have this line where no event is in scope.
  const after = throws ? 'thereIsNoEvent.preventDefault();' : '';
  const run = {
    click: `document.querySelector('#payAction').onclick = function () { pay(window); };`,
    load: `document.addEventListener('DOMContentLoaded', function () { pay(window); });`,
    child: `document.querySelector('#payAction').onclick = function () {
      var child = window.open('', 'paypleChild', 'width=700,height=700');
      var script = child.document.createElement('script');
      script.src = '${source}';
      child.document.body.appendChild(script);
      var timer = setInterval(function () {
        if (!child.PaypleCpayAuthCheck) return;
        clearInterval(timer);
        pay(child);
      }, 200);
    };`,
  }[starts];
  return `<!doctype html>
<html lang="ko">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>주문</title>
${starts === 'child' ? '' : `<script src="${source}"></script>`}
<button id="payAction">결제하기</button>
<script>
var ended;
async function getResult(res) {
  await fetch('/pg/called', { method: 'POST', body: JSON.stringify(res), keepalive: true });
  if (res.PCD_PAY_RST === 'success' && res.PCD_PAY_WORK === 'CERT') await fetch('/pg/confirm', { method: 'POST', body: JSON.stringify(res) });
}
function pay(place) {
  var obj = {};
  ${lines.join('\n  ')}
  ended = place.${call}(obj);
  ${after}
}
${run}
</script>
</html>`;
}
