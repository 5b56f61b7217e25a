// P14: what a hostile page, buyer or stranger tries. Judged by the gateways' money book and by a host that counts bytes.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { choose, popupWindow } from './gateway.mjs';
import { hostileHost } from './raw.mjs';
import { ask, order, press, record, settled, shown, visit } from './shop.mjs';
import { until, world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const now = { ...cert, work: 'pay_now' };
const card = { gateway: 'payletter', method: 'creditcard' };
const global = { gateway: 'payletter_global', method: 'PLCreditCard' };
/** Public keys of the gateways' own test merchants; see the manuals. */
const PAYLETTER_KEY = 'MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=';
const GLOBAL_KEY = 'PL_Merchant';

pay('P14 a page that asks for 100 won gets a window for 10,000', async ({ page, world }) => {
  await visit(page, world);
  for (const choices of [cert, card]) {
    const made = await order(page, world, choices);
    const layout = choices === cert ? 'layer' : 'popup';
    const { status, body } = await ask(world, made, 'prepare', {
      body: { layout, device: 'desktop', fields: { amount: '100', PCD_PAY_TOTAL: '100' } },
    });
    assert.equal(status, 200, JSON.stringify(body));
    if (choices === cert) {
      assert.equal(new Map(body.launch.fields).get('PCD_PAY_TOTAL'), '10000');
    } else {
      // The page sees no price of this window; the book does.
      const window = await page.context().newPage();
      await window.goto(body.launch.url);
      await choose(window, 'pay');
      assert.equal((await world.payment(made.orderId)).amount, '10000');
    }
  }
});

pay('P14 Payple PAY with the price changed on the way: captured 100 won are refunded, not paid', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, now);
  const window = await tamperedWindow(page, world, made, { PCD_PAY_TOTAL: '100' });
  await choose(window, 'pay');
  const refunded = await world.payment(made.orderId, 'cancelled');
  assert.equal(String(refunded.amount), '100');
  assert.equal(refunded.refunds, 1);
  const walked = await neverPaid(page, world, made);
  assert.ok(walked.includes('discrepant'), walked.join(' -> '));
});

