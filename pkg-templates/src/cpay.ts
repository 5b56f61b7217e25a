// Entry of cpay.js: Payple's globals, as one classic script with the wasm inside.

import { authCheck, leave, popup, type Page } from "./dropin/calls.js";

/** A sandbox serves this script as Payple does. */
const VENDORS_NAME = /^(.*)\/js\/(?:v1\/payment|cpay\.payple\.[\d.]+)\.js/;

if (typeof window !== "undefined") {
  const script = document.currentScript ?? document.querySelector("script[data-paypair]");
  const { paypair = "", auth = "" } = script instanceof HTMLElement ? script.dataset : {};
  const gateway = script instanceof HTMLScriptElement ? VENDORS_NAME.exec(script.src)?.[1] : "";
  const page: Page = { server: paypair.replace(/\/+$/, ""), auth, gateway: gateway ?? "" };
  const check = (object: Record<string, unknown>) => authCheck(page, object);
  Object.assign(window, {
    PaypleCpayAuthCheck: check,
    // Pages of payment links call it by this name.
    PaypleLinkCpayAuthCheck: check,
    PaypleCpayPopup: (object: Record<string, unknown>, url?: string) => popup(page, object, url),
    MainBodyAction: (action: string) => {
      if (action === "close") leave();
    },
  });
}
