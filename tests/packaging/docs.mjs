// The READMEs and docs, as tests read them: their code blocks, each with the words before it, and their tables.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/shell.mjs';

/** Every page that shows code to people. */
export function pages() {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md')).sort();
  return ['README.md', 'pkg-templates/package/README.md', ...docs.map((name) => `docs/${name}`)];
}

export const read = (page) => readFileSync(join(root, page), 'utf8');

/** The fenced blocks of a page: language, code, line of the fence, and the last line of text before it. */
export function blocks(page) {
  const found = [];
  let open = null;
  let before = '';
  for (const [index, line] of read(page).split('\n').entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence && open) {
      found.push({ ...open, code: open.lines.map((it) => `${it}\n`).join('') });
      open = null;
      before = '';
    } else if (fence) open = { page, language: fence[1], line: index + 1, before, lines: [] };
    else if (open) open.lines.push(line);
    else if (line.trim()) before = line;
  }
  if (open) throw new Error(`${page}: the block of line ${open.line} has no end`);
  return found;
}

/** The blocks that the page hands over as a file: the last line before such a block names it, and ends with a colon. */
export const files = (page, name) =>
  blocks(page).filter(({ before }) => before.includes(`\`${name}\``) && before.endsWith(':')).map(({ code }) => code);

/** The one block of that name. */
export function file(page, name) {
  const own = files(page, name);
  if (own.length !== 1) throw new Error(`${page} shows ${name} ${own.length} times`);
  return own[0];
}

/** The first shell block below a heading. */
export function shell(page, heading) {
  const line = read(page).split('\n').indexOf(`## ${heading}`) + 1;
  const own = blocks(page).find((block) => line > 0 && block.line > line && block.language === 'sh');
  if (!own) throw new Error(`${page} has no commands below "${heading}"`);
  return own.code;
}
