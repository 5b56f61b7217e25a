// No screen of the shop or of the payment windows is wider than the buyer's own.

import assert from 'node:assert/strict';
import { overflow, scenes, sizes } from './scenes.mjs';
import { world as open } from './world.mjs';

const { pay } = open();

for (const [width, profile] of Object.entries(sizes)) {
  for (const [name, stage] of Object.entries(scenes)) {
    pay(`${name} does not overflow at ${width} px`, async (tools) => {
      const place = await stage(tools);
      assert.equal(await overflow(place), 0);
      for (const frame of tools.page.frames().slice(1)) assert.equal(await overflow(frame), 0, 'nor in the layer');
      const { width: inner } = tools.page.viewportSize();
      assert.equal(inner, Number(width));
    }, profile);
  }
}
