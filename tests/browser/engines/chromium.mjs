// Chromium by playwright-core, as a desktop or as a phone.

import { launch } from '../world.mjs';

/** One browser for all devices; `profile` is a fresh one each. */
export class Chromium {
  async start() {
    this.browser = await launch();
  }

  async stop() {
    await this.browser?.close();
  }

  async profile({ device = {}, userAgent, init } = {}) {
    const context = await this.browser.newContext({ locale: 'ko-KR', ...device, ...(userAgent && { userAgent }) });
    context.setDefaultTimeout(20_000);
    if (init) await context.addInitScript(init);
    const wrapped = new Map();
    const wrap = (page) => {
      if (!wrapped.has(page)) wrapped.set(page, new Window(page, device.hasTouch));
      return wrapped.get(page);
    };
    return {
      open: async () => wrap(await context.newPage()),
      windows: async () => context.pages().map(wrap),
      close: () => context.close(),
    };
  }
}

/** A page or a frame: what can be clicked and asked. */
class Place {
  constructor(place, touch) {
    this.place = place;
    this.touch = touch;
  }

  async url() {
    return this.place.url();
  }

  async has(selector) {
    return (await this.place.locator(selector).count()) > 0;
  }

  /** A finger on a phone, a mouse elsewhere. */
  async click(selector) {
    await this.place.locator(selector)[this.touch ? 'tap' : 'click']();
  }

  async evaluate(script, argument) {
    return this.place.evaluate(script, argument);
  }
}

class Window extends Place {
  async goto(url) {
    await this.place.goto(url, { waitUntil: 'commit' });
  }

  async frames() {
    return this.place.frames().slice(1).map((frame) => new Place(frame, this.touch));
  }

  async back() {
    await this.place.goBack({ waitUntil: 'commit' });
  }

  async screenshot(path) {
    await this.place.screenshot({ path });
  }

  async close() {
    await this.place.close();
  }
}
