// A folder as a stranger has it: the packed tarball installed, and fixtures beside it.
//
// It stands under dist/, so that a fixture finds its bundler in the checkout's own node_modules: one install for all.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/shell.mjs';

/** Packs, installs and copies. `close` takes the folder away. */
export function makeHome(name, fixtures = []) {
  const home = join(root, 'dist', 'packaging', name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"private":true}');
  const { stdout } = ok(home, 'npm', ['pack', join(root, 'dist', 'package'), '--json', '--pack-destination', home]);
  const [packed] = Object.values(JSON.parse(stdout));
  const tarball = join(home, packed.filename);
  ok(home, 'npm', ['install', '--offline', '--no-audit', '--no-fund', '--no-package-lock', tarball]);
  for (const fixture of fixtures) cpSync(join(root, 'tests/packaging/fixtures', fixture), join(home, fixture), { recursive: true });
  const close = () => rmSync(home, { recursive: true, force: true });
  return { home, tarball, installed: join(home, 'node_modules', 'paypair'), close };
}

/** Runs a script of one of the checkout's own dev dependencies. */
export const tool = (cwd, script, args, options) => sh(cwd, process.execPath, [join(root, 'node_modules', script), ...args], options);

export function sh(cwd, program, args, { env = {} } = {}) {
  return spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
}

export function ok(cwd, program, args, options) {
  return mustEnd(sh(cwd, program, args, options), `${program} ${args.join(' ')}`);
}

/** The result, if it ended well; what it said otherwise. */
export function mustEnd(result, what) {
  assert.equal(result.status, 0, `${what}\n${result.stdout}\n${result.stderr}`);
  return result;
}
