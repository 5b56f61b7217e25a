// Entry of cpay.js: Payple's globals, as one classic script with the wasm inside.

import { authCheck, leave, popup, type Page } from "./dropin/calls.js";

if (typeof window !== "undefined") {
  const script = document.currentScript ?? document.querySelector("script[data-paypair]");
  const mount = script instanceof HTMLElement ? (script.dataset.paypair ?? "") : "";
  const page: Page = { server: mount.replace(/\/+$/, "") };
  Object.assign(window, {
    PaypleCpayAuthCheck: (object: Record<string, unknown>) => authCheck(page, object),
    PaypleCpayPopup: (object: Record<string, unknown>, url?: string) => popup(page, object, url),
    MainBodyAction: (action: string) => {
      if (action === "close") leave();
    },
  });
}
