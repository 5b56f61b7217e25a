// `npm run screenshots`: the pictures in docs/img, of every scene at both widths.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/shell.mjs';
import { overflow, scenes, sizes } from './scenes.mjs';
import { World } from './world.mjs';

const folder = join(root, 'docs', 'img');
const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const world = new World();
await world.open();
try {
  for (const [width, profile] of Object.entries(sizes)) {
    for (const [name, stage] of Object.entries(scenes)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      const context = await world.profile(profile);
      const page = await context.newPage();
      try {
        const place = await stage({ page, context, world });
        const wide = await overflow(place);
        await page.evaluate(() => document.fonts.ready);
        await page.mouse.move(0, 0);
        // Whole pages, but for the layer, which stands in the window, and the phone's shop, whose pay bar sticks to its end.
        const fullPage = name !== 'layer' && !(width === '360' && name.startsWith('shop'));
        await page.screenshot({ path: join(folder, `${name}-${width}.png`), animations: 'disabled', fullPage });
        console.log(`${name}-${width}.png${wide ? `: ${wide} px too wide` : ''}`);
        if (wide) process.exitCode = 1;
      } catch (error) {
        console.error(`${name}-${width}: ${error.message}\n${context.notes.join('\n')}`);
        process.exitCode = 1;
      }
      await context.close();
    }
  }
} finally {
  await world.close();
}
