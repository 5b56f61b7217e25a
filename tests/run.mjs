// `npm test`: every test there is, in stages; the last line is `N passed, N failed, N skipped`.
//
// A stage that finds no test, or ends badly without naming a failed one, counts as a failure: a test run that
// tested nothing must not look green. `node tests/run.mjs browser` runs chosen stages on what is built.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromedriver, chromium, firefox, webkitDriver, xvfb } from '../scripts/setup.mjs';
import { capture, root, targetDir } from '../scripts/shell.mjs';
import { environmentTable, missingCells } from './environments.mjs';
import { missingPayments } from './payments.mjs';

const started = Date.now();
const scratch = mkdtempSync(join(tmpdir(), 'paypair-test-'));
const env = {
  ...process.env,
  CHROMIUM: chromium() ?? '',
  CHROMEDRIVER: chromedriver() ?? '',
  FIREFOX: firefox() ?? '',
  WEBKIT_DRIVER: webkitDriver() ?? '',
  XVFB: xvfb() ?? '',
  WASM_BINDGEN: join(targetDir, 'debug', 'wb'),
  // Rust tests wait for HTTP and clocks most of their time.
  RUST_TEST_THREADS: process.env.RUST_TEST_THREADS ?? String(4 * availableParallelism()),
};

const stages = [
  // One cargo call for programs and tests: building a single package would resolve its features anew.
  { name: 'build', makes: true, run: () => command('cargo', ['build', '--workspace', '--bins', '--tests']) },
  { name: 'rust', run: () => cargoTests(['test', '--workspace', '--no-fail-fast']) },
  { name: 'wasm', run: wasmTests },
  { name: 'package', makes: true, run: () => command('node', ['pkg-templates/build.mjs']) },
  { name: 'packaging', run: () => nodeTests(['pkg-templates/test', 'tests/packaging']) },
  { name: 'browser', run: browserTests },
];

const chosen = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed and why, told again at the end: there it is found. */
const failures = [];
for (const stage of stages) {
  if (chosen.length > 0 && !chosen.includes(stage.name)) continue;
  console.log(`\n== ${stage.name}: started after ${seconds(started)} s`);
  const from = Date.now();
  const counts = await stage.run();
  for (const key of Object.keys(total)) total[key] += counts[key];
  console.log(`== ${stage.name}: ${summary(counts)} in ${seconds(from)} s`);
  // What comes after needs what this one makes.
  if (stage.makes && counts.failed > 0) break;
}
rmSync(scratch, { recursive: true, force: true });

if (failures.length > 0) console.log(`\n-- failed tests\n${failures.join('\n')}\n-- end of the failed tests`);
console.log(`\nfinished in ${seconds(started)} s`);
process.exitCode = total.failed > 0 || total.skipped > 0 || total.passed === 0 ? 1 : 0;
console.log(summary(total));

/** A stage that only makes things: no tests to count, one failure when it breaks. */
async function command(program, args) {
  const { code } = await capture(program, args, { env });
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** Runs cargo and sums the `test result:` lines of all its test programs. */
async function cargoTests(args, extra = {}) {
  const { code, output } = await capture('cargo', args, { env: { ...env, ...extra } });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/g,
  )) {
    counts.passed += Number(passed);
    counts.failed += Number(failed);
    counts.skipped += Number(ignored);
  }
  for (const [, name, why] of output.matchAll(/^---- (.+) stdout ----\n([^]*?)(?=\n----|\n\nfailures:)/gm)) {
    failures.push(`${name}\n${indented(why)}`);
  }
  return honest(counts, code);
}

/** The browser crate's own tests, compiled to wasm and run inside Chromium. */
async function wasmTests() {
  const capabilities = join(scratch, 'webdriver.json');
  const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic',
    '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  writeFileSync(capabilities, JSON.stringify({ 'goog:chromeOptions': { args, binary: env.CHROMIUM } }));
  return cargoTests(['test', '-p', 'paypair-checkout', '--target', 'wasm32-unknown-unknown'], {
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: join(targetDir, 'debug', 'wbtest'),
    WASM_BINDGEN_TEST_WEBDRIVER_JSON: capabilities,
  });
}

/** Runs the node:test files of some folders. */
async function nodeTests(folders, results = [], told = []) {
  const files = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder)).sort().map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.test.mjs'));
  const list = join(scratch, `tests-${Date.now()}.jsonl`);
  const { code } = await capture('node', [
    '--test', '--test-concurrency=2',
    '--test-reporter=spec', '--test-reporter-destination=stdout',
    '--test-reporter=./tests/reporter.mjs', `--test-reporter-destination=${list}`,
    ...files,
  ], { env });
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const line of readFileSync(list, 'utf8').split('\n').filter(Boolean)) {
    const result = JSON.parse(line);
    if (result.told !== undefined) {
      told.push(result.told);
      continue;
    }
    results.push(result);
    if (result.state === 'failed') failures.push(`${result.name}\n${indented(result.why)}`);
    counts[result.state] += 1;
  }
  return honest(counts, code);
}

/** Real browsers: the payments P01.., every environment, and the promise that none of them went missing. */
async function browserTests() {
  mkdirSync(join(targetDir, 'tmp'), { recursive: true });
  const [results, told] = [[], []];
  const counts = await nodeTests(['tests/browser'], results, told);
  console.log(`\n${environmentTable(results, told)}\n`);
  for (const [complete, what, missing] of [
    ['environments: every cell has been tested', 'environments without a test', missingCells(results)],
    ['payments: P01 to P16 all present', 'payments without a passing test', missingPayments(results)],
  ]) {
    console.log(missing.length > 0 ? `${what}: ${missing.join(', ')}` : complete);
    counts[missing.length > 0 ? 'failed' : 'passed'] += 1;
  }
  return counts;
}

/** No test at all, or a bad end without a failed test, is a failure. */
function honest(counts, code) {
  const none = counts.passed + counts.failed + counts.skipped === 0;
  if (none) console.log('no test was run');
  if (none || (code !== 0 && counts.failed === 0)) return { ...counts, failed: counts.failed + 1 };
  return counts;
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The first lines of a failure's words. */
function indented(words) {
  return words.trim().split('\n').slice(0, 20).map((line) => `    ${line.slice(0, 400)}`).join('\n');
}

function seconds(since) {
  return ((Date.now() - since) / 1000).toFixed(1);
}
