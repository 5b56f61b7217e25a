import type { DropInCall, ReadObject } from "#core";
import type { Locale } from "../../package/index.js";
import type { Trouble } from "../launcher/failed.js";
import { wordsOf } from "../launcher/words.js";
import { pause } from "../launcher/steer.js";

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
    if (call.over) return call.view.done();
    result = type === "pay_result" ? { ...data, PCD_PAY_RESULT: data?.PCD_PAY_RST } : ended(own, "close", CLOSED);
  } catch (error) {
    const message = said(error, call.locale);
    alert(message);
    result = ended(own, "error", message);
  }
  call.over = true;
  call.view.done();
  call.deliver(result);
}

/** A sentence for whatever was thrown. */
export function said(thrown: unknown, locale: Locale): string {
  const { code = "answer_unreadable", message }: Trouble = (thrown as Trouble)?.code ? (thrown as Trouble) : {};
  return message ?? wordsOf(locale)[code] ?? code;
}

/** An end without the gateway, under the real name and under the one that copied snippets test. */
export const ended = (own: Loose, outcome: "close" | "error", message: string): Loose => ({
  ...own,
  ...{ PCD_PAY_RST: outcome, PCD_PAY_RESULT: outcome, PCD_PAY_MSG: message },
});

/** Authenticates, sends the window off, and waits for its word. A page that left with the form never hears it. */
async function pay(call: DropInCall, fields: Map<string, string>): Promise<Word> {
  const target = windowUrl(call, fields).then((url) => new URL(url, document.baseURI));
  const word = firstWord(call, target);
  const sent = target.then(({ href }) => {
    // The buyer, or the page, may have closed the window while the auth was on its way.
    if (call.over || call.view.standing() !== "open") return word;
    fields.set("PCD_HTTP_REFERER", location.href);
    call.view.post(href, [...fields]);
    return word;
  });
  // A buyer who leaves need not wait for an auth that does not come.
  return Promise.race([word, sent]);
}

/** Where the window goes: to the address that the page has brought with its key, else to the one that an auth gives. */
async function windowUrl({ action, object, auth, gateway }: DropInCall, fields: Map<string, string>): Promise<string> {
  if (action) return action;
  const { PCD_AUTH_KEY: key, PCD_PAY_HOST: host, PCD_PAY_URL: url } = object;
  // auth.php calls the address's path by the name that the old script took for the whole.
  if (key && url) return /^\//.test(String(url)) ? `${host ?? ""}${url}` : String(url);
  return authenticate(object, authUrl(object, auth, gateway), fields);
}

/** The merchant's server hands auth.php's answer through; gives the window's address. */
async function authenticate(object: Loose, url: string, fields: Map<string, string>): Promise<string> {
  const body = new FormData();
  body.append("payple_dir_path", String(object.payple_dir_path ?? ""));
  if (object.clientKey && !object.payple_auth_file) body.append("clientKey", String(object.clientKey));
  const answer = await fetch(url, { method: "POST", body })
    .then((response) => response.json() as Promise<Record<string, string>>)
    .catch(() => ({}) as Record<string, string>);
  const { result, result_msg, cst_id = "", custKey = "", AuthKey = "", return_url } = answer;
  // Without an address the form, keys and all, would be posted to the page itself.
  if (result !== "success" || !return_url) throw { code: "auth_failed", message: result_msg ?? AUTH_FAILED } satisfies Trouble;
  fields.set("PCD_CST_ID", cst_id).set("PCD_CUST_KEY", custKey).set("PCD_AUTH_KEY", AuthKey);
  return return_url;
}

/**
 * The original turned an absolute URL into a wrong relative one; here it is what it says. A `clientKey` is for a gateway,
 * so an object with nothing else asks whom the script tag names, or the sandbox that the script came from.
 */
export function authUrl({ payple_auth_file: file, payple_dir_path: folder, clientKey }: Loose, auth = "", gateway = ""): string {
  if (!file && auth) return auth;
  if (!file && clientKey && gateway) return `${gateway}/js/v1/auth`;
  const name = String(file || "payple_payAuth.html");
  return /^(\/|https?:\/\/)/.test(name) ? name : `${folder ?? ""}/cPayPayple/${name}`;
}

interface Word {
  type?: string;
  data?: Loose;
  height?: number;
}

/** The first message that ends the call: from the window we opened, and from the gateway. Or the buyer closes the window. */
async function firstWord(call: DropInCall, target: Promise<URL>): Promise<Word> {
  const { view } = call;
  let origin: string | undefined;
  target.then(
    (url) => (origin = url.origin),
    () => {},
  );
  let word: Word | undefined;
  const hear = ({ source, origin: from, data }: MessageEvent<Word | null>) => {
    // The window moves between the vendor's own hosts while the buyer pays.
    if (source !== view.window || !(from === origin || /^https:\/\/([\w-]+\.)*payple\.kr$/.test(from))) return;
    if (data?.type === "resize") view.resize(data.height ?? 0);
    if (data?.type === "pay_result" || data?.type === "close") word ??= data;
  };
  // Back from the gateway by the browser's own button, the page is as it was before the call.
  const back = ({ persisted }: PageTransitionEvent) => {
    if (persisted && view.layout === "redirect") call.over = true;
  };
  addEventListener("message", hear);
  addEventListener("pageshow", back);
  let gone = 0;
  // A window may close itself with its word still on the way to us.
  while (!word && gone < 3 && !call.over) {
    await pause(300);
    const standing = view.standing();
    gone = standing === "left" || (standing === "closed" && document.hasFocus()) ? gone + 1 : 0;
  }
  removeEventListener("message", hear);
  removeEventListener("pageshow", back);
  return word ?? {};
}

const CLOSED = "결제를 종료하였습니다.";
/** What the first version of the original said; later ones said nothing and did nothing. */
const AUTH_FAILED = "상점 인증에 실패했습니다.";
