// What the server decided about an order, and why. Used by the shop page and the result page.

import { awaitNews, readOrder } from "./api.js";
import { buyMore, giveBack } from "./after-payment.js";
import { el, icon } from "./dom.js";
import { showFailure, showProgress } from "./progress.js";
import { timeline } from "./timeline.js";
import { hasWord, money, moment, onLocale, spoken, word } from "./words.js";

const TICK = "M5 12.5l4.5 4.5L19 7.5";
const CROSS = "M7 7l10 10M17 7L7 17";
const CLOCK = "M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18zM12 7.5v4.5l3 2";
const ALERT = "M12 6v7M12 17v.5";

const BACK = "M9 14L4 9l5-5M4 9h10a5.5 5.5 0 0 1 0 11h-3";

/** How each status looks, and a state with a look of its own: good, waiting or ended, and its mark. */
const LOOKS = {
  refunded: ["good", BACK],
  refund_pending: ["waiting", BACK],
  paid: ["good", TICK],
  registered: ["good", TICK],
  awaiting_deposit: ["waiting", CLOCK],
  pending: ["waiting", CLOCK],
  in_doubt: ["waiting", CLOCK],
  declined: ["ended", CROSS],
  cancelled: ["ended", CROSS],
  expired: ["ended", CLOCK],
  review: ["ended", ALERT],
};
/** The order is still open: nothing was taken, one more attempt may be made. A refunded one was paid and is over. */
const ENDED = ["declined", "cancelled", "expired"];
const GIVEN_BACK = ["refunded", "refund_pending", "charged_back"];
/** Where the gateway has a page with the receipt, and the methods that are cash to the tax office. */
const RECEIPTS = ["payple", "payletter"];
const CASH = ["virtualaccount", "banktransfer"];
/** The buyer may not have paid yet; the server hands out the same attempt again, so nothing is paid twice. */
const UNFINISHED = ["created", "requested"];

let shown = null;
let watching = 0;

/** Shows the order and keeps it fresh until it is settled. `outcome` is what the checkout just answered, if it did. */
export async function showOrder(checkout, orderId, { outcome, layout = "auto" } = {}) {
  const place = document.getElementById("order");
  const watch = ++watching;
  shown = { checkout, layout, outcome, ...(await readOrder(orderId)) };
  place.hidden = false;
  if (place.dataset.bound) draw();
  else onLocale(draw);
  place.dataset.bound = "yes";
  place.focus({ preventScroll: matchMedia("(min-width: 900px)").matches });
  follow(watch, orderId).catch(showFailure);
}

/** Asks for news until the order is settled or something else is shown. */
async function follow(watch, orderId) {
  while (!shown.outcome.final) {
    const known = await awaitNews(orderId, shown.timeline.length);
    if (watch !== watching) return;
    const news = known.timeline.length !== shown.timeline.length;
    shown = { ...shown, ...known };
    if (news) draw();
  }
}

function draw() {
  const { outcome } = shown;
  const place = document.getElementById("order");
  place.replaceChildren(
    verdict(outcome),
    ...(outcome.virtualAccount && outcome.status === "awaiting_deposit" ? [account(outcome.virtualAccount)] : []),
    receipt(outcome),
    actions(),
    // The page's own two lines move in here, where the buttons are.
    document.getElementById("progress"),
    document.getElementById("failure"),
    el("section", {}, el("h2", {}, word("timeline")), timeline(shown.timeline)),
  );
}

function verdict({ orderId, status, reason, state, final }) {
  const [look, path] = LOOKS[state] ?? LOOKS[status] ?? LOOKS.pending;
  return el(
    "div",
    {
      class: `verdict ${look}`,
      "data-testid": "outcome",
      "data-order": orderId,
      "data-status": status,
      "data-state": state,
      "data-final": String(final),
    },
    el("span", { class: "mark" }, icon(path)),
    el(
      "h2",
      { "data-testid": "outcome-status", "data-status": status, "data-state": state },
      inWords("status", status, state),
    ),
    el("span", { class: "tag" }, status),
    el(
      "div",
      { class: "why" },
      el("p", {}, inWords("why", status, state)),
      reason && el("p", { class: "gateway-said", "data-testid": "reason", "data-code": reason.code }, cause(reason)),
    ),
  );
}

