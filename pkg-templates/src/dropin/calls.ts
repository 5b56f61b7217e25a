import type { DropInCall } from "#core";
import { device } from "../launcher/layout.js";
import { localeOf, textsOf } from "../launcher/texts.js";
import { openPopup, openView, type View } from "../launcher/view.js";
import type { Size } from "../launcher/window.js";
import { compat, ended as endedBy } from "./compat.js";
import { loadCore } from "./core.js";
import { deliverTo } from "./deliver.js";
import { withoutCore } from "./without-core.js";

/** What the script tag says: the verifier's mount, or empty for the old contract. */
export interface Page {
  server: string;
}

type Loose = Record<string, unknown>;

/** The call on its way. The original knew one at a time as well. */
let current: { object: Loose; call: DropInCall; ended: Promise<void> } | undefined;

export const authCheck = (page: Page, object: Loose) => take(page, object, "");

/** The object brings its own authentication: `PCD_AUTH_KEY` and the window's address. */
export const popup = (page: Page, object: Loose, url?: string) =>
  take({ ...page, server: "" }, object, url || String(object.PCD_PAY_URL ?? ""));

/** `MainBodyAction('close')`: pages call it themselves, on `popstate` for example. */
export function leave(): void {
  if (!current) return;
  current.call.abandoned = true;
  current.call.view.done();
  current = undefined;
}

/** Opens the window in the click, then lets the core work. A call before the core is there simply waits for it. */
function take(page: Page, object: Loose, action: string): Promise<void> {
  if (current?.object === object && current.call.view.standing() === "open") {
    current.call.view.focus();
    return current.ended;
  }
  leave();
  const locale = localeOf();
  const deliver = deliverTo(object);
  const view = open(object, locale);
  if (!view) {
    alert(POPUP_BLOCKED);
    deliver(endedBy({}, "error", POPUP_BLOCKED.trim()));
    return Promise.resolve();
  }
  const call: DropInCall = { ...page, ...{ action, object: { ...object }, locale, device: device(), view, deliver } };
  const ended = loadCore().then(
    (core) => (call.server ? core.drop_in(call) : compat(call, core.page_object)),
    () => withoutCore(call),
  );
  const flight = { object, call, ended };
  current = flight;
  const over = () => {
    if (current === flight) current = undefined;
  };
  ended.then(over, over);
  return ended;
}

/** An absolute `PCD_RST_URL` takes the whole page, a phone a window, all else a layer. */
function open(object: Loose, locale: "ko" | "en"): View | null {
  const texts = textsOf(locale);
  if (/https?:\/\//.test(String(object.PCD_RST_URL ?? ""))) return openView("redirect", texts);
  const size = sizeOf(object);
  return device() === "mobile" ? openPopup(texts, size) : openView("layer", texts, size);
}

/** The app card window is wide and low, the others narrow and tall. */
function sizeOf({ PCD_PAY_TYPE, PCD_PAY_WORK, PCD_CARD_VER }: Loose): Size {
  const appCard = PCD_PAY_TYPE === "card" && PCD_PAY_WORK !== "AUTH" && PCD_CARD_VER !== "01";
  return appCard ? { width: 692, height: 550 } : { width: 450, height: 760 };
}

/** The original's words. */
const POPUP_BLOCKED = " 팝업이 차단되어 결제를 진행할 수 없습니다. \r\n 폰 설정에서 팝업차단을 풀어주세요. ";
