// The shop page. `createCheckout` is used as any merchant would use it.

import { createCheckout } from "/package/index.js";

import { createOrder, products } from "./api.js";
import { GATEWAYS, flowsFor, initialChoice, settle } from "./choices.js";
import { el } from "./dom.js";
import { showOrder } from "./order-view.js";
import { showFailure, showProgress } from "./progress.js";
import { hasWord, locale, money, onLocale, speak, spoken, word } from "./words.js";

const checkout = createCheckout({ server: "/pay", locale });
const payButton = document.getElementById("pay");
let choice = initialChoice();
let shelf = [];

speak();
start();

async function start() {
  shelf = await products();
  if (!shelf.some((product) => product.id === choice.product)) choice.product = shelf[0].id;
  onLocale(render);
  document.getElementById("choices").addEventListener("submit", pay);
  document.getElementById("products").addEventListener("change", choose);
  document.getElementById("choices").addEventListener("change", choose);
  checkout.preload().catch(() => {}); // a page that refuses wasm still pays, by the launch page
  payButton.disabled = false;
}

async function pay(event) {
  event.preventDefault();
  if (payButton.disabled) return;
  payButton.disabled = true;
  showFailure(null);
  let placed;
  try {
    // The window opens inside this click; the order is placed while it opens.
    const outcome = await checkout.pay(async () => (placed = await createOrder(choice)), {
      gateway: choice.gateway,
      layout: choice.layout,
      onState: showProgress,
    });
    window.paypairLast = outcome;
    document.getElementById("checkout").hidden = true;
    await showOrder(checkout, outcome.orderId, { outcome, layout: choice.layout });
  } catch (error) {
    window.paypairLast = error;
    showFailure(error, placed?.orderId);
  } finally {
    showProgress(null);
    payButton.disabled = false;
    if (document.activeElement === document.body) payButton.focus(); // it lost the focus while it was off
  }
}

function choose({ target }) {
  choice = settle({ ...choice, [target.name]: target.value });
  render();
}

function render() {
  document.title = word("shop_title");
  const product = shelf.find(({ id }) => id === choice.product);
  const { methods, works, layouts, currency } = GATEWAYS[choice.gateway];
  const price = money(product.prices[currency], currency);

  document.getElementById("picture").src = product.picture;
  document.getElementById("picture").alt = spoken(product.name);
  document.getElementById("product-name").textContent = spoken(product.name);
  document.getElementById("product-note").textContent = spoken(product.note);
  document.getElementById("product-price").textContent = price;

  options(
    "products",
    "product",
    shelf.map(({ id }) => id),
    (id) => {
      const { picture, name } = shelf.find((one) => one.id === id);
      return [el("img", { src: picture, alt: spoken(name), width: 200, height: 160 })];
    },
  );
  options("gateway", "gateway", Object.keys(GATEWAYS));
  options("method", "method", methods);
  options("work", "work", works);
  options("flow", "cardFlow", flowsFor(choice));
  options("layout", "layout", layouts);

  const registers = choice.work === "register";
  document.getElementById("total").textContent = registers ? word("no_amount") : price;
  payButton.textContent = word(registers ? "register" : "pay");
}

/** Draws a group of radio buttons; the one in focus keeps it, so that arrow keys go on working. */
function options(group, name, values, draw = (value) => texts(group, value)) {
  const fieldset = document.getElementById(group);
  const focused = fieldset.contains(document.activeElement);
  fieldset.querySelectorAll("label").forEach((label) => label.remove());
  fieldset.hidden = values.length === 0;
  for (const value of values) {
    const input = el("input", { type: "radio", name, value, checked: choice[name] === value });
    const kind = group === "products" ? "thumb" : "choice";
    fieldset.append(el("label", { class: kind, "data-testid": `${group}-${value}` }, input, draw(value)));
    if (focused && input.checked) input.focus();
  }
}

function texts(group, value) {
  const note = `${group}_${value}_note`;
  return [el("b", {}, word(`${group}_${value}`)), hasWord(note) ? el("small", {}, word(note)) : null];
}
