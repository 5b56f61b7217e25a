import type { Locale, Outcome } from "../../package/index.js";
import { ask } from "./http.js";
import type { Remembered } from "./memory.js";
import type { View } from "./view.js";

/**
 * The way without wasm: the server's launch page takes the buyer through, and the server is asked for the outcome.
 * The page cannot be framed, so a layer becomes a move of the whole page; `resume()` picks it up on the result page.
 */
export async function payByLaunchPage(server: string, order: Remembered, view: View, locale: Locale): Promise<Outcome> {
  const path = `${server}/orders/${encodeURIComponent(order.orderId)}`;
  const { launchUrl } = await ask<{ launchUrl: string }>(`${path}/launch`, locale, { secret: order.clientSecret, method: "POST" });
  if (view.layout !== "popup") {
    location.assign(launchUrl);
    return new Promise(() => {});
  }
  view.go(launchUrl);
  return awaitOutcome(server, order, view, locale);
}

/** Asks until the server knows. A window that is gone gets one more answer's time. */
export async function awaitOutcome(server: string, order: Remembered, view: View, locale: Locale): Promise<Outcome> {
  const path = `${server}/orders/${encodeURIComponent(order.orderId)}`;
  const secret = order.clientSecret;
  for (;;) {
    const standing = view.standing();
    const gone = standing === "left" || (standing === "closed" && document.hasFocus());
    if (gone) await ask(`${path}/closed`, locale, { secret, method: "POST" });
    const outcome = await ask<Outcome>(`${path}/status?wait=${gone ? 8 : 5}`, locale, { secret });
    if (outcome.status !== "pending" || gone) return outcome;
  }
}
