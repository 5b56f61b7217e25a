import type { DropInCall, ReadObject } from "#core";
import type { Outcome } from "../../package/index.js";
import { ask } from "../launcher/http.js";
import { payByLaunchPage } from "../launcher/launch-page.js";
import { compat, ended, said } from "./compat.js";

/**
 * The page refuses wasm. In compat mode the fields go unchecked, values escaped by the DOM; in verified mode the server's
 * launch page takes over. There is no second set of rules here.
 */
export async function withoutCore(call: DropInCall): Promise<void> {
  console.warn("paypair: WebAssembly is refused on this page (its CSP needs 'wasm-unsafe-eval'); fields are not checked");
  return call.server ? verified(call) : compat(call, unchecked);
}

/** Payple's fields that are filled in. A page's keys are not among them: the server holds those, or answers a token in their place. */
function unchecked(object: Record<string, unknown>): ReadObject {
  const sendable = ([name, value]: [string, unknown]) =>
    /^PCD_(?!CUST_KEY|REFUND_KEY)/.test(name) && value !== undefined && value !== null && typeof value !== "function";
  return { fields: Object.entries(object).filter(sendable).map(([name, value]) => [name, String(value)]) };
}

async function verified({ server, object, view, locale, deliver }: DropInCall): Promise<void> {
  let result: Record<string, unknown>;
  try {
    const fields = Object.fromEntries(unchecked(object).fields);
    type Auth = { orderId: string; clientSecret: string };
    const order = await ask<Auth>(`${server}/payple/auth`, locale, { method: "POST", body: { fields } });
    const paypair: Outcome = await payByLaunchPage({ server, ...order, view, locale });
    const paid = paypair.status === "paid" || paypair.status === "registered";
    const word = paid ? "success" : paypair.status === "cancelled" ? "close" : "error";
    result = { PCD_PAY_RST: word, PCD_PAY_RESULT: word, PCD_PAY_OID: paypair.orderId, paypair };
  } catch (error) {
    const message = said(error, locale);
    alert(message);
    result = ended({}, "error", message);
  }
  view.done();
  deliver(result);
}
