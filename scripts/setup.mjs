// Prepares a machine: prints what is missing, installs it, skips what is there.
//
// Needed: the wasm target (rustup), three browsers with their drivers and a Korean font (apt), the npm packages.
// Whoever is not root, or not on Debian, is told what to install instead.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { installed, quiet, root, run } from './shell.mjs';

const WASM = 'wasm32-unknown-unknown';

/** Brings the machine to the state that building, and testing if asked for, need; throws with advice when it cannot. */
export async function setup({ testing = true } = {}) {
  const steps = [wasmTarget(), nodeModules(testing), ...(testing ? [debianPackages()] : [])].filter(Boolean);
  if (steps.length === 0) {
    console.log('setup: everything is there');
    return;
  }
  console.log('setup: going to install');
  for (const step of steps) console.log(`  - ${step.what}`);
  for (const step of steps) {
    const started = Date.now();
    await step.install();
    console.log(`setup: ${step.what}: done in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}

function wasmTarget() {
  if (!installed('cargo')) throw new Error('Rust is missing: install it from https://rustup.rs and start again');
  if (existsSync(`${quiet('rustc', ['--print', 'sysroot'])}/lib/rustlib/${WASM}/lib`)) return null;
  if (!installed('rustup')) {
    throw new Error(`rustup is missing: install the standard library for ${WASM} with your own tools`);
  }
  // `rustup target add` keeps the tool chain as it is; `rustup toolchain install` would download it anew.
  return { what: `Rust target ${WASM} (rustup)`, install: () => run('rustup', ['target', 'add', WASM]) };
}

/** What building needs stands under `dependencies`; the bundlers and browsers of the tests are ten times as much. */
function nodeModules(testing) {
  const stamp = `${root}/node_modules/.package-lock.json`;
  const { devDependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const fresh = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(`${root}/package-lock.json`).mtimeMs;
  const whole = () => Object.keys(devDependencies).every((name) => existsSync(`${root}/node_modules/${name}`));
  if (fresh && (!testing || whole())) return null;
  const args = ['ci', ...(testing ? [] : ['--omit=dev']), '--no-audit', '--no-fund'];
  return { what: `npm packages of package-lock.json (npm ${args.slice(0, testing ? 1 : 2).join(' ')})`, install: () => run('npm', args) };
}

function debianPackages() {
  const missing = [
    ['chromium', chromium() !== null],
    ['chromium-driver', chromedriver() !== null],
    ['firefox-esr', firefox() !== null],
    // WebKitGTK has no headless mode: it is shown on a display that nobody looks at.
    ['webkit2gtk-driver', webkitDriver() !== null],
    ['xvfb', xvfb() !== null],
    ['fonts-nanum', koreanFont()],
  ].flatMap(([name, there]) => (there ? [] : [name]));
  if (missing.length === 0) return null;
  if (!isDebian() || process.getuid?.() !== 0 || !installed('apt-get')) {
    throw new Error(
      [
        'The browser tests need Chromium and ChromeDriver of the same version, Firefox, WebKitGTK with its driver, Xvfb and a Korean font.',
        `On Debian: sudo apt-get install --no-install-recommends ${missing.join(' ')}`,
        'Elsewhere: install them your way and set CHROMIUM, CHROMEDRIVER, FIREFOX, WEBKIT_DRIVER and XVFB to their paths',
        '(npm start needs none of them).',
      ].join('\n'),
    );
  }
  const apt = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  return {
    what: `Debian packages ${missing.join(', ')} (apt-get)`,
    install: async () => {
      await run('apt-get', ['update', '-qq'], apt);
      await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], apt);
    },
  };
}

/** Path of Chromium, or null. */
export function chromium() {
  return process.env.CHROMIUM || installed('chromium') || installed('chromium-browser') || installed('google-chrome');
}

/** Path of ChromeDriver, or null. */
export function chromedriver() {
  return process.env.CHROMEDRIVER || installed('chromedriver');
}

/** Path of Firefox, or null. */
export function firefox() {
  return process.env.FIREFOX || installed('firefox-esr') || installed('firefox');
}

/** Path of WebKitGTK's WebDriver, or null; it knows its browser itself. */
export function webkitDriver() {
  return process.env.WEBKIT_DRIVER || installed('WebKitWebDriver');
}

/** Path of the X server without a screen, or null. */
export function xvfb() {
  return process.env.XVFB || installed('Xvfb');
}

// Without one the payment windows' Korean words are drawn as boxes, and the screenshots are worthless.
function koreanFont() {
  return installed('fc-list') !== null && quiet('fc-list', [':lang=ko', 'family']) !== '';
}

function isDebian() {
  return existsSync('/etc/os-release') && /^(ID|ID_LIKE)=.*debian/m.test(readFileSync('/etc/os-release', 'utf8'));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setup({ testing: !process.argv.includes('build') }).catch((error) => {
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  });
}
