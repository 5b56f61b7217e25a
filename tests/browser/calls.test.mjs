// What the typed API promises to a page's own code: its errors, its states, where it opens and where it does not.

import assert from 'node:assert/strict';
import { arrived, choose, layerWindow } from './gateway.mjs';
import { ended, heard, kiosk } from './kiosk.mjs';
import { order, visit } from './shop.mjs';
import { world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const card = { gateway: 'payletter', method: 'creditcard' };

pay('isPaypairError knows errors of another frame and of another copy, and no others', async ({ page, world }) => {
  await visit(page, world);
  await page.evaluate(() => void document.body.append(document.createElement('iframe')));
  // A frame has classes of its own, whatever it loads.
  await page.frames()[1].evaluate(async () => { window.parent.foreign = await import('/package/index.js'); });
  const known = await page.evaluate(async () => {
    const { foreign } = window;
    const own = await import('/package/index.js');
    const copy = await import('/package/index.js?copy');
    const aborted = (it) => it.createCheckout({ server: '/pay' })
      .pay({ orderId: 'a', clientSecret: 'cs_a' }, { signal: AbortSignal.abort('gone') })
      .catch((error) => error);
    const strangers = [null, undefined, 'PaypairError', {}, new Error('PaypairError'), Object.assign(new Error('a'), { code: 'aborted' })];
    return {
      ours: await Promise.all([own, copy, foreign].map(async (it) => own.isPaypairError(await aborted(it)))),
      instances: await Promise.all([own, copy, foreign].map(async (it) => (await aborted(it)) instanceof own.PaypairError)),
      backwards: foreign.isPaypairError(await aborted(own)),
      strangers: strangers.map((it) => own.isPaypairError(it)),
    };
  });
  assert.deepEqual(known.ours, [true, true, true]);
  assert.deepEqual(known.instances, [true, false, false], 'what instanceof makes of the same');
  assert.equal(known.backwards, true);
  assert.deepEqual(known.strangers, Array(6).fill(false));
});

pay('a signal that is aborted already: no window, and the reason is the cause', async ({ page, context, world }) => {
  await visit(page, world);
  const told = await page.evaluate(async () => {
    const { createCheckout } = await import('/package/index.js');
    const checkout = createCheckout({ server: '/pay', layout: 'layer', locale: 'en' });
    const errors = [];
    const signal = AbortSignal.abort('unmounted');
    const promise = checkout.pay({ orderId: 'a', clientSecret: 'cs_a' }, { signal, onError: (error) => errors.push(error.code) });
    const layers = document.querySelectorAll('[data-paypair=overlay]').length;
    sessionStorage.setItem('paypair', JSON.stringify({ orderId: 'a', clientSecret: 'cs_a' }));
    const show = ({ code, cause, message }) => [code, cause, message];
    return { layers, paid: await promise.catch(show), resumed: await checkout.resume({ signal }).catch(show), errors };
  });
  const aborted = ['aborted', 'unmounted', 'The payment was aborted.'];
  assert.deepEqual(told, { layers: 0, paid: aborted, resumed: aborted, errors: ['aborted'] });
  assert.equal(context.pages().length, 1);
});

pay('aborted and called again in one breath: the second call is one of its own', async ({ page, world }) => {
  await visit(page, world);
  const told = await page.evaluate(async () => {
    const { createCheckout } = await import('/package/index.js');
    const checkout = createCheckout({ server: '/pay', layout: 'layer' });
    const layers = () => document.querySelectorAll('[data-paypair=overlay]').length;
    const never = () => new Promise(() => {});
    const [first, second] = [new AbortController(), new AbortController()];
    const promises = [checkout.pay(never, { signal: first.signal })];
    first.abort();
    const between = layers();
    promises.push(checkout.pay(never, { signal: second.signal }));
    const codes = [await promises[0].catch(({ code }) => code)];
    const during = layers();
    second.abort();
    codes.push(await promises[1].catch(({ code }) => code));
    return { between, during, after: layers(), codes, scroll: document.documentElement.style.overflow };
  });
  assert.deepEqual(told, { between: 0, during: 1, after: 0, codes: ['aborted', 'aborted'], scroll: '' });
});

pay('where wasm is refused, what needs it says so, in the page\'s language', async ({ page, world }) => {
  await visit(page, world, {}, { query: '?csp=nowasm' });
  const told = await page.evaluate(async () => {
    const { createCheckout, isPaypairError, paypleObject } = await import('/package/index.js');
    const show = (error) => [isPaypairError(error), error.code, error.message, error.cause?.name];
    return [
      await createCheckout({ server: '/pay', locale: 'ko' }).preload().catch(show),
      await createCheckout({ server: '/pay', locale: 'en' }).preload().catch(show),
      (await paypleObject({ method: 'card' }).catch(show))[1],
    ];
  });
  assert.deepEqual(told, [
    [true, 'core_unavailable', '결제 모듈(WebAssembly)을 시작하지 못했습니다.', 'CompileError'],
    [true, 'core_unavailable', 'The WebAssembly core could not be started.', 'CompileError'],
    'core_unavailable',
  ]);
});

pay('a code that is newer than this package, by the core and without it', async ({ page, world }) => {
  for (const [query, route] of [['', 'prepare'], ['?csp=nowasm', 'launch']]) {
    await visit(page, world, {}, { query });
    const made = await order(page, world, cert);
    const errors = [
      { code: 'moon_in_eclipse', message: { ko: '월식입니다', en: 'the moon is in eclipse' } },
      { code: 'not_now', message: { ko: '지금은 안 됩니다', en: 'not now' } },
    ];
    const told = [];
    for (const error of errors) {
      await page.unrouteAll();
      await page.route(`**/pay/orders/*/${route}`, (it) => it.fulfill({ status: 409, json: { error } }));
      told.push(await page.evaluate(async (made) => {
        const { createCheckout } = await import('/package/index.js');
        const error = await createCheckout({ server: '/pay', layout: 'layer', locale: 'ko' }).pay(made).catch((error) => error);
        return [error.code, error.serverCode, error.message];
      }, made));
    }
    assert.deepEqual(told, [
      ['unknown_code', 'moon_in_eclipse', '월식입니다'],
      ['not_now', undefined, '지금은 안 됩니다'],
    ], route);
  }
});

pay('states are told to every listener, in order, and none of them can stop a payment', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, cert);
  const button = await kiosk(page, made, { settings: { layout: 'layer' }, makes: 'called' });
  await page.evaluate(() => {
    const { checkout } = window.kiosk;
    window.counted = 0;
    const count = () => { window.counted += 1; };
    const [once, twice] = [checkout.on('state', count), checkout.on('state', count)];
    once();
    once();
    void twice;
    checkout.on('state', () => { throw new Error('the listener is broken'); });
  });
  await button.click();
  await choose(await layerWindow(page, world), 'pay');
  assert.deepEqual(await ended(page), [{ status: 'paid', final: true }]);
  assert.deepEqual(await heard(page), ['opening, no order', 'paying', 'checking']);
  assert.equal(await page.evaluate(() => window.counted), 3, 'one of the two was ended');
  const broken = context.notes.filter((note) => note.includes('the listener is broken'));
  assert.equal(broken.length, 3, 'and what it throws is not swallowed');
});

pay('in a webview nothing opens a second window', async ({ page, context, world }) => {
  await visit(page, world);
  const made = await order(page, world, card);
  const button = await kiosk(page, made, {
    settings: { environment: 'webview', layout: 'popup' }, options: { gateway: 'payletter' },
  });
  await button.click();
  await choose(await arrived(page, world), 'pay');
  await page.waitForURL((url) => url.origin === world.shop);
  assert.equal(context.pages().length, 1);
  await kiosk(page, made, { settings: { environment: 'webview' } });
  await page.evaluate((made) => void window.kiosk.checkout.openReceipt(made), made);
  await page.waitForURL((url) => url.href.startsWith(world.gateways));
  assert.equal(context.pages().length, 1);
});
