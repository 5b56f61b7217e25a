// WebKitGTK by selenium-webdriver, on an X display of its own.
//
// A WebDriver session looks at one window at a time, and WebKitGTK's driver has one session: every action first turns to its
// window and frame, one action after the other, and a profile is the one window, emptied.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { Builder, By } from 'selenium-webdriver';
import { webkitDriver, xvfb } from '../../../scripts/setup.mjs';
import { until } from '../world.mjs';

export class WebKit {
  async start() {
    const [driver, display] = [webkitDriver(), xvfb()];
    if (!driver) throw new Error('WebKitGTK is missing: run npm run setup, or set WEBKIT_DRIVER to the path of WebKitWebDriver');
    if (!display) throw new Error('Xvfb is missing: run npm run setup, or set XVFB to its path');
    this.screen = spawn(display, ['-displayfd', '3', '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    const number = await firstLine(this.screen, this.screen.stdio[3], 'Xvfb');
    const port = await freePort();
    this.driver = spawn(driver, [`--port=${port}`], {
      // WebKit's sandbox wants rights that a container does not give; what is opened here is ours.
      env: { ...process.env, DISPLAY: `:${number}`, WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', LC_ALL: 'C.UTF-8' },
      stdio: 'ignore',
    });
    const url = `http://127.0.0.1:${port}`;
    await until('WebKitWebDriver to listen', () => {
      if (this.driver.exitCode !== null) throw new Error(`WebKitWebDriver ended with ${this.driver.exitCode}`);
      return fetch(`${url}/status`).then((it) => it.ok, () => false);
    });
    this.session = await new Builder().usingServer(url).withCapabilities({ browserName: 'MiniBrowser' }).build();
    await this.session.manage().setTimeouts({ pageLoad: 20_000, script: 20_000 });
    this.home = await this.session.getWindowHandle();
    this.last = Promise.resolve();
  }

  async stop() {
    // The driver ends its browser when it is ended itself.
    const ended = this.session?.quit().catch(() => {});
    if (ended) await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
    for (const child of [this.driver, this.screen]) {
      if (!child || child.exitCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  }

  async profile() {
    const home = new Window(this, this.home);
    return {
      open: async () => home,
      windows: () => this.turn(async (session) =>
        (await session.getAllWindowHandles()).map((handle) => (handle === this.home ? home : new Window(this, handle)))),
      close: () => this.turn(async (session) => {
        for (const handle of await session.getAllWindowHandles()) {
          if (handle === this.home) continue;
          await session.switchTo().window(handle);
          await session.close();
        }
        await session.switchTo().window(this.home);
        await session.executeScript('try { sessionStorage.clear(); } catch {}');
        await session.manage().deleteAllCookies();
        await session.get('about:blank');
      }, 25_000),
    };
  }

  /**
   * One action at a time. The driver never answers a question about a frame that goes away meanwhile: such an action is given up,
   * and those who look for something look again.
   */
  turn(action, within = 8000) {
    const mine = this.last.then(async () => {
      let timer;
      const lost = new Promise((_, reject) => {
        timer = setTimeout(() => reject(Object.assign(new Error(`no answer for ${within / 1000} s`), { name: LOST })), within);
      });
      return Promise.race([action(this.session), lost]).finally(() => clearTimeout(timer));
    });
    this.last = mine.catch(() => {});
    return mine;
  }
}

/** A page, or the frame with this number on it. */
class Place {
  constructor(engine, handle, frame = null) {
    Object.assign(this, { engine, handle, frame });
  }

  here(action, within) {
    return this.engine.turn(async (session) => {
      await session.switchTo().window(this.handle);
      if (this.frame !== null) await session.switchTo().frame(this.frame);
      return action(session);
    }, within);
  }

  url() {
    return this.here((session) => session.executeScript('return location.href'));
  }

  has(selector) {
    return this.here(async (session) => (await session.findElements(By.css(selector))).length > 0);
  }

  async click(selector) {
    let clicked = false;
    await until(`${selector} to be clicked`, async () => {
      try {
        return await this.here(async (session) => {
          const [element] = await session.findElements(By.css(selector));
          if (!element || !(await element.isDisplayed()) || !(await element.isEnabled())) return false;
          clicked = true;
          await element.click();
          return true;
        });
      } catch (error) {
        // A click that moves the page may take its own answer with it.
        if (error.name === LOST && clicked) return true;
        if (PASSING.includes(error.name)) return (clicked = false);
        throw error;
      }
    });
  }

  evaluate(script, argument) {
    return this.here((session) => session.executeScript(`return (${script})(arguments[0])`, argument));
  }
}

const LOST = 'LostError';

/** What only says that the page moves just now. */
const PASSING = [LOST, 'StaleElementReferenceError', 'NoSuchElementError', 'ElementNotInteractableError', 'ElementClickInterceptedError'];

class Window extends Place {
  goto(url) {
    return this.here((session) => session.get(url), 25_000);
  }

  frames() {
    return this.here(async (session) => {
      const frames = await session.findElements(By.css('iframe'));
      return frames.map((_, index) => new Place(this.engine, this.handle, index));
    });
  }

  back() {
    return this.here((session) => session.navigate().back(), 25_000);
  }

  screenshot(path) {
    return this.here(async (session) => writeFile(path, await session.takeScreenshot(), 'base64'));
  }

  close() {
    return this.here((session) => session.close());
  }
}

async function firstLine(program, stream, name) {
  const ended = once(program, 'exit').then(([code]) => { throw new Error(`${name} ended with ${code} before it was ready`); });
  const [text] = await Promise.race([once(stream, 'data'), ended]);
  return String(text).trim();
}

async function freePort() {
  const probe = createServer();
  await new Promise((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
