// What the shop does for a buyer afterwards: one more purchase with a registered card, or the money back.

import { chargeCard, products, refund } from "./api.js";
import { el } from "./dom.js";
import { showFailure } from "./progress.js";
import { word } from "./words.js";

/** Buys what the card was registered beside. No window opens: the shop's server charges the card. */
export function buyMore({ orderId, productName }, show) {
  return button("charge", "primary", async () => {
    const shelf = await products();
    const product = shelf.find(({ name }) => Object.values(name).includes(productName)) ?? shelf[0];
    const outcome = await chargeCard(orderId, product.id);
    await show(outcome.orderId);
  });
}

/** Gives the money back, once the buyer has said so twice. */
export function giveBack({ orderId }, show) {
  return button("refund", "", async () => {
    if (!confirm(word("refund_sure"))) return;
    await refund(orderId);
    await show(orderId);
  });
}

function button(name, look, run) {
  const it = el("button", { type: "button", class: `button ${look}`, "data-testid": name }, word(name));
  it.addEventListener("click", async () => {
    it.disabled = true;
    showFailure(null);
    try {
      await run();
    } catch (error) {
      showFailure(error);
    } finally {
      it.disabled = false;
    }
  });
  return it;
}
