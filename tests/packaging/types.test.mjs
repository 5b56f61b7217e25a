// The types in the compilers that merchants have, by both module systems: what must compile does, and every line
// marked `// error` is refused, and no other.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/shell.mjs';
import { makeHome, mustEnd, tool } from './home.mjs';

/** Aliases in package.json, oldest first. 4.9 is the oldest that reads `exports` as Node does and is still about. */
const COMPILERS = ['typescript-4.9', 'typescript-5.4', 'typescript-5.9', 'typescript-6.0', 'typescript'];
const source = join(root, 'tests', 'packaging', 'types');

let it;
before(() => {
  it = makeHome('types');
  for (const type of ['module', 'commonjs']) {
    mkdirSync(join(it.home, type));
    writeFileSync(join(it.home, type, 'package.json'), JSON.stringify({ type }));
    for (const file of readdirSync(source)) copyFileSync(join(source, file), join(it.home, type, file));
  }
});
after(() => it.close());

for (const compiler of COMPILERS) {
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules', compiler, 'package.json'), 'utf8'));
  const check = (project) => tool(it.home, `${compiler}/bin/tsc`, ['-p', project]);

  test(`TypeScript ${version}: what must compile`, () => {
    const folders = ['module', 'commonjs'];
    // 5.0 brought the bundlers' way of resolving.
    for (const resolution of Number(version[0]) < 5 ? ['nodenext'] : ['nodenext', 'bundler']) {
      mustEnd(check(project(`${compiler}-${resolution}-good.json`, resolution, folders, ['must-compile.ts', 'entries.ts', 'exhaustive.ts'])), resolution);
    }
  });

  test(`TypeScript ${version}: what must not compile`, () => {
    const { stdout } = check(project(`${compiler}-bad.json`, 'nodenext', ['module'], BAD));
    const found = [...stdout.matchAll(/^module\/([\w-]+\.ts)\((\d+),/gm)].map(([, file, line]) => `${file}:${line}`);
    assert.deepEqual([...new Set(found)].sort(), BAD.flatMap(marked).sort(), stdout);
  });
}

const BAD = ['must-not-compile.ts', 'not-entries.ts', 'not-exhaustive.ts'];

function marked(file) {
  const lines = readFileSync(join(source, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => (line.includes('// error') ? [`${file}:${index + 1}`] : []));
}

/** A project file. The package's own types are checked too, the compiler's are not. */
function project(name, resolution, folders, files) {
  const module = resolution === 'bundler' ? { module: 'esnext', moduleResolution: 'bundler' } : { module: 'nodenext' };
  const compilerOptions = { ...module, noEmit: true, strict: true, skipDefaultLibCheck: true, target: 'es2022', lib: ['es2022', 'dom'], types: [] };
  const all = folders.flatMap((folder) => files.map((file) => `${folder}/${file}`));
  writeFileSync(join(it.home, name), JSON.stringify({ compilerOptions, files: all }));
  return name;
}
