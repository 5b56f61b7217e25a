import type { Locale, Order, ReceiptOptions } from "../../package/index.js";
import { named } from "./answers.js";
import { ask } from "./http.js";

/** Where the gateway shows this receipt; the server asks it and checks the address. */
export async function receiptUrl(server: string, order: Order, options: ReceiptOptions, locale: Locale): Promise<string> {
  const path = `${server}/orders/${encodeURIComponent(order.orderId)}/receipt`;
  const asked = ask<{ url: string }>(path, locale, { secret: order.clientSecret, method: "POST", body: options });
  const { url } = await asked.catch(named(locale));
  return url;
}
