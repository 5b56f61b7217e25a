import type { Gateway, Layout } from "../../package/index.js";

export type Shown = Exclude<Layout, "auto">;
export type Device = "desktop" | "mobile";

/** iPadOS calls itself Macintosh; only its touch points give it away. */
export function device(from: Navigator = navigator): Device {
  const touchMac = /macintosh/i.test(from.userAgent) && from.maxTouchPoints > 1;
  return touchMac || /iphone|ipod|ipad|android/i.test(from.userAgent) ? "mobile" : "desktop";
}

/** Without a known gateway the choice is one that every gateway can live with. */
export function chooseLayout(wanted: Layout, gateway: Gateway | undefined, on: Device): Shown {
  if (wanted !== "auto") return wanted;
  if (gateway === "payple") return on === "desktop" ? "layer" : "popup";
  return on === "desktop" ? "popup" : "redirect";
}
