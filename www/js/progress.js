// The line that says what is happening, and the one that says what went wrong.

import { el } from "./dom.js";
import { spoken, word } from "./words.js";

/** Shows a `PaymentState` of the checkout in words; `null` clears the line. */
export function showProgress(state) {
  const line = document.getElementById("progress");
  line.hidden = !state;
  if (state) line.textContent = word(`state_${state}`);
}

/** Shows an error; when an order exists its page says more. */
export function showFailure(error, orderId) {
  const line = document.getElementById("failure");
  line.hidden = !error;
  if (!error) return;
  line.dataset.code = error.code ?? error.message;
  // The checkout wraps what our own call threw.
  const said = spoken(error.words ?? error.cause?.words) || error.message || word("failed");
  line.replaceChildren(said);
  if (orderId) line.append(" ", el("a", { href: `/result.html?order=${encodeURIComponent(orderId)}` }, orderId));
}
