// The whole payment without a mouse: layer, popup and redirect, at the three gateways. The layer keeps the keyboard, answers Escape,
// says what it is, and leaves the page as it was.

import assert from 'node:assert/strict';
import { leaveBy, named, step, stop, tabTo } from './keyboard.mjs';
import { arrived, gone, layerWindow } from './gateway.mjs';
import { order, shown, visit } from './shop.mjs';
import { until, world as open } from './world.mjs';

const { pay } = open();
const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const overlay = '[data-paypair=overlay]';

pay('Payple in the layer, by keyboard alone', async ({ page, world }) => {
  await visit(page, world);
  await tabTo(page, named('pay'));
  await page.keyboard.press('Enter');
  const frame = await layerWindow(page, world);
  assert.equal(await page.getByRole('dialog', { name: '결제창' }).count(), 1);
  assert.equal((await stop(page)).inDialog, true, 'the focus went into the layer');

  const seen = new Set();
  for (let presses = 0; presses < 16; presses += 1) {
    const here = await step(page);
    assert.ok(here.framed || here.inDialog || here.name === 'outside', `the keyboard left the layer: ${JSON.stringify(here)}`);
    assert.ok(here.seen, `the focus is seen on ${JSON.stringify(here)}`);
    seen.add(here.name);
  }
  for (const name of ['card_company', 'pay', 'decline', 'cancel', '결제창 닫기']) assert.ok(seen.has(name), `${name} among ${[...seen]}`);

  await tabTo(page, named('card_company'));
  const company = await step(page, 'ArrowDown');
  assert.ok(company.seen);
  assert.equal(await frame.locator('[name=card_company]:checked').inputValue(), company.value);
  await tabTo(page, named('pay'));
  leaveBy(page, 'Enter');
  await shown(page, 'paid');
  assert.equal(await page.locator(overlay).count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), 'order', 'what came of it has the focus');
  await tabTo(page, named('refund'));
});

pay('Payletter in a popup, by keyboard alone', async ({ page, world }) => {
  await visit(page, world);
  await tabTo(page, named('gateway'));
  await page.keyboard.press('ArrowDown');
  assert.deepEqual(await chosen(page, ['gateway', 'method']), ['payletter', 'creditcard']);
  assert.ok((await stop(page)).seen);
  await tabTo(page, named('pay'));
  const opened = page.waitForEvent('popup');
  await page.keyboard.press('Enter');
  const popup = await arrived(await opened, world);
  const note = page.getByRole('dialog', { name: '결제창' });
  assert.equal(await note.getByRole('status').innerText(), '결제창에서 결제를 진행해 주세요.');
  assert.equal((await stop(page)).name, '결제창 보기');
  const stops = [];
  for (let presses = 0; presses < 4; presses += 1) {
    stops.push(await step(page));
  }
  assert.ok(stops.every(({ seen, inDialog, name }) => seen && (inDialog || name === 'outside')), JSON.stringify(stops));
  assert.ok(stops.some(({ name }) => name === '결제창 닫기'));
  await tabTo(popup, named('pay'));
  leaveBy(popup, 'Space');
  await shown(page, 'paid');
  await gone(popup);
});

pay('Payletter Global in this window, by keyboard alone', async ({ page, world }) => {
  await visit(page, world);
  await tabTo(page, named('gateway'));
  await page.keyboard.press('ArrowUp');
  await tabTo(page, named('결제창을 여는 방법'));
  await page.keyboard.press('Space');
  await tabTo(page, named('layout'));
  await page.keyboard.press('ArrowLeft');
  assert.deepEqual(await chosen(page, ['gateway', 'layout']), ['payletter_global', 'redirect']);
  await tabTo(page, named('pay'));
  leaveBy(page, 'Enter');
  await arrived(page, world);
  await tabTo(page, named('card_number'));
  await page.keyboard.type('4111111111116156');
  await tabTo(page, named('pay'));
  leaveBy(page, 'Enter');
  await shown(page, 'paid');
  await tabTo(page, named('again'));
  leaveBy(page, 'Enter');
  await page.locator('[data-testid=pay]:enabled').waitFor();
});

pay('Escape leaves the layer: cancelled, and the page is as it was', async ({ page, world }) => {
  await visit(page, world);
  await page.evaluate(() => { document.documentElement.style.overflowY = 'scroll'; });
  await payButton(page, await order(page, world, cert), { layout: 'layer' });
  await tabTo(page, named('my-pay'), { key: 'Shift+Tab' });
  await page.keyboard.press('Enter');
  await layerWindow(page, world);
  assert.equal(await scrolling(page), 'hidden hidden', 'the page behind stands still');
  leaveBy(page, 'Escape');
  assert.equal((await ended(page)).status, 'cancelled');
  assert.equal(await page.locator(overlay).count(), 0);
  assert.equal(await scrolling(page), ' scroll', 'as the page had it');
  const here = await stop(page);
  assert.deepEqual([here.name, here.seen], ['my-pay', true], 'the focus is back where it was');
});

