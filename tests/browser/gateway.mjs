// The gateway's side as a buyer sees it: find the payment window, press its buttons.

import { until } from './world.mjs';

/** The payment window inside the page's layer. */
export async function layerWindow(page, world) {
  const window = await until('the payment window in the layer', async () => {
    for (const frame of page.frames()) {
      if (!frame.url().startsWith(world.gateways)) continue;
      if (await frame.getByTestId('pay').isVisible().catch(() => false)) return frame;
    }
    return null;
  });
  await rested(window);
  return window;
}

/**
 * Where the layer stands changes with the page's width, and how high it is with what its window tells once it is loaded. A click before
 * all of that is over can miss its button: the page and the window inside it are drawn by two processes, which agree a little later.
 */
async function rested(window) {
  await window.waitForLoadState('load');
  const layer = await window.frameElement();
  await until('the layer to stand still', async () => {
    const outside = await layer.evaluate(
      (frame) =>
        new Promise((resolve) => {
          let last = '';
          let still = 0;
          const look = () => {
            const { x, y, width, height } = frame.getBoundingClientRect();
            const now = JSON.stringify([x, y, width, height, innerWidth, innerHeight]);
            still = now === last ? still + 1 : 0;
            last = now;
            if (still < 12) requestAnimationFrame(look);
            else resolve([frame.clientWidth, frame.clientHeight]);
          };
          look();
        }),
    );
    const inside = await window.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve([innerWidth, innerHeight])))),
    );
    return inside.join() === outside.join();
  });
}

/** The payment window in its own browser window; start waiting before the click that opens it. */
export async function popupWindow(page, world, click) {
  const opened = page.waitForEvent('popup');
  const made = await click();
  const popup = await opened;
  await arrived(popup, world);
  return { popup, made };
}

/** Waits until a browser window shows a gateway's payment window. */
export async function arrived(window, world) {
  await window.waitForURL((url) => url.href.startsWith(world.gateways));
  await window.getByTestId('pay').waitFor();
  return window;
}

/** Presses a button of a payment window: pay, decline, cancel, deposit. In a layer only once that has come to rest. */
export async function choose(window, button) {
  if (window.parentFrame?.()) await rested(window);
  await window.getByTestId(button).click();
}

/**
 * The buyer closes a window that did not find its way back. Only once it says so: a window that is closed while it changes its page may
 * stay half open in Chromium, and a close that waits for its end then waits for ever.
 */
export async function leave(window) {
  await window.getByText('(return_never)').waitFor();
  await window.close();
}

/** Waits until a window is gone. */
export async function gone(window) {
  await until('the window to close', () => window.isClosed()).catch((error) => {
    throw new Error(`${error.message}; it shows ${window.url()}`);
  });
}