pay('P14 Payple CERT with the price changed on the way: never confirmed, never paid', async ({ page, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  const window = await tamperedWindow(page, world, made, { PCD_PAY_TOTAL: '100' });
  await choose(window, 'pay');
  await until('the result to be refused', async () => {
    const { timeline } = await record(page, world, made.orderId);
    return timeline.some(({ kind }) => kind === 'result_refused');
  });
  await neverPaid(page, world, made);
  assert.deepEqual(await world.payments(made.orderId), []);
});

pay('P14 a gateway that captures another amount than asked: refunded', async ({ page, world }) => {
  await visit(page, world, card);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await world.script('payletter', ['wrong_amount'], { order_id: made.orderId });
  await choose(popup, 'pay');
  const refunded = await world.payment(made.orderId, 'cancelled');
  assert.equal(refunded.refunds, 1);
  const { outcome } = await until('the refund to be told', async () => {
    const known = await record(page, world, made.orderId);
    return known.outcome.state === 'refunded' ? known : null;
  });
  await shown(page, outcome.status);
  await neverPaid(page, world, made);
});

pay('P14 the result of another, paid order is replayed: not paid', async ({ page, world }) => {
  await visit(page, world);
  const [first, second] = [await order(page, world, cert), await order(page, world, cert)];
  const result = await resultOf(page, world, first);
  assert.equal((await ask(world, first, 'result', { body: { fields: result } })).body.status, 'paid');

  await ask(world, second, 'prepare', { body: { layout: 'layer', device: 'desktop' } });
  for (const fields of [result, { ...result, PCD_PAY_OID: second.orderId }]) {
    const { body } = await ask(world, second, 'result', { body: { fields } });
    assert.notEqual(body.status, 'paid', JSON.stringify(body));
  }
  await neverPaid(page, world, second);
  assert.equal((await world.payment(first.orderId)).confirms, 1);
  assert.deepEqual(await world.payments(second.orderId), []);
});

pay('P14 another order\'s secret opens nothing', async ({ page, world }) => {
  await visit(page, world);
  const [first, second] = [await order(page, world, cert), await order(page, world, cert)];
  const mixed = { orderId: first.orderId, clientSecret: second.clientSecret };
  for (const [path, method] of [['prepare', 'POST'], ['result', 'POST'], ['closed', 'POST'], ['status', 'GET']]) {
    const { status } = await ask(world, mixed, path, {
      method, body: method === 'POST' ? { layout: 'layer', device: 'desktop', fields: {} } : undefined,
    });
    assert.ok([401, 403, 404].includes(status), `${path}: ${status}`);
  }
  const strange = await ask(world, first, 'prepare', { body: { layout: 'layer', device: 'desktop' }, origin: 'https://evil.example' });
  assert.equal(strange.status, 403, 'nor does a page of another origin');
});

pay('P14 PCD_PAY_COFURL points to a hostile host: it receives no byte', async ({ page, world }) => {
  await visit(page, world);
  const hostile = await hostileHost();
  const at = `127.0.0.1:${hostile.port}`;
  const path = '/php/PayCardConfirmAct.php?ACT_=PAYM';
  const { host } = new URL(world.gateways);
  try {
    for (const url of [
      `http://${at}/payple${path}`,
      `https://${at}${path}`,
      `http://localhost:${hostile.port}/payple${path}`,
      `${world.gateways}@${at}/payple${path}`,
      `http://${host}:x@${at}/payple${path}`,
      `//${at}/payple${path}`,
      `http://${at}\\@${host}/payple${path}`,
      `http://${at}/?${world.gateways}/payple${path}`,
      `http://${at}#@${host}/payple${path}`,
    ]) {
      const made = await order(page, world, cert);
      const result = await resultOf(page, world, made);
      const { body } = await ask(world, made, 'result', { body: { fields: { ...result, PCD_PAY_COFURL: url } } });
      assert.notEqual(body.status, 'paid', url);
      await neverPaid(page, world, made, url);
      assert.deepEqual((await world.payments(made.orderId)).filter(({ state }) => state === 'captured'), [], url);
    }
    assert.deepEqual([hostile.connections, hostile.bytes], [0, 0]);
  } finally {
    await hostile.close();
  }
});

pay('P14 Payletter callbacks with a wrong hash, without one, of another order: nothing paid', async ({ page, world }) => {
  await visit(page, world, card);
  const { popup, made } = await popupWindow(page, world, () => press(page));
  await world.script('payletter', ['callback_never', 'return_never'], { order_id: made.orderId });
  // A payment of our own at the same gateway, honestly signed: what an attacker has seen of his own order.
  await choose(popup, 'pay');
  const captured = await world.payment(made.orderId);
  const victim = await order(page, world, card);
  await ask(world, victim, 'prepare', { body: { layout: 'popup', device: 'desktop' } });
  const { order: { customer } } = await record(page, world, victim.orderId);

  const honest = (orderNo, over = {}) => {
    const message = {
      user_id: customer.id, order_no: orderNo, amount: 10000, tid: captured.transaction_id, cid: '1', pgcode: 'creditcard',
      transaction_date: '2026-01-01 00:00:00', custom_parameter: '', ...over,
    };
    const text = `${message.user_id}${message.amount}${message.tid}${PAYLETTER_KEY}`;
    return { ...message, payhash: createHash('sha256').update(text).digest('hex').toUpperCase() };
  };
  const wrong = honest(victim.orderId, { tid: 'tpay_test-209901010000001' });
  const forged = [
    ['a wrong hash', { ...wrong, payhash: 'A'.repeat(64) }],
    ['no hash', (({ payhash, ...rest }) => rest)(wrong)],
    ['an empty hash', { ...wrong, payhash: '' }],
    ['another order_no', honest(victim.orderId)],
    ['an unknown order_no', honest('no-such-order')],
  ];
  for (const [name, message] of forged) {
    const answer = await fetch(`${world.shop}/pay/callback/payletter`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(message),
    });
    const text = await answer.text();
    if (/hash/.test(name)) assert.equal(/"code"\s*:\s*0\b/.test(text), false, `${name} is not acknowledged: ${text}`);
    await neverPaid(page, world, victim, name);
  }
  assert.deepEqual(await world.payments(victim.orderId), []);
  await world.control('deliver', { gateway: 'payletter', order_id: made.orderId });
  await settled(world, made, 'paid');
});

