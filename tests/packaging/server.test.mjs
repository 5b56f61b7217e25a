// `paypair/server`: the gateways' own rules in JavaScript, by the recorded messages.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../../scripts/shell.mjs';
import { makeHome } from './home.mjs';

const golden = (path) => readFileSync(join(root, 'tests/golden', path));
// The public test keys of the manuals.
const PAYMENT_KEY = 'MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=';
const API_KEY = 'PL_Merchant';

let it;
let reader;
const load = (copy) => import(`${pathToFileURL(join(it.installed, 'server.js')).href}?${copy}`);

before(async () => {
  it = makeHome('server');
  const { loadReader } = await load('shared');
  reader = await loadReader();
});
after(() => it.close());

test("the manual's callback is believed, as text, bytes or a buffer", () => {
  const body = golden('payletter/callback_mobile.json');
  for (const form of [body.toString(), new Uint8Array(body), new Uint8Array(body).buffer]) {
    const callback = reader.verifyCallback(form, PAYMENT_KEY);
    assert.equal(callback.orderId, '1234567890');
    assert.equal(callback.amount, '1000');
    assert.equal(callback.currency, 'KRW');
    assert.deepEqual(callback.proven, ['amount', 'customerId', 'transactionId']);
  }
});

test('a changed or unsigned callback is refused with a code', () => {
  const body = golden('payletter/callback_mobile.json').toString();
  const refused = (text, code) => assert.throws(() => reader.verifyCallback(text, PAYMENT_KEY), { name: 'PaypairError', code });
  refused(body.replace('"amount": 1000', '"amount": 1'), 'hash_mismatch');
  refused(body.replace('"payhash"', '"notpayhash"'), 'hash_missing');
  refused(body.replace('"user_name"', '"amount": 1, "user_name"'), 'field_duplicated');
  refused('<html>', 'body_malformed');
  assert.throws(() => reader.verifyCallback(body, `${PAYMENT_KEY}x`), { code: 'hash_mismatch' });
});

test('a notice is believed in the form that was asked for, over the received digits', () => {
  const body = golden('payletter_global/notice_paid.form');
  const notice = reader.verifyNotice(body, API_KEY);
  assert.deepEqual([notice.event, notice.amount, notice.currency], ['paid', '1.00', 'USD']);
  assert.throws(() => reader.verifyNotice(body, API_KEY, 'token_only'), { code: 'hash_mismatch' });
  assert.throws(() => reader.verifyNotice(body.toString().replace('payamt=1&', 'payamt=1.00&'), API_KEY), { code: 'hash_mismatch' });
});

test('a return says where to ask, proves nothing and carries no key', () => {
  const window = golden('payple/window_card.json').toString();
  const came = reader.readReturn('payple', window);
  assert.equal(came.says, 'succeeded');
  assert.deepEqual(came.proven, []);
  const keys = ['PCD_AUTH_KEY', 'PCD_PAY_REQKEY', 'PCD_PAYER_ID'].map((name) => JSON.parse(window)[name]).filter(Boolean);
  assert.ok(keys.length > 0);
  for (const key of keys) assert.equal(JSON.stringify(came).includes(key), false);
  assert.equal(reader.readReturn('payple', golden('payple/window_close.json')).says, 'closed');
  assert.equal(reader.readReturn('payletter', golden('payletter/return_failed.form')).says, 'failed');
  assert.equal(reader.readReturn('payletter_global', golden('payletter_global/return.form')).says, 'succeeded');
});

test('every fault of a request is named at once, in two languages', () => {
  const wrong = reader.check('payple', { method: 'card', work: 'pay_now', amount: 50, productName: 'cup 🙂', custKey: 'abcd' });
  assert.deepEqual(wrong.map(({ field, code }) => [field, code]), [
    ['custKey', 'secret_in_page'],
    ['product_name', 'field_has_emoji'],
    ['amount', 'amount_too_small'],
  ]);
  assert.match(wrong[2].message.ko, /100/);
  assert.match(wrong[2].message.en, /100/);
  assert.equal(JSON.stringify(wrong).includes('abcd'), false);
  assert.throws(() => reader.check('paypal', {}), { code: 'name_unknown' });
});

test('a runtime that compiles no bytes hands over a module; a failed start can be tried again', async () => {
  const { loadReader, isPaypairError } = await load('edge');
  await assert.rejects(loadReader(new Uint8Array(8)), (error) => isPaypairError(error) && error.code === 'core_unavailable');
  const module = await WebAssembly.compile(readFileSync(join(it.installed, 'server.wasm')));
  const edge = await loadReader(module);
  assert.equal(edge.verifyCallback(golden('payletter/callback_mobile.json'), PAYMENT_KEY).amount, '1000');
  assert.equal(await loadReader(), edge, 'one start for everybody');
});
