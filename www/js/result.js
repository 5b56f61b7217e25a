// The result page: after a redirect, or opened by hand with `?order=`.

import { createCheckout } from "/package/index.js";

import { el } from "./dom.js";
import { showOrder } from "./order-view.js";
import { showFailure, showProgress } from "./progress.js";
import { locale, onLocale, speak, word } from "./words.js";

const checkout = createCheckout({ server: "/pay", locale });
const asked = new URLSearchParams(location.search).get("order");

speak();
onLocale(() => (document.title = word("result_title")));
start();

async function start() {
  try {
    // Waits until the server has decided; null when no redirect brought us here.
    const outcome = await checkout.resume({ onState: showProgress });
    window.paypairLast = outcome;
    await showOrder(checkout, outcome?.orderId ?? asked, { outcome });
  } catch (error) {
    window.paypairLast = error;
    showUnknown(error);
  } finally {
    showProgress(null);
  }
}

function showUnknown(error) {
  document
    .getElementById("order")
    .replaceChildren(
      el("p", { "data-testid": "outcome-status", "data-status": "unknown" }, word("order_unknown")),
      el("div", { class: "actions" }, el("a", { class: "button", href: "/" }, word("again"))),
    );
  if (error.code !== "order_unknown") showFailure(error);
}
