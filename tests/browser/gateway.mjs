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

/** The window tells its size once it is loaded, and the layer follows: a click before that can miss its button. */
async function rested(window) {
  await window.waitForLoadState('load');
  const element = await window.frameElement();
  await element.evaluate(
    (frame) =>
      new Promise((resolve) => {
        let height = 0;
        let still = 0;
        const look = () => {
          still = frame.clientHeight === height ? still + 1 : 0;
          height = frame.clientHeight;
          if (still < 12) requestAnimationFrame(look);
          else resolve();
        };
        look();
      }),
  );
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

/** Presses a button of a payment window: pay, decline, cancel, deposit. A window in a layer may have been moved since it was found. */
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
