import type { Locale, Order, ReceiptOptions } from "../../package/index.js";
import { ask } from "./http.js";
import { openBlank } from "./window.js";

/**
 * Shows the gateway's receipt page of an order. The window opens at once, inside the click; the server, which keeps
 * the keys, answers the address for it. A browser that refuses the window goes there itself.
 */
export async function openReceipt(server: string, order: Order, options: ReceiptOptions, locale: Locale): Promise<void> {
  const size = { width: 480, height: 760 };
  const popup = openBlank("_blank", size);
  // The page that will stand there has no business with this one.
  if (popup) popup.opener = null;
  try {
    const path = `${server}/orders/${encodeURIComponent(order.orderId)}/receipt`;
    const { url } = await ask<{ url: string }>(path, locale, { secret: order.clientSecret, method: "POST", body: options });
    (popup ?? window).location.assign(url);
  } catch (error) {
    popup?.close();
    throw error;
  }
}
