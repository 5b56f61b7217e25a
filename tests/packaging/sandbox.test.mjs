// `paypair/sandbox` against the real program: what a merchant's own test would do.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { targetDir } from '../../scripts/shell.mjs';
import { makeHome } from './home.mjs';

const program = join(targetDir, 'debug', process.platform === 'win32' ? 'paypair.exe' : 'paypair');
let it;
let startSandbox;
let isPaypairError;

before(async () => {
  assert.ok(existsSync(program), `${program} is not built: cargo build -p paypair`);
  it = makeHome('sandbox');
  ({ startSandbox, isPaypairError } = await import(pathToFileURL(join(it.installed, 'sandbox.js')).href));
});
after(() => it.close());

test('it starts on a free port, answers, and is gone after close', async () => {
  const [one, other] = await Promise.all([startSandbox({ program }), startSandbox({ program })]);
  assert.notEqual(one.url, other.url);
  assert.equal((await fetch(`${one.gateways.payletter}/v1.0/payments/request`, { method: 'POST' })).status < 500, true);
  await Promise.all([one.close(), other.close()]);
  await assert.rejects(fetch(one.url));
  await assert.rejects(one.book(), (error) => isPaypairError(error) && error.code === 'sandbox_unreachable');
  await one.close();
});

test('the program is found on the PATH too', async () => {
  const { PATH, PAYPAIR_PROGRAM } = process.env;
  delete process.env.PAYPAIR_PROGRAM;
  process.env.PATH = dirname(program);
  try {
    const sandbox = await startSandbox();
    await sandbox.close();
  } finally {
    process.env.PATH = PATH;
    if (PAYPAIR_PROGRAM !== undefined) process.env.PAYPAIR_PROGRAM = PAYPAIR_PROGRAM;
  }
});

test('why it did not start is said', async () => {
  const failed = (config, code, words) =>
    assert.rejects(startSandbox(config), (error) => isPaypairError(error) && error.code === code && words.test(error.message));
  await failed({ program: join(it.home, 'nothing') }, 'program_missing', /program/);
  await failed({ program, args: ['--no-such-flag'] }, 'sandbox_ended', /no-such-flag/);
  await failed({ program: process.execPath, args: [] }, 'sandbox_ended', /sandbox/);
});

test('the clock stands where it is put and moves by hand', async () => {
  const sandbox = await startSandbox({ program, clock: '2026-11-21T09:00:00+09:00' });
  try {
    assert.equal(await sandbox.advance(3600), '2026-11-21T01:00:00Z');
    assert.equal((await sandbox.book()).now, '2026-11-21T01:00:00Z');
    await sandbox.reset();
    assert.equal((await sandbox.book()).now, '2026-11-21T00:00:00Z');
  } finally {
    await sandbox.close();
  }
});

test('options are switched one by one, and a wrong one is refused', async () => {
  const sandbox = await startSandbox({ program });
  try {
    assert.equal((await sandbox.options()).private_api, true);
    const changed = await sandbox.setOptions({ private_api: false });
    assert.equal(changed.private_api, false);
    assert.deepEqual(await sandbox.options(), changed);
    await assert.rejects(sandbox.setOptions({ private_api: 'often' }), (error) => isPaypairError(error));
  } finally {
    await sandbox.close();
  }
});

test('a payment is scripted, paid, delivered and booked', async () => {
  const heard = [];
  const merchant = createServer((request, response) => {
    request.on('data', (chunk) => heard.push(JSON.parse(chunk)));
    request.on('end', () => response.end('{"code":0,"message":"success"}'));
  });
  await new Promise((resolve) => merchant.listen(0, '127.0.0.1', resolve));
  const sandbox = await startSandbox({ program });
  try {
    await sandbox.script({ gateway: 'payletter', faults: ['callback_never', { name: 'lookup_lag', seconds: 5 }] });
    await assert.rejects(sandbox.script({ gateway: 'payletter', faults: ['rain'] }), { code: 'fault_unknown' });
    const own = `http://127.0.0.1:${merchant.address().port}`;
    const request = await fetch(`${sandbox.gateways.payletter}/v1.0/payments/request`, {
      method: 'POST',
      headers: { authorization: `PLKEY ${PAYMENT_KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        pgcode: 'creditcard', client_id: 'pay_test', user_id: 'u-1', amount: 12000, product_name: 'cup', order_no: 'o-1',
        return_url: `${own}/return`, callback_url: `${own}/callback`,
      }),
    });
    const { token } = JSON.parse((await request.text()).replace(/"token":\s*(\d+)/, '"token":"$1"'));
    // What the button of the payment window posts.
    await fetch(`${sandbox.gateways.payletter}/pgsvc/hub.asp`, { method: 'POST', body: new URLSearchParams({ token, deed: 'pay' }) });
    const before = await sandbox.book();
    assert.deepEqual(before.payments.map(({ order_id, amount }) => [order_id, amount]), [['o-1', '12000']]);
    const [delivery] = await sandbox.deliver('payletter', 'o-1');
    assert.equal(delivery.acknowledged, true);
    assert.equal(heard[0].order_no, 'o-1');
    assert.equal((await sandbox.book()).payments[0].acknowledged, true);
    await assert.rejects(sandbox.deliver('payletter', 'o-2'), { code: 'nothing_to_deliver' });
  } finally {
    await sandbox.close();
    merchant.close();
  }
});

test('the faults of the types are the faults of the program', async () => {
  const sandbox = await startSandbox({ program });
  try {
    const names = (await sandbox.faults()).map((fault) => fault.name).sort();
    const types = readFileSync(join(it.installed, 'sandbox.d.ts'), 'utf8');
    const [union] = /type FaultName =[^;]*;/.exec(types);
    assert.deepEqual([...union.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort(), names);
  } finally {
    await sandbox.close();
  }
});

// The public test key of the manual.
const PAYMENT_KEY = 'MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=';
