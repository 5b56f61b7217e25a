// `npm run deny [-- CHECK..]`: cargo-deny over deny.toml. Without words: bans, licences and sources, which need no network beyond the
// crates themselves. `npm run deny -- advisories` fetches the database of known faults from GitHub.

import { spawnSync } from 'node:child_process';
import { installed, root } from './shell.mjs';

if (!installed('cargo-deny')) {
  console.error('cargo-deny is not there; it takes some minutes to build:\n  cargo install --locked cargo-deny');
  process.exit(2);
}
const words = process.argv.slice(2);
const checks = words.length > 0 ? words : ['bans', 'licenses', 'sources'];
const { status } = spawnSync('cargo-deny', ['--locked', 'check', '--hide-inclusion-graph', ...checks], { cwd: root, stdio: 'inherit' });
process.exitCode = status ?? 1;
