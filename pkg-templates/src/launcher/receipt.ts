import type { Order, ReceiptOptions } from "../../package/index.js";
import { loadPlain } from "../load-plain.js";
import type { About } from "./checkout.js";
import { openBlank } from "./window.js";

/**
 * Shows the gateway's receipt page of an order. The window opens at once, inside the click; the server, which keeps
 * the keys, answers the address for it. A browser that refuses the window goes there itself, and so does an app's page.
 */
export async function openReceipt({ server, locale }: About, order: Order, options: ReceiptOptions, webview: boolean): Promise<void> {
  const popup = webview ? null : openBlank("_blank", { width: 480, height: 760 });
  // The page that will stand there has no business with this one.
  if (popup) popup.opener = null;
  try {
    const { receiptUrl } = await loadPlain();
    (popup ?? window).location.assign(await receiptUrl(server, order, options, locale));
  } catch (error) {
    popup?.close();
    throw error;
  }
}
