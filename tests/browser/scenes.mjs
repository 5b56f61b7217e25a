// The screens that a buyer sees, for the pictures in docs/img and for the test that none overflows.

import { arrived, choose, gone, layerWindow, popupWindow } from './gateway.mjs';
import { press, shown, visit } from './shop.mjs';
import { phone } from './world.mjs';

/** The two widths: a small phone and a notebook. */
export const sizes = {
  360: phone,
  1280: { viewport: { width: 1280, height: 800 } },
};

const cert = { gateway: 'payple', method: 'card', work: 'confirm_then_pay' };
const card = { gateway: 'payletter', method: 'creditcard' };
const account = { gateway: 'payletter', method: 'virtualaccount' };
const global = { gateway: 'payletter_global', method: 'PLCreditCard' };

/** Every scene answers the page or frame to look at. */
export const scenes = {
  shop: async ({ page, world }) => {
    await visit(page, world);
    return page;
  },
  'shop-english': async ({ page, world }) => {
    await visit(page, world);
    await page.getByTestId('lang').click();
    await page.locator('html[lang=en]').waitFor();
    return page;
  },
  layer: async ({ page, world }) => {
    await visit(page, world, { ...cert, layout: 'layer' });
    await page.evaluate(() => window.scrollTo(0, 0));
    await press(page);
    await layerWindow(page, world);
    return page;
  },
  payple: inPopup({ ...cert, cardFlow: 'one_time' }),
  'payple-recurring': inPopup({ ...cert, cardFlow: 'recurring' }),
  'payletter-card': inPopup(card),
  'payletter-virtual-account': inPopup(account),
  'payletter-global': inPopup(global),
  'result-paid': async ({ page, world }) => {
    await visit(page, world, { ...card, layout: 'redirect' });
    await press(page);
    await choose(await arrived(page, world), 'pay');
    await shown(page, 'paid');
    return page;
  },
  'result-declined': async ({ page, world }) => {
    await visit(page, world, { ...cert, layout: 'redirect' });
    await press(page);
    await choose(await arrived(page, world), 'decline');
    await shown(page, 'declined');
    return page;
  },
  'result-awaiting-deposit': async ({ page, world }) => {
    await visit(page, world, { ...account, layout: 'popup' });
    const { popup } = await popupWindow(page, world, () => press(page));
    await choose(popup, 'pay');
    await shown(page, 'awaiting_deposit');
    await gone(popup);
    return page;
  },
  'result-registered': async ({ page, world }) => {
    await visit(page, world, { ...cert, work: 'register', layout: 'redirect' });
    await press(page);
    await choose(await arrived(page, world), 'pay');
    await shown(page, 'registered');
    return page;
  },
  'result-refunded': async ({ page, world }) => {
    await visit(page, world, { ...card, layout: 'redirect' });
    await press(page);
    await choose(await arrived(page, world), 'pay');
    await shown(page, 'paid');
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByTestId('refund').click();
    await page.locator('[data-testid=outcome][data-state=refunded]').waitFor();
    return page;
  },
  receipt: async ({ page, world }) => {
    await paidByDeposit(page, world);
    return receiptHere(page, world, 'receipt');
  },
  'cash-receipt': async ({ page, world }) => {
    await paidByDeposit(page, world);
    return receiptHere(page, world, 'cash_receipt');
  },
  dropin: async ({ page, world }) => {
    await page.goto(`${world.shop}/dropin.html`);
    await page.getByTestId('pay').waitFor();
    return page;
  },
};

/** A virtual account whose money has come in. */
async function paidByDeposit(page, world) {
  await visit(page, world, { ...account, layout: 'popup' });
  const { popup } = await popupWindow(page, world, () => press(page));
  const accountPage = popup.url();
  await choose(popup, 'pay');
  await shown(page, 'awaiting_deposit');
  await gone(popup);
  const bank = await page.context().newPage();
  await bank.goto(accountPage);
  await choose(bank, 'deposit');
  await shown(page, 'paid');
  await bank.close();
}

/** A receipt page at the size of the test: a page that is refused a window goes there itself. */
async function receiptHere(page, world, kind) {
  await page.evaluate(() => { window.open = () => null; });
  await page.getByTestId(kind).click();
  await page.waitForURL((url) => url.href.startsWith(world.gateways));
  return page;
}

/** How far a page is wider than its window; 0 is right. */
export function overflow(place) {
  return place.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return Math.max(0, scrollWidth - clientWidth);
  });
}

/** A payment window by itself, at the size of the test. */
function inPopup(choices) {
  return async ({ page, world }) => {
    await visit(page, world, { ...choices, layout: 'redirect' });
    await press(page);
    return arrived(page, world);
  };
}
