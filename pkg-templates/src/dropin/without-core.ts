import type { DropInCall } from "#core";
import type { Outcome } from "../../package/index.js";
import { toPaypairError } from "../launcher/error.js";
import type { Trouble } from "../launcher/failed.js";
import { ask } from "../launcher/http.js";
import { payByLaunchPage } from "../launcher/launch-page.js";

/**
 * The page refuses wasm. In compat mode the plain way of the old script, values escaped by the DOM and otherwise
 * unchecked; in verified mode the server's launch page. There is no second set of rules here.
 */
export async function withoutCore(call: DropInCall): Promise<void> {
  console.warn("paypair: WebAssembly is refused on this page (its CSP needs 'wasm-unsafe-eval'); fields are not checked");
  try {
    call.deliver(await (call.server ? verified(call) : compat(call)));
  } catch (error) {
    const { message } = toPaypairError(error, call.locale);
    alert(message);
    call.deliver({ PCD_PAY_RST: "error", PCD_PAY_RESULT: "error", PCD_PAY_MSG: message });
  } finally {
    call.view.done();
  }
}

async function compat({ object, action, view }: DropInCall): Promise<Record<string, unknown>> {
  const fields = new Map(sendable(object));
  let target = action;
  if (!target) {
    const file = String(object.payple_auth_file || "payple_payAuth.html");
    const folder = String(object.payple_dir_path ?? "");
    const body = new FormData();
    body.append("payple_dir_path", folder);
    const url = /^(\/|https?:\/\/)/.test(file) ? file : `${folder}/cPayPayple/${file}`;
    const answer = (await (await fetch(url, { method: "POST", body })).json()) as Record<string, string>;
    if (answer.result !== "success") throw { code: "auth_failed", message: answer.result_msg ?? "상점 인증에 실패했습니다." } satisfies Trouble;
    fields.set("PCD_CST_ID", answer.cst_id).set("PCD_CUST_KEY", answer.custKey).set("PCD_AUTH_KEY", answer.AuthKey);
    target = String(answer.return_url);
  }
  fields.set("PCD_HTTP_REFERER", location.href);
  const word = firstWord(view.window, new URL(target, location.href).origin);
  view.post(target, [...fields].map(([name, value]) => [name, String(value)]));
  const { type, data } = await word;
  if (type === "pay_result") return { ...data, PCD_PAY_RESULT: data?.PCD_PAY_RST };
  return { PCD_PAY_RST: "close", PCD_PAY_RESULT: "close", PCD_PAY_MSG: "결제를 종료하였습니다." };
}

/** Payple's fields that are filled in. A page's keys are not among them: the server holds those, or answers a token in their place. */
const sendable = (object: Record<string, unknown>) =>
  Object.entries(object).filter(
    ([name, value]) => /^PCD_(?!CUST_KEY|REFUND_KEY)/.test(name) && value !== undefined && value !== null && typeof value !== "function",
  );

interface Word {
  type?: string;
  data?: Record<string, unknown>;
}

function firstWord(source: Window | null, origin: string): Promise<Word> {
  return new Promise((resolve) => {
    addEventListener("message", function hear(event: MessageEvent<Word | null>) {
      const gateway = event.origin === origin || /^https:\/\/([\w-]+\.)*payple\.kr$/.test(event.origin);
      const ends = event.data?.type === "pay_result" || event.data?.type === "close";
      if (event.source !== source || !gateway || !event.data || !ends) return;
      removeEventListener("message", hear);
      resolve(event.data);
    });
  });
}

async function verified({ server, object, view, locale }: DropInCall): Promise<Record<string, unknown>> {
  const fields = Object.fromEntries(sendable(object));
  type Auth = { orderId: string; clientSecret: string };
  const order = await ask<Auth>(`${server}/payple/auth`, locale, { method: "POST", body: { fields } });
  const outcome: Outcome = await payByLaunchPage(server, order, view, locale);
  const paid = outcome.status === "paid" || outcome.status === "registered";
  const word = paid ? "success" : outcome.status === "cancelled" ? "close" : "error";
  return { PCD_PAY_RST: word, PCD_PAY_RESULT: word, PCD_PAY_OID: outcome.orderId, paypair: outcome };
}
