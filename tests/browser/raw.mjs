// Bytes without a browser's manners: a host that only counts, and a request whose connection is reset midway.

import { connect, createServer } from 'node:net';

/** A host that answers nothing and counts what it is sent. */
export async function hostileHost() {
  const it = { bytes: 0, connections: 0 };
  const server = createServer((socket) => {
    it.connections += 1;
    socket.on('data', (data) => { it.bytes += data.length; });
    socket.on('error', () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  it.port = server.address().port;
  it.close = () => new Promise((resolve) => server.close(resolve));
  return it;
}

/** Sends a request and hands back `reset()`, which ends its connection with a TCP reset. */
export async function halfRequest(url, { method, headers, body }) {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  const answer = { bytes: 0 };
  socket.on('error', () => {});
  socket.on('data', (data) => { answer.bytes += data.length; });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const lines = Object.entries({ ...headers, host: `${hostname}:${port}`, 'content-length': Buffer.byteLength(body) })
    .filter(([name]) => !name.startsWith(':'))
    .map(([name, value]) => `${name}: ${value}`);
  socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
  return { answer, reset: () => socket.resetAndDestroy() };
}
