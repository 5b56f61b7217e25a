// Firefox by puppeteer-core, over WebDriver BiDi.

import puppeteer from 'puppeteer-core';
import { firefox } from '../../../scripts/setup.mjs';

/** One browser; a profile is one of its containers. */
export class Firefox {
  async start() {
    const executablePath = firefox();
    if (!executablePath) throw new Error('Firefox is missing: run npm run setup, or set FIREFOX to its path');
    this.browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      // As a buyer has it: drivers switch the popup blocker off.
      extraPrefsFirefox: { 'dom.disable_open_during_load': true },
    });
  }

  async stop() {
    await this.browser?.close();
  }

  async profile() {
    const context = await this.browser.createBrowserContext();
    const wrapped = new Map();
    const wrap = (page) => {
      if (!wrapped.has(page)) wrapped.set(page, new Window(page));
      return wrapped.get(page);
    };
    return {
      open: async () => wrap(await tab(context)),
      windows: async () => (await context.pages()).map(wrap),
      close: () => context.close(),
    };
  }
}

/** A new tab. Firefox at times loses one while it makes it, when nothing of ours is in it yet: then another is asked for. */
async function tab(context, left = 3) {
  try {
    return await context.newPage();
  } catch (error) {
    if (left === 1 || !/browsingContext\.create.*no such frame/.test(error.message)) throw error;
    return tab(context, left - 1);
  }
}

/** A page or a frame: what can be clicked and asked. */
class Place {
  constructor(place) {
    this.place = place;
  }

  async url() {
    return this.place.url();
  }

  async has(selector) {
    return (await this.place.$(selector)) !== null;
  }

  async click(selector) {
    const element = await this.place.waitForSelector(selector, { visible: true, timeout: 20_000 });
    await element.click();
  }

  async evaluate(script, argument) {
    return this.place.evaluate(script, argument);
  }
}

class Window extends Place {
  async goto(url) {
    await this.place.goto(url, { waitUntil: 'domcontentloaded' });
  }

  async frames() {
    return this.place.frames().slice(1).map((frame) => new Place(frame));
  }

  async back() {
    await this.place.goBack({ waitUntil: 'domcontentloaded' });
  }

  async screenshot(path) {
    await this.place.screenshot({ path });
  }

  async close() {
    await this.place.close();
  }
}
