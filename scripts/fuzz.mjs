// `npm run fuzz -- SECONDS [TARGET..]`: every fuzz target for so long under libFuzzer, guided by the code it reaches.
// What breaks a target is written to target/fuzz/TARGET-crash-*; move it into crates/fuzz/corpus/TARGET and it is tested for ever.

import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root, run, targetDir } from './shell.mjs';

const corpus = join(root, 'crates', 'fuzz', 'corpus');
const home = join(targetDir, 'fuzz');

// Counters on every edge of the code: what cargo-fuzz asks of the compiler, less the sanitizers, which safe Rust has no use for.
const COUNTED = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Cdebug-assertions',
  '-Coverflow-checks',
].join(' ');

const [seconds, ...chosen] = process.argv.slice(2);
if (!/^[1-9]\d*$/.test(seconds ?? '')) {
  console.error('usage: npm run fuzz -- SECONDS [TARGET..]');
  process.exit(2);
}
const known = readdirSync(corpus).sort();
const targets = chosen.length > 0 ? chosen : known;
const unknown = targets.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no such target: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}

// With a target named, the flags stay away from build scripts and macros.
const host = 'x86_64-unknown-linux-gnu';
const env = {
  ...process.env, RUSTFLAGS: COUNTED, CARGO_TARGET_DIR: home,
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16', CARGO_PROFILE_RELEASE_LTO: 'off',
};
await run('cargo', ['build', '--release', '-p', 'paypair-fuzz', '--features', 'libfuzzer', '--target', host], { env });
const program = join(home, host, 'release', 'paypair-fuzz');

const waiting = [...targets];
let crashes = 0;
await Promise.all(Array.from({ length: availableParallelism() }, async () => {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const { code, told } = await fuzz(name);
    if (code !== 0) crashes += 1;
    console.log(`${name}: ${code === 0 ? 'no crash' : 'CRASH'}; ${told}`);
  }
}));
console.log(`${targets.length} targets, ${seconds} s each, ${crashes} crashes`);
process.exitCode = crashes > 0 ? 1 : 0;

/** One target; what libFuzzer finds grows a copy of its corpus, which is not kept. */
function fuzz(name) {
  const grown = join(home, 'corpus', name);
  mkdirSync(grown, { recursive: true });
  const args = [grown, join(corpus, name), join(root, 'tests', 'golden'), `-max_total_time=${seconds}`, '-timeout=10',
    '-max_len=8192', '-rss_limit_mb=1024', '-print_final_stats=1', `-artifact_prefix=${join(home, `${name}-`)}`];
  const child = spawn(program, args, { env: { ...process.env, PAYPAIR_FUZZ_TARGET: name }, stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (more) => { text = (text + more).slice(-20_000); });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const runs = /number_of_executed_units: (\d+)/.exec(text)?.[1] ?? '0';
      const covered = [...text.matchAll(/ cov: (\d+)/g)].at(-1)?.[1] ?? '0';
      if (code !== 0) console.error(text);
      resolve({ code, told: `${runs} inputs, ${covered} places reached` });
    });
  });
}
