// One face for all browsers of the tests.
//
// A profile opens windows and lists them; a window is a place with frames, and a place can be clicked, with the activation that
// a buyer's own click has, and asked. Nothing of a driver's own shows, so that one test runs in every browser.

import { devices } from 'playwright-core';
import { Chromium } from './chromium.mjs';
import { Firefox } from './firefox.mjs';
import { WebKit } from './webkit.mjs';

/** The browsers of one test file: each is started when it is first asked for, once. */
export class Engines {
  engines = { Chromium: new Chromium(), Firefox: new Firefox(), WebKitGTK: new WebKit() };
  started = new Map();

  /** A fresh profile of a browser. One that cannot start fails every test that wants it, with its reason. */
  async profile(name, options = {}) {
    const engine = this.engines[name];
    if (!this.started.has(name)) {
      this.started.set(name, engine.start().catch((error) => {
        throw new Error(`${name} cannot start: ${error.message}`, { cause: error });
      }));
    }
    await this.started.get(name);
    return engine.profile(options);
  }

  /** Also what a failed start has left. */
  async stop() {
    await Promise.allSettled(this.started.values());
    await Promise.all([...this.started.keys()].map((name) => this.engines[name].stop()));
  }
}

/** The phones that Chromium plays. */
export const iphone = phone('iPhone 13');
export const pixel = phone('Pixel 7');

function phone(name) {
  const { defaultBrowserType, ...device } = devices[name];
  return device;
}
