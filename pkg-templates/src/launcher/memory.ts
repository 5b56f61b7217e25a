import type { Order } from "../../package/index.js";

const KEY = "paypair";

export type Remembered = Pick<Order, "orderId" | "clientSecret">;

/** The order this tab has left with, so that the result page can ask for it. Storage may be refused: then it cannot. */
export function remember({ orderId, clientSecret }: Remembered): void {
  attempt(() => sessionStorage.setItem(KEY, JSON.stringify({ orderId, clientSecret })));
}

/** Nothing if the page's address names another order, or where there is no page at all. */
export function recall(): Remembered | null {
  const order = attempt(() => JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Partial<Remembered> | null);
  if (typeof order?.orderId !== "string" || typeof order.clientSecret !== "string") return null;
  const named = new URLSearchParams(location.search).get("order");
  return named === null || named === order.orderId ? (order as Remembered) : null;
}

/** Of this order, and not of another that this tab may have left with since. */
export function forget({ orderId }: Remembered): void {
  attempt(() => {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Partial<Remembered> | null;
    if (kept?.orderId === orderId) sessionStorage.removeItem(KEY);
  });
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
