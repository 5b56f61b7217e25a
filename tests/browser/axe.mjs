// axe-core over a page or frame: what stands in the way of a buyer who reads by ear, by keyboard or with weak eyes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Phone and notebook: every screen is looked at in both. */
const WIDTHS = [1280, 360];

/** What axe finds in this page or frame, one line each: rule, impact, and where. Frames inside it are looked at by themselves. */
export async function findings(place) {
  // By evaluate, which the page's content security policy has no say in.
  if (!(await place.evaluate(() => 'axe' in window))) await place.evaluate(source);
  const violations = await place.evaluate(async () => {
    const { violations } = await window.axe.run(document, { iframes: false, resultTypes: ['violations'] });
    return violations.map(({ id, impact, nodes }) => ({
      rule: id,
      impact,
      nodes: nodes.map(({ target, html, any }) => `${target.join(' ')} ${html.slice(0, 120)} ${any[0]?.message ?? ''}`),
    }));
  });
  return violations.map(({ rule, impact, nodes }) => `${rule} (${impact})\n      ${nodes.slice(0, 5).join('\n      ')}`);
}

/** Collects what is found on many screens, so that one run names them all. */
export class Looks {
  found = [];
  screens = 0;

  /** One screen as it stands. */
  async at(name, place) {
    this.screens += 1;
    this.found.push(...(await findings(place)).map((finding) => `${name}: ${finding}`));
  }

  /** One screen at both widths. */
  async wide(name, page, place = page) {
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 800 });
      await this.at(`${name}, ${width} px`, place);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  /** A page of the shop: in Korean at both widths, in English, whose words are longer, at the small one. */
  async spoken(name, page) {
    const language = async (lang) => {
      await page.getByTestId('lang').click();
      await page.locator(`html[lang=${lang}]`).waitFor();
    };
    await this.wide(`${name}, ko`, page);
    await language('en');
    await page.setViewportSize({ width: 360, height: 800 });
    await this.at(`${name}, en`, page);
    await page.setViewportSize({ width: 1280, height: 800 });
    await language('ko');
  }

  /** Nothing was found, and something was looked at. */
  clean() {
    assert.ok(this.screens > 0, 'a screen was looked at');
    assert.equal(this.found.length, 0, `${this.found.length} findings of axe-core\n  ${this.found.join('\n  ')}\n`);
  }
}
