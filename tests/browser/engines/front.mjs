// A small web server before the shop, as many merchants have one: passes everything on, and makes the network as bad as the
// path says. The package and the routes of the verifier can each be named by such a path (`/late/package/index.js`, `/torn/pay`).
//
//   /late    the core takes five seconds
//   /absent  the core is not there
//   /slow    every answer takes 400 ms
//   /torn    the first answer to each question about an order breaks in its middle: what was asked has happened
//
// It also keeps what pages tell (`/told/ORDER`), so that no test has to ask a page, which a browser may take for a click.

import { createServer, request as send } from 'node:http';
import { until } from '../world.mjs';

/** How late a late core is, in milliseconds. */
export const LATE = 5000;
const SLOW = 400;

/** Starts the server before `shop`. */
export async function front(shop) {
  const it = { told: new Map(), torn: new Set() };
  const server = createServer((request, response) => {
    answer(it, shop, request, response).catch(() => response.destroy());
  });
  // No connection is closed under a question that is just being asked: only the faults that are asked for.
  server.keepAliveTimeout = 120_000;
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.url = `http://127.0.0.1:${server.address().port}`;
  it.close = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  /** What the pages of an order told at this moment of theirs. */
  it.hear = (order, when, options) =>
    until(`the page of ${order} to tell its ${when}`, () => (it.told.get(order) ?? []).find((said) => said.when === when), options)
      .catch((error) => { throw new Error(`${error.message}; it told ${JSON.stringify(it.told.get(order) ?? [])}`); });
  return it;
}

async function answer(it, shop, request, response) {
  const [, fault, path] = /^(?:\/(late|absent|slow|torn)(?=\/))?(\/.*)$/.exec(request.url);
  const [, word, argument] = path.split('/');
  if (word === 'told') return heard(it, argument, request, response);
  if (word === 'wait') {
    await pause(Number(argument));
    return response.writeHead(204).end();
  }
  const core = path.endsWith('/core.js');
  if (fault === 'absent' && core) return response.writeHead(404).end();
  if (fault === 'late' && core) await pause(LATE);
  if (fault === 'slow') await pause(SLOW);
  const address = `${request.method} ${path.split('?')[0]}`;
  const tear = fault === 'torn' && path.startsWith('/pay/orders/') && !it.torn.has(address);
  if (tear) it.torn.add(address);
  return passOn(`${shop}${path}`, request, response, { tear, store: !fault });
}

function passOn(url, request, response, { tear, store }) {
  const onward = send(url, { method: request.method, headers: request.headers, agent: false }, (answered) => {
    // What a browser has kept comes by no network, and no fault would meet it.
    response.writeHead(answered.statusCode, { ...answered.headers, ...(!store && { 'cache-control': 'no-store' }) });
    if (!tear) return answered.pipe(response);
    // A browser asks again by itself when nothing at all was answered. So it gets the head and the first byte.
    answered.once('data', (bytes) => response.write(bytes.subarray(0, 1), () => request.socket.resetAndDestroy()));
  });
  onward.on('error', () => response.destroy());
  // A browser that hangs up does so for the shop too.
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

async function heard(it, order, request, response) {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  it.told.set(order, [...(it.told.get(order) ?? []), JSON.parse(text)]);
  response.writeHead(204).end();
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
