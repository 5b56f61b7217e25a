// The shop's own small API (crates/cli/src/demo/shop.rs). The session cookie travels by itself.

/** The goods on the shelf; prices are the server's. */
export function products() {
  return call("/api/products");
}

/** Places an order; the answer is what `checkout.pay` needs. */
export function createOrder({ product, gateway, method, work, cardFlow }) {
  return post("/api/orders", { product, gateway, method, work, cardFlow });
}

/** Everything the shop knows about an order of this session. */
export function readOrder(orderId) {
  return call(`/api/orders/${encodeURIComponent(orderId)}`);
}

/** The same, as soon as there are more events than were seen; at the latest after 20 seconds. */
export function awaitNews(orderId, seen) {
  return call(`/api/orders/${encodeURIComponent(orderId)}?wait=20&seen=${seen}`);
}

/** Gives back all that is left of a paid order. The shop's server decides whether it may. */
export function refund(orderId) {
  return post(`/api/orders/${encodeURIComponent(orderId)}/refund`, {});
}

/** Buys a product with the card that an order has registered; answers the new order's outcome. */
export function chargeCard(orderId, product) {
  return post(`/api/orders/${encodeURIComponent(orderId)}/charge`, { product });
}

function post(path, body) {
  return call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

async function call(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ShopError(body.error ?? { code: `http_${response.status}` });
  return body;
}

/** What the server said is wrong, in both languages. */
class ShopError extends Error {
  constructor({ code, message }) {
    super(code);
    this.code = code;
    this.words = message;
  }
}
