import type { DropInCall } from "#core";
import { device } from "../launcher/layout.js";
import { localeOf, textsOf } from "../launcher/texts.js";
import { steer, type View } from "../launcher/steer.js";
import { openPopup, openView } from "../launcher/view.js";
import type { Size } from "../launcher/window.js";
import { compat, ended as endedBy } from "./compat.js";
import { loadCore } from "./core.js";
import { deliverTo } from "./deliver.js";
import { withoutCore } from "./without-core.js";

/** What the script tag says. */
export interface Page {
  /** The verifier's mount, or empty for the old contract. */
  server: string;
  /** Who is asked for an object that names no `payple_auth_file`. */
  auth: string;
  /** The gateway that serves this script under the vendor's own name: it knows what a `clientKey` is. */
  gateway: string;
}

type Loose = Record<string, unknown>;

interface Flight {
  object: Loose;
  call: DropInCall;
  ended: Promise<void>;
}

/**
 * The call on its way. The original knew one at a time as well; here two copies of the script on a page share it, so
 * that either of them finds the window that the other has opened.
 */
const page: { current?: Flight } = typeof window === "undefined" ? {} : ((window as unknown as Record<symbol, object>)[Symbol.for("paypair")] ??= {});

export const authCheck = (tag: Page, object: Loose) => take(tag, object, "");

/** The object brings its own authentication: `PCD_AUTH_KEY` and the window's address. */
export const popup = (tag: Page, object: Loose, url?: string) =>
  take({ ...tag, server: "" }, object, url || String(object.PCD_PAY_URL ?? ""));

/** `MainBodyAction('close')`: pages call it themselves, on `popstate` for example. */
export function leave(): void {
  if (!page.current) return;
  page.current.call.over = true;
  page.current.call.view.done();
  page.current = undefined;
}

/** Opens the window in the click, then lets the core work. A call before the core is there simply waits for it. */
function take(tag: Page, object: Loose, action: string): Promise<void> {
  if (page.current?.object === object && page.current.call.view.standing() === "open") {
    page.current.call.view.focus();
    return page.current.ended;
  }
  leave();
  const locale = localeOf();
  const hand = deliverTo(object);
  const view = open(object, locale);
  if (!view) {
    alert(POPUP_BLOCKED);
    hand(endedBy({}, "error", POPUP_BLOCKED.trim()));
    return Promise.resolve();
  }
  const over = () => {
    const current = page.current?.call === call;
    if (current) page.current = undefined;
    return current;
  };
  // Over before the callback is called: it may start the next payment, or throw, which is the page's own affair. A call that was
  // taken away calls nobody.
  const deliver = (result: Loose) => {
    if (over()) attempt(() => hand(result));
  };
  const call: DropInCall = { ...tag, ...{ action, object: { ...object }, locale, device: device(), view, deliver } };
  const ended = loadCore().then(
    (core) => (call.server ? core.drop_in(call) : compat(call, core.page_object)),
    () => withoutCore(call),
  );
  page.current = { object, call, ended };
  ended.then(over, over);
  return ended;
}

/** What it throws is told to the page's own handlers, and to nobody who waits here. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

/** An absolute `PCD_RST_URL` takes the whole page, a phone a window, all else a layer. */
function open(object: Loose, locale: "ko" | "en"): View | null {
  const texts = textsOf(locale);
  if (/https?:\/\//.test(String(object.PCD_RST_URL ?? ""))) return steer(openView("redirect", texts));
  const size = sizeOf(object);
  const stand = device() === "mobile" ? openPopup(texts, size) : openView("layer", texts, size);
  return stand && steer(stand);
}

/** The app card window is wide and low, the others narrow and tall. */
function sizeOf({ PCD_PAY_TYPE, PCD_PAY_WORK, PCD_CARD_VER }: Loose): Size {
  const appCard = PCD_PAY_TYPE === "card" && PCD_PAY_WORK !== "AUTH" && PCD_CARD_VER !== "01";
  return appCard ? { width: 692, height: 550 } : { width: 450, height: 760 };
}

/** The original's words. */
const POPUP_BLOCKED = " 팝업이 차단되어 결제를 진행할 수 없습니다. \r\n 폰 설정에서 팝업차단을 풀어주세요. ";
