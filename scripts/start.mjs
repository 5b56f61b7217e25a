// `npm start`: sets up, builds the front end and the program, runs the demo. PORT chooses the port of the shop.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setup } from './setup.mjs';
import { root, run, targetDir } from './shell.mjs';

try {
  // A person brings a browser: what only the tests need is not installed here.
  await setup({ testing: false });
  console.log('start: building the program (a few minutes the first time)');
  await run('cargo', ['build', '-p', 'paypair', '-p', 'paypair-bindgen']);
  console.log('start: building the front end');
  const tool = { WASM_BINDGEN: join(targetDir, 'debug', 'wb') };
  await run('npm', ['run', '--silent', 'build:package'], { env: { ...process.env, ...tool } });
} catch (error) {
  console.error(`start: ${error.message}`);
  process.exit(1);
}

const demo = spawn(
  join(targetDir, 'debug', 'paypair'),
  ['demo', '--port', process.env.PORT ?? '8080', '--package', join(root, 'dist', 'package')],
  { cwd: root, stdio: 'inherit' },
);
// Ctrl+C reaches the program by itself; a signal sent to npm alone has to be handed on.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => demo.kill('SIGTERM'));
demo.on('close', (code, signal) => {
  process.exitCode = signal ? 0 : (code ?? 1);
});
