// Every block of code in the READMEs and in docs/ is what it says: run by a test as it stands, or type-checked here against the
// packed package, as a reader would paste it. A block that is neither fails.

import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { blocks, pages, read } from './docs.mjs';
import { makeHome, tool } from './home.mjs';

/** Pages whose code a test runs, and how many blocks that are: one more is one that nobody runs yet. */
const RUN = {
  'README.md': { by: 'tests/browser/readme.test.mjs', runs: { js: 1 } },
  'docs/csp-coop.md': { by: 'tests/browser/readme.test.mjs', runs: { csp: 2 } },
  'docs/five-minutes.md': { by: 'tests/packaging/first_payment.test.mjs', runs: { html: 1, js: 4 } },
  'docs/migration.md': { by: 'tests/browser/migration.test.mjs', runs: { html: 2, js: 5 } },
  'docs/webviews.md': { by: 'tests/packaging/webview.test.mjs', runs: { tsx: 1 } },
};

/** Languages that are ours: a block of one of them needs a test. */
const OURS = ['js', 'mjs', 'cjs', 'jsx', 'ts', 'tsx', 'html', 'csp'];

/** The others, and what looks at them, if anything does. */
const OTHERS = {
  rust: 'compiled and run by crates/cli/tests/readme.rs and operations/',
  sh: 'the program\'s own lines are accepted by crates/cli/tests/commands.rs and operations/; the rest is curl and npm',
  toml: 'settings: crates/cli/tests/readme.rs',
  json: 'parsed below',
  nginx: 'no nginx here',
  text: 'what a program prints',
  kotlin: 'no Kotlin compiler here',
  swift: 'no Swift compiler here',
};

const every = pages().flatMap(blocks);
const isRun = ({ page, language }) => language in (RUN[page]?.runs ?? {});
const scripts = every.filter((block) => OURS.includes(block.language) && block.language !== 'html' && !isRun(block));

let it;
before(() => {
  it = makeHome('snippets');
  copyFileSync(join(root, 'tests/packaging/snippets/around.d.ts'), join(it.home, 'around.d.ts'));
});
after(() => it.close());

test('every block has a test, or a language that is not ours', () => {
  const unknown = every.filter(({ language }) => !OURS.includes(language) && !(language in OTHERS));
  assert.deepEqual(unknown.map(where), [], 'say the language, and add it to OTHERS with a reason if it is not ours');
  for (const [page, { by, runs }] of Object.entries(RUN)) {
    for (const [language, count] of Object.entries(runs)) {
      const shown = every.filter((block) => block.page === page && block.language === language);
      assert.equal(shown.length, count, `${by} knows ${count} blocks of ${language} in ${page}`);
    }
    assert.ok(existsSync(join(root, by)), by);
  }
  assert.ok(scripts.length > 8, `${scripts.length} snippets`);
});

test('HTML that no test runs shows only lines that one does', () => {
  const run = new Set(every.filter(isRun).flatMap(({ code, page }) => [...code.split('\n'), ...changes(page)]).map((line) => line.trim()));
  const left = every.filter((block) => block.language === 'html' && !isRun(block));
  assert.ok(left.length > 0);
  for (const block of left) for (const line of block.lines) assert.ok(run.has(line.trim()), `${where(block)}: ${line}`);
});

test('the snippets type-check against the packed package', () => {
  const files = scripts.map((block, index) => {
    const name = `snippet-${index}.${block.language === 'js' ? 'mjs' : block.language}`;
    writeFileSync(join(it.home, name), asModule(block));
    return name;
  });
  const { status, stdout } = check([...files, 'around.d.ts']);
  const told = stdout.replace(/snippet-(\d+)\.\w+\((\d+),/g, (_, index, line) => {
    const { page, line: first } = scripts[index];
    return `${page}:${first + Number(line)} (`;
  });
  assert.equal(status, 0, told);
});

test('the check can fail: a name that the package does not have is found', () => {
  writeFileSync(join(it.home, 'wrong.mjs'), asModule({ lines: ['import { createCheckout } from "paypair";', 'createCheckout({ sever: "/pay" });'] }));
  const { status, stdout } = check(['wrong.mjs']);
  assert.notEqual(status, 0);
  assert.match(stdout, /sever/);
});

test('JSON that is shown can be read', () => {
  for (const block of every.filter(({ language }) => language === 'json')) {
    assert.doesNotThrow(() => JSON.parse(block.code), where(block));
  }
});

test('the package\'s README, which travels alone, links to nothing that is not on the web', () => {
  const links = [...read('pkg-templates/package/README.md').matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
  assert.deepEqual(links.filter((target) => !/^(https:\/\/|#)/.test(target)), []);
  assert.equal(readFileSync(join(it.installed, 'README.md'), 'utf8'), read('pkg-templates/package/README.md'), 'and it is the one that is shipped');
});

test('both READMEs name every entry, and the package\'s own every option', () => {
  const { exports } = JSON.parse(readFileSync(join(it.installed, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).flatMap(([name, target]) => (target.import ? [name.replace('.', 'paypair')] : []));
  assert.ok(entries.length >= 6, entries.join());
  for (const page of ['README.md', 'pkg-templates/package/README.md']) {
    for (const entry of entries) assert.ok(read(page).includes(`| \`${entry}\``), `${page}: ${entry}`);
  }
  const types = readFileSync(join(it.installed, 'index.d.ts'), 'utf8');
  const options = ['CheckoutConfig', 'PayOptions', 'ReceiptOptions', 'Checkout'].flatMap((name) => {
    const [, body] = new RegExp(`^export interface ${name} {\n([\\s\\S]*?)^}`, 'm').exec(types);
    return [...body.matchAll(/^  (\w+)\??[:(]/gm)].map(([, option]) => option);
  });
  assert.ok(options.length > 12, options.join());
  const own = read('pkg-templates/package/README.md');
  assert.deepEqual(options.filter((option) => !new RegExp(`\\b${option}\\b`).test(own)), []);
});

/** As strict as a reader may be. */
function check(files) {
  const compilerOptions = {
    noEmit: true, strict: true, allowJs: true, checkJs: true, target: 'es2022', module: 'esnext', moduleResolution: 'bundler',
    lib: ['es2022', 'dom', 'dom.iterable'], types: [], skipDefaultLibCheck: true,
  };
  writeFileSync(join(it.home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  return tool(it.home, 'typescript/bin/tsc', ['-p', '.', '--pretty', 'false']);
}

/** A snippet stands in a page or a server of the reader's: its imports on top, the rest in a function, on the same lines. */
function asModule({ lines }) {
  const last = lines.findLastIndex((line) => /^import\b/.test(line));
  const own = [...lines];
  own[last + 1] = `export async function snippet() { ${own[last + 1] ?? ''}`;
  return `${own.join('\n')}\n}\n`;
}

/** Lines that a migration table puts into a page that is run. */
const changes = (page) => [...read(page).matchAll(/\| `(<script [^`]+<\/script>)` \|$/gm)].map(([, line]) => line);

const where = ({ page, line, language }) => `${page}:${line} (${language || 'no language'})`;
