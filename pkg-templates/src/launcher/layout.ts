import type { Gateway, Layout } from "../../package/index.js";

export type Shown = Exclude<Layout, "auto">;
export type Device = "desktop" | "mobile";

/** iPadOS calls itself Macintosh; only its touch points give it away. */
export function device(): Device {
  const agent = navigator.userAgent;
  const touchMac = /macintosh/i.test(agent) && navigator.maxTouchPoints > 1;
  return touchMac || /iphone|ipod|ipad|android/i.test(agent) ? "mobile" : "desktop";
}

/** Without a known gateway the choice is one that every gateway can live with; in an app's page one without a second window. */
export function chooseLayout(wanted: Layout, gateway: Gateway | undefined, on: Device, webview: boolean): Shown {
  if (webview && wanted !== "layer") return "redirect";
  if (wanted !== "auto") return wanted;
  if (gateway === "payple") return on === "desktop" ? "layer" : "popup";
  return on === "desktop" ? "popup" : "redirect";
}
