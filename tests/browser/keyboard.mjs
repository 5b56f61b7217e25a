// A buyer without a mouse: where the keyboard stands, and whether it is seen there.

import assert from 'node:assert/strict';
import { until } from './world.mjs';

/** How long the focus has to be nowhere before we believe that it stays there, in milliseconds. */
const NOWHERE = 400;

/** The element that has the focus, inside whatever frames it stands; its frame is the page's own for most. */
export async function stop(page) {
  let place = page.mainFrame();
  for (;;) {
    const active = (await place.evaluateHandle(() => document.activeElement)).asElement();
    const inner = await active?.contentFrame();
    if (!inner) break;
    place = inner;
  }
  return { ...(await place.evaluate(describe)), framed: place !== page.mainFrame() };
}

/**
 * Presses Tab, or another key that moves the focus, and answers where it stands then. Into a window of another site, and out of it, the
 * focus goes by messages between the browser's processes: on its way it stands on the frame itself or nowhere, and a key that is pressed
 * then may never be answered.
 */
export async function step(page, key = 'Tab') {
  const before = await stop(page);
  await page.keyboard.press(key);
  let nowhere = null;
  return until(`the focus to move on from ${before.name}`, async () => {
    const here = await stop(page);
    if (here.name !== 'outside') nowhere = null;
    else nowhere ??= Date.now();
    const still = nowhere === null ? !here.onFrame : Date.now() - nowhere > NOWHERE;
    return still && (here.element !== before.element || here.framed !== before.framed) ? here : null;
  });
}

/** Presses a key with which the page, or the frame that has the focus, may go away: such a key is never answered. */
export function leaveBy(page, key) {
  page.keyboard.press(key).catch(() => {});
}

/** Presses Tab until it stands on what `wanted` names; every stop on the way shows that it has the focus. */
export async function tabTo(page, wanted, { most = 40, key = 'Tab' } = {}) {
  const way = [];
  for (let presses = 0; presses < most; presses += 1) {
    const here = await step(page, key);
    way.push(here.name);
    assert.ok(here.seen, `the focus is seen on ${JSON.stringify(here)}`);
    if (wanted(here)) return here;
  }
  throw new Error(`the keyboard never comes to ${wanted}; it stood on ${way.join(', ')}`);
}

/** By the test's name of an element. */
export const named = (name) => (here) => here.name === name;

/** Runs in the page. A radio that its label draws shows the focus there. */
function describe() {
  const at = document.activeElement;
  const drawn = [at, at?.closest('label'), at?.nextElementSibling].filter((one) => one && getComputedStyle(one).opacity !== '0');
  // The page itself: the keyboard is among the browser's own buttons.
  const outside = !at || at === document.body;
  const numbers = (window.stops ??= new Map());
  if (!numbers.has(at)) numbers.set(at, numbers.size);
  return {
    element: numbers.get(at),
    onFrame: at instanceof HTMLIFrameElement,
    name: outside ? 'outside' : (at.dataset.testid ?? (at.name || at.getAttribute('aria-label') || at.textContent.trim() || at.tagName)),
    value: at?.value,
    inDialog: at?.closest('dialog') != null,
    seen: outside || (at.matches(':focus-visible') && drawn.some(ringed)),
  };

  /** A ring that stands out from what is around it, by 3 to 1. */
  function ringed(one) {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
    if (outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 1) return false;
    const [light, dark] = [brightness(outlineColor), brightness(ground(one.parentElement))].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05) >= 3;
  }

  function ground(one) {
    const colour = one ? getComputedStyle(one).backgroundColor : 'white';
    return one && channels(colour)[3] < 128 ? ground(one.parentElement) : colour;
  }

  function channels(colour) {
    const brush = document.createElement('canvas').getContext('2d');
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    return brush.getImageData(0, 0, 1, 1).data;
  }

  function brightness(colour) {
    const [red, green, blue] = [...channels(colour)].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }
}