pay('P14 Global notices with a wrong hash, without one, of another order: nothing paid', async ({ page, world }) => {
  await visit(page, world);
  const victim = await order(page, world, global);
  await ask(world, victim, 'prepare', { body: { layout: 'popup', device: 'desktop' } });
  const { order: { amount, currency, customer } } = await record(page, world, victim.orderId);
  const notice = {
    notifytype: '1', storeid: 'PL_Merchant', currency: currency ?? 'USD', storeorderno: victim.orderId, payamt: String(amount),
    payerid: customer.id, timestamp: String(Math.floor(Date.now() / 1000)), paytoken: '999999', retcode: '0', pginfo: 'PLCreditCard', notifyid: '1',
  };
  const sign = ({ storeid, currency: money, storeorderno, payamt, payerid, timestamp }) =>
    createHash('sha256').update(`${storeid}${money}${storeorderno}${payamt}${payerid}${timestamp}${GLOBAL_KEY}`).digest('hex');
  const forged = [
    ['a wrong hash', { ...notice, hash: 'a'.repeat(64) }],
    ['no hash', notice],
    ['the hash of another order', { ...notice, hash: sign({ ...notice, storeorderno: 'other' }) }],
    ['another amount, well signed', (({ ...cheap }) => ({ ...cheap, hash: sign(cheap) }))({ ...notice, payamt: '0.01' })],
  ];
  for (const [name, message] of forged) {
    const answer = await fetch(`${world.shop}/pay/notice/payletter_global`, { method: 'POST', body: new URLSearchParams(message) });
    if (/signed/.test(name) === false) assert.doesNotMatch(await answer.text(), /<RESULT>OK<\/RESULT>/i, name);
    await neverPaid(page, world, victim, name);
  }
  // What the gateway signed is believed: it says that something else was paid.
  const walked = await neverPaid(page, world, victim, 'another amount');
  assert.equal(walked.at(-1), 'discrepant');
});

pay('P14 a stranger cannot read an order, nor refund one', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  const stranger = await context.browser().newContext();
  const answer = await stranger.request.get(`${world.shop}/api/orders/${made.orderId}`);
  assert.ok([401, 403, 404].includes(answer.status()), String(answer.status()));
  await stranger.close();
  for (const [method, path] of [['GET', ''], ['POST', '/refund']]) {
    const { status } = await fetch(`${world.shop}/pay/orders/${made.orderId}${path}`, {
      method, headers: { origin: world.shop, 'paypair-client-secret': made.clientSecret },
    });
    assert.equal(status, 401, `${method} ${path} without the merchant's token`);
  }
});

/** The order is not paid and never was; answers the states it went through. */
async function neverPaid(page, world, { orderId }, why) {
  const { outcome, timeline } = await record(page, world, orderId);
  const walked = timeline.map(({ to }) => to).filter(Boolean);
  assert.notEqual(outcome.status, 'paid', why);
  assert.equal(walked.includes('paid'), false, why);
  return walked;
}

/** Opens the payment window with fields that a buyer has changed in his own browser, and forwards its result. */
async function tamperedWindow(page, world, made, changed) {
  const { body } = await ask(world, made, 'prepare', { body: { layout: 'redirect', device: 'desktop' } });
  const { url, fields } = body.launch;
  await submit(page, url, fields.map(([name, value]) => [name, changed[name] ?? value]));
  await page.getByTestId('pay').waitFor();
  return page;
}

/** Pays an order in a layer of our own and answers the result that the window posts, without handing it on. */
async function resultOf(page, world, made) {
  const { body } = await ask(world, made, 'prepare', { body: { layout: 'layer', device: 'desktop' } });
  const tab = await page.context().newPage();
  await tab.goto(`${world.shop}/result.html`);
  await tab.evaluate(({ url, fields }) => {
    window.result = null;
    addEventListener('message', ({ data }) => { if (data?.type === 'pay_result') window.result = data.data; });
    const frame = Object.assign(document.createElement('iframe'), { name: 'cpay_ifr' });
    frame.style.cssText = 'position:fixed;inset:0;width:100%;height:100%;z-index:9';
    const form = Object.assign(document.createElement('form'), { method: 'post', action: url, target: 'cpay_ifr' });
    for (const [name, value] of fields) form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(frame, form);
    form.submit();
  }, body.launch);
  await tab.frameLocator('iframe[name=cpay_ifr]').getByTestId('pay').click();
  const result = await until('the result of the window', () => tab.evaluate(() => window.result));
  await tab.close();
  return result;
}

async function submit(page, url, fields) {
  await page.evaluate(({ url, fields }) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: url });
    for (const [name, value] of fields) form.append(Object.assign(document.createElement('input'), { name, value }));
    document.body.append(form);
    form.submit();
  }, { url, fields });
}
