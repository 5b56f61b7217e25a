import type { DropInCall, ReadObject } from "#core";
import { toPaypairError } from "../launcher/error.js";
import type { Trouble } from "../launcher/failed.js";
import { pause } from "../launcher/view.js";

type Loose = Record<string, unknown>;

/**
 * The drop-in without a verifier: exactly the old contract. The merchant's own server authenticates and confirms;
 * nothing here ever says that a payment is paid. `read` makes the window's fields of the page's object: the core does
 * it by the tables, and where it is refused they go as they are.
 */
export async function compat(call: DropInCall, read: (object: Loose) => ReadObject): Promise<void> {
  const { fields, fault } = read(call.object);
  const own = Object.fromEntries(fields);
  let result: Loose;
  try {
    if (fault) throw { code: "amount", message: fault } satisfies Trouble;
    const { type, data } = await pay(call, new Map(fields));
    if (call.abandoned) return;
    result = type === "pay_result" ? { ...data, PCD_PAY_RESULT: data?.PCD_PAY_RST } : ended(own, "close", CLOSED);
  } catch (error) {
    const { message } = toPaypairError(error, call.locale);
    alert(message);
    result = ended(own, "error", message);
  }
  call.view.done();
  call.deliver(result);
}

/** An end without the gateway, under the real name and under the one that copied snippets test. */
export const ended = (own: Loose, outcome: "close" | "error", message: string): Loose => ({
  ...own,
  ...{ PCD_PAY_RST: outcome, PCD_PAY_RESULT: outcome, PCD_PAY_MSG: message },
});

/** Authenticates, sends the window off, and waits for its word. A page that left with the form never hears it. */
async function pay(call: DropInCall, fields: Map<string, string>): Promise<Word> {
  const target = new URL(call.action || (await authenticate(call.object, fields)), location.href);
  fields.set("PCD_HTTP_REFERER", location.href);
  const word = firstWord(call, target.origin);
  call.view.post(target.href, [...fields]);
  return word;
}

/** The merchant's server hands auth.php's answer through; gives the window's address. */
async function authenticate(object: Loose, fields: Map<string, string>): Promise<string> {
  const body = new FormData();
  body.append("payple_dir_path", String(object.payple_dir_path ?? ""));
  const answer = await fetch(authUrl(object), { method: "POST", body })
    .then((response) => response.json() as Promise<Record<string, string>>)
    .catch(() => ({}) as Record<string, string>);
  if (answer.result !== "success") throw { code: "auth_failed", message: answer.result_msg ?? AUTH_FAILED } satisfies Trouble;
  const { cst_id = "", custKey = "", AuthKey = "", return_url = "" } = answer;
  fields.set("PCD_CST_ID", cst_id).set("PCD_CUST_KEY", custKey).set("PCD_AUTH_KEY", AuthKey);
  return return_url;
}

/** The original turned an absolute URL into a wrong relative one; here it is what it says. */
export function authUrl({ payple_auth_file: file, payple_dir_path: folder }: Loose): string {
  const name = String(file || "payple_payAuth.html");
  return /^(\/|https?:\/\/)/.test(name) ? name : `${folder ?? ""}/cPayPayple/${name}`;
}

interface Word {
  type?: string;
  data?: Loose;
  height?: number;
}

/** The first message that ends the call: from the window we opened, and from the gateway. Or the buyer closes the window. */
async function firstWord(call: DropInCall, origin: string): Promise<Word> {
  const { view } = call;
  let word: Word | undefined;
  const hear = ({ source, origin: from, data }: MessageEvent<Word | null>) => {
    // The window moves between the vendor's own hosts while the buyer pays.
    if (source !== view.window || !(from === origin || /^https:\/\/([\w-]+\.)*payple\.kr$/.test(from))) return;
    if (data?.type === "resize") view.resize(data.height ?? 0);
    if (data?.type === "pay_result" || data?.type === "close") word ??= data;
  };
  addEventListener("message", hear);
  let gone = 0;
  // A window may close itself with its word still on the way to us.
  while (!word && gone < 3 && !call.abandoned) {
    await pause(300);
    const standing = view.standing();
    gone = standing === "left" || (standing === "closed" && document.hasFocus()) ? gone + 1 : 0;
  }
  removeEventListener("message", hear);
  return word ?? {};
}

const CLOSED = "결제를 종료하였습니다.";
/** What the first version of the original said; later ones said nothing and did nothing. */
const AUTH_FAILED = "상점 인증에 실패했습니다.";