/** The gateway's own sentence if it gave one; else the server's. */
function cause({ message, gatewayMessage, gatewayCode }) {
  if (!gatewayMessage) return spoken(message);
  return `${word("gateway_said")}: ${gatewayMessage}${gatewayCode ? ` (${gatewayCode})` : ""}`;
}

/** The words for this very state if it has its own, else those for the status. */
function inWords(group, status, state) {
  const own = `${group}_in_${state}`;
  return word(hasWord(own) ? own : `${group}_${status}`);
}

function account({ bankName, accountNo, holder, expiresAt }) {
  const button = el("button", { type: "button", class: "button", "data-testid": "copy-account" }, word("copy"));
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(accountNo).catch(() => {});
    button.textContent = word("copied");
  });
  return el(
    "section",
    { class: "account", "data-testid": "virtual-account" },
    el("h3", {}, word("account")),
    el("div", { class: "number" }, el("strong", {}, `${bankName ?? ""} ${accountNo}`), button),
    holder ? el("p", {}, `${word("account_holder")} ${holder}`) : null,
    expiresAt
      ? el("p", {}, `${word("account_until")} ${moment(expiresAt, { dateStyle: "medium", timeStyle: "short" })}`)
      : null,
  );
}

function receipt({ orderId, productName, amount, currency, card, paidAt, refundedAmount }) {
  const rows = [
    ["order", orderId],
    ["product", productName],
    ["amount", amount && money(amount, currency)],
    ["card", card && [`${card.name ?? ""} `, el("span", { class: "number" }, card.number ?? "")]],
    ["paid_at", paidAt && moment(paidAt)],
    ["given_back", Number(refundedAmount) > 0 && money(refundedAmount, currency)],
  ];
  return el(
    "dl",
    { class: "receipt" },
    rows.filter(([, value]) => value).flatMap(([key, value]) => [el("dt", {}, word(key)), el("dd", {}, value)]),
  );
}

function actions() {
  const buttons = [];
  const { status, state } = shown.outcome;
  const unfinished = UNFINISHED.includes(state);
  const ended = ENDED.includes(status) && !GIVEN_BACK.includes(state);
  if ((unfinished || ended) && shown.clientSecret) {
    const label = word(unfinished ? "reopen" : "retry");
    const retry = el("button", { type: "button", class: "button primary", "data-testid": "retry" }, label);
    retry.addEventListener("click", () => payAgain(retry));
    buttons.push(retry);
  }
  if (status === "paid" && shown.clientSecret) buttons.push(...receiptButtons(shown));
  if (status === "registered") buttons.push(buyMore(shown.outcome, show));
  if (status === "paid") buttons.push(giveBack(shown.outcome, show));
  buttons.push(el("a", { class: "button", href: "/", "data-testid": "again" }, word("again")));
  return el("div", { class: "actions" }, buttons);
}

/** Another order, or this one again after something was done to it. */
function show(orderId) {
  return showOrder(shown.checkout, orderId, { layout: shown.layout });
}

/** The gateway's own pages about what was paid; the window opens inside the click. */
function receiptButtons({ checkout, gateway, clientSecret, outcome: { orderId, method } }) {
  const kinds = RECEIPTS.includes(gateway) ? ["receipt"] : [];
  if (gateway === "payletter" && CASH.includes(method)) kinds.push("cash_receipt");
  return kinds.map((kind) => {
    const button = el("button", { type: "button", class: "button", "data-testid": kind }, word(kind));
    button.addEventListener("click", () => {
      showFailure(null);
      checkout.openReceipt({ orderId, clientSecret }, { kind }).catch(showFailure);
    });
    return button;
  });
}

/** The same order, one more attempt. */
async function payAgain(button) {
  const { checkout, layout, clientSecret, gateway } = shown;
  const { orderId } = shown.outcome;
  watching += 1;
  button.disabled = true;
  showFailure(null);
  try {
    const outcome = await checkout.pay({ orderId, clientSecret, gateway }, { gateway, layout, onState: showProgress });
    window.paypairLast = outcome;
    await showOrder(checkout, orderId, { outcome, layout });
  } catch (error) {
    window.paypairLast = error;
    showFailure(error);
  } finally {
    showProgress(null);
    button.disabled = false;
    if (document.activeElement === document.body) button.focus(); // it lost the focus while it was off
  }
}
