// A merchant's page that pays by the package's public calls, and tells the test what happened. What to do stands in its address:
// { order, options, by, refused, how } — `by` is the path before package and verifier, `refused` an app that opens no windows.

import { ending, tell } from "./tell.js";

const asked = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const { order, options, by = "", refused = false, how = "order" } = asked;
const openings = [];
let clicking = false;

watch();
const { createCheckout } = await import(`${by}/package/index.js`);
const checkout = createCheckout({ server: `${by}/pay` });
if (asked.ready) await checkout.preload();
const button = document.querySelector("#pay");
button.onclick = () => {
  clicking = true;
  const at = Date.now();
  start[how]();
  tell(order.orderId, { when: "click", at, openings: [...openings] });
  clicking = false;
};
button.disabled = false;

const start = {
  /** The order is known. */
  order: () => pay(order),
  /** The order is made while its window stands open already. */
  promise: () => pay(async () => {
    await fetch("/wait/300");
    return order;
  }),
  /** The mistake that the others avoid: by the time the order is made the click is long over. */
  late: async () => {
    await forgotten();
    pay(order);
    tell(order.orderId, { when: "late", openings: [...openings] });
  },
};

function pay(source) {
  checkout.pay(source, options).then(
    (outcome) => tell(order.orderId, ending("shop", { outcome, openings })),
    (error) => tell(order.orderId, ending("shop", { error: error.code, openings })),
  );
}

/** Resolves once the browser has forgotten the click. */
async function forgotten() {
  await fetch("/wait/6000");
  while (navigator.userActivation.isActive) await fetch("/wait/100");
}

/** Notes every window and frame, and whether the click was still being handled. */
function watch() {
  const note = (kind, ok) => openings.push({ kind, ok, clicking });
  const open = refused ? () => null : window.open;
  window.open = (...rest) => {
    const opened = open.apply(window, rest);
    note("window", opened !== null);
    return opened;
  };
  const create = document.createElement;
  document.createElement = function (name, ...rest) {
    if (String(name).toLowerCase() === "iframe") note("frame", true);
    return create.call(document, name, ...rest);
  };
}