pay('Escape closes a popup', async ({ page, world }) => {
  await visit(page, world);
  await payButton(page, await order(page, world, cert), { layout: 'popup' });
  await tabTo(page, named('my-pay'), { key: 'Shift+Tab' });
  const opened = page.waitForEvent('popup');
  await page.keyboard.press('Enter');
  const popup = await arrived(await opened, world);
  leaveBy(page, 'Escape');
  await gone(popup);
});

pay('the note that the answer is awaited has the focus, and then the pay button again', async ({ page, world }) => {
  await visit(page, world);
  let answer;
  const held = new Promise((resolve) => { answer = resolve; });
  await page.route('**/orders/*/result', async (route) => {
    await held;
    await route.continue();
  });
  await payButton(page, await order(page, world, cert), { layout: 'layer' });
  await tabTo(page, named('my-pay'), { key: 'Shift+Tab' });
  await page.keyboard.press('Enter');
  await layerWindow(page, world);
  await tabTo(page, named('pay'));
  leaveBy(page, 'Enter');
  const status = page.getByRole('dialog', { name: '결제창' }).getByRole('status');
  await status.getByText('결제 결과를 확인하고 있습니다.').waitFor();
  assert.equal(await status.evaluate((words) => words === document.activeElement), true, 'so that it is read out');
  answer();
  assert.equal((await ended(page)).status, 'paid');
  assert.deepEqual([(await stop(page)).name, await scrolling(page)], ['my-pay', ' ']);
});

pay('a payment that fails at once leaves nothing behind, and the shop\'s button has the focus', async ({ page, world }) => {
  await visit(page, world);
  await page.route('**/api/orders', (route) => route.abort());
  await tabTo(page, named('pay'));
  await page.keyboard.press('Enter');
  await page.getByTestId('failure').waitFor();
  await page.locator('[data-testid=pay]:enabled').waitFor();
  assert.deepEqual([await page.locator(overlay).count(), await scrolling(page)], [0, ' ']);
  assert.deepEqual([(await stop(page)).name, (await stop(page)).seen], ['pay', true]);
});

pay('two payments at once, and a page that throws the layer away: it scrolls again in the end', async ({ page, world }) => {
  await visit(page, world);
  const [first, second] = [await order(page, world, cert), await order(page, world, cert)];
  await page.evaluate(async ([first, second]) => {
    const { createCheckout } = await import('/package/index.js');
    const { pay } = createCheckout({ server: '/pay', layout: 'layer' });
    window.both = [pay(first), pay(second)];
  }, [first, second]);
  await until('two layers', async () => (await page.locator(overlay).count()) === 2);
  const escape = (thrown) =>
    page.locator(overlay).first().evaluate((layer, thrown) => {
      if (thrown) layer.remove();
      layer.dispatchEvent(new Event('cancel', { cancelable: true }));
    }, thrown);
  await escape(false);
  assert.equal((await page.evaluate(() => window.both[0])).status, 'cancelled');
  assert.deepEqual([await page.locator(overlay).count(), await scrolling(page)], [1, 'hidden hidden'], 'the second one stands');
  await escape(true);
  assert.equal((await page.evaluate(() => window.both[1])).status, 'cancelled');
  assert.deepEqual([await page.locator(overlay).count(), await scrolling(page)], [0, ' ']);
});

pay('nothing moves for who asked for less motion', async ({ page, world }) => {
  await page.route('**/orders/*/prepare', () => {});
  const moving = () => page.evaluate(() => document.getAnimations().length);
  for (const [reducedMotion, moves] of [['no-preference', true], ['reduce', false]]) {
    await page.emulateMedia({ reducedMotion });
    await visit(page, world, { ...cert, layout: 'redirect' });
    await tabTo(page, named('pay'));
    await page.keyboard.press('Enter');
    await page.getByText('결제 페이지로 이동합니다').waitFor();
    assert.equal((await moving()) > 0, moves, `note: ${reducedMotion}`);
    await page.route('**/pay/assets/*.js', (route) => route.abort());
    await page.goto(`${world.shop}/pay/done/channel`);
    assert.equal((await moving()) > 0, moves, `way back: ${reducedMotion}`);
  }
});

/** Which value of each group of radio buttons is chosen. */
function chosen(page, groups) {
  return Promise.all(groups.map((group) => page.locator(`input[name=${group}]:checked`).inputValue()));
}

/** How the page itself says that it scrolls: across and down. */
function scrolling(page) {
  return page.evaluate(() => [document.documentElement.style.overflowX, document.documentElement.style.overflowY].join(' '));
}

/** A merchant's own pay button, which stays where it is; the first thing on the page. */
function payButton(page, order, options) {
  return page.evaluate(async ({ order, options }) => {
    const { createCheckout } = await import('/package/index.js');
    const checkout = createCheckout({ server: '/pay' });
    const button = document.createElement('button');
    button.dataset.testid = 'my-pay';
    button.textContent = '결제';
    button.onclick = () => {
      window.ended = checkout.pay(order, options).catch(({ code }) => ({ code }));
    };
    document.body.append(button);
    button.focus();
  }, { order, options });
}

/** What the merchant's own button ended with. */
function ended(page) {
  return page.evaluate(() => window.ended);
}
