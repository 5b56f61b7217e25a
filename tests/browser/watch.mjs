// What a test must know of a page at once: the orders that it placed, the windows and layers that it opened.

/** By page: the orders that it has placed. */
const placed = new WeakMap();

/** By page: the windows and layers that it has opened. */
const windows = new WeakMap();

/** The profiles that are watched. */
const watched = new WeakSet();

/** Watches all pages of a profile. Before its first page: two pages that are told of one binding at the same time can lose it. */
export async function watch(context) {
  if (watched.has(context)) return;
  watched.add(context);
  await context.exposeBinding('orderPlaced', ({ page }, made) => of(placed, page).push(made));
  await context.exposeBinding('windowOpened', ({ page }, opening) => of(windows, page).push(opening));
  await context.addInitScript(watchOpening);
  await context.addInitScript(watchOrders);
}

/** The orders that a page has placed so far. */
export const orders = (page) => of(placed, page);

/** The windows and layers that a page has opened so far. */
export const opened = (page) => of(windows, page);

function of(all, page) {
  if (!all.has(page)) all.set(page, []);
  return all.get(page);
}

/** Runs in the page: notes every window and frame, and whether it was opened inside the buyer's own event. */
function watchOpening() {
  const note = (kind, ok) => window.windowOpened({ kind, ok, during: window.event?.type ?? null });
  const open = window.open;
  window.open = function (...args) {
    const opened = open.apply(window, args);
    note('window', opened !== null);
    return opened;
  };
  const create = document.createElement;
  document.createElement = function (name, ...rest) {
    if (String(name).toLowerCase() === 'iframe') note('layer', true);
    return create.call(document, name, ...rest);
  };
}

/** Runs in the page: tells us of an order before the page may go on, since it may navigate away with the answer. */
function watchOrders() {
  const call = window.fetch;
  window.fetch = async function (...args) {
    const response = await call.apply(window, args);
    if (args[0] === '/api/orders' && response.ok) await window.orderPlaced(await response.clone().json());
    return response;
  };
}
