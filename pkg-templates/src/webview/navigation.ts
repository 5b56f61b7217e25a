// What the host of a webview has to do with a link. The same rules as the Rust core's `navigation.rs`; both are held to
// tests/golden/navigation.json.

import type { BlockedReason, Navigation, Platform } from "../../package/webview.js";
import { appStoreUrl, byPackage, byScheme, byStoreId, only, placeOf, playUrl } from "./apps.js";
import type { App } from "./apps.js";
import { resolveIntent } from "./intent.js";
import { hasControl, hostAndPath, lowerCase, numberInPath, packageInQuery, splitScheme, trim } from "./url-text.js";

export function resolveNavigation(url: string, { platform }: { platform: Platform }): Navigation {
  const text = trim(String(url));
  const parts = splitScheme(text);
  if (!parts || hasControl(text)) return blocked("malformed");
  const [scheme, rest] = parts;
  return lowerCase(scheme) === "intent" ? resolveIntent(rest, platform) : link(text, scheme, rest, platform);
}

/** A link that is no intent. */
export function link(url: string, scheme: string, rest: string, platform: Platform): Navigation {
  const name = lowerCase(scheme);
  if (name === "http" || name === "https") return web(url, rest, platform);
  // Windows begin as about:blank, frames as about:srcdoc.
  if (name === "about" && /^(blank|srcdoc)([?#]|$)/i.test(rest)) return { kind: "web" };
  if (UNSAFE.includes(name)) return blocked("unsafe_scheme");
  // Whoever hands this to Intent.parseUri would find the component in it.
  if (url.includes("#Intent;")) return blocked("malformed");
  if (name === "market") return play(url, rest, platform);
  if (/^itms(-appss?|s)?$/.test(name)) return appStore(url, rest, platform);
  return { kind: "app", url, ...placeOf(byScheme(name), platform) };
}

/** Pages stay, unless a store or a known dead end is meant. */
export function web(url: string, rest: string, platform: Platform): Navigation {
  const place = hostAndPath(rest);
  if (!place) return blocked("malformed");
  const { host, path } = place;
  if (url.includes("#Intent;")) return { kind: "web" };
  if (platform === "android" && host === "play.google.com" && path === "/store/apps/details") {
    const name = packageInQuery(url);
    if (name) return store(url, byPackage(name));
  }
  if (platform === "ios" && (host === "apps.apple.com" || host === "itunes.apple.com")) {
    const id = numberInPath(path);
    if (id) return store(url, byStoreId(id));
  }
  // Its page offers a file to install; the store has the app.
  if (platform === "android" && host === "mobile.vpay.co.kr" && path === "/jsp/MISP/andown.jsp") {
    return store(playUrl(ISP), byPackage(ISP));
  }
  return { kind: "web" };
}

function play(url: string, rest: string, platform: Platform): Navigation {
  const wanted = packageInQuery(rest);
  const app = byPackage(wanted);
  if (platform === "android") return { kind: "app", url, ...only({ storeUrl: wanted && playUrl(wanted), name: app?.name }) };
  return app?.storeId ? store(appStoreUrl(app.storeId), app) : blocked("other_platform");
}

function appStore(url: string, rest: string, platform: Platform): Navigation {
  const id = numberInPath(rest);
  const app = byStoreId(id);
  if (platform === "ios") return { kind: "app", url, ...only({ storeUrl: id && appStoreUrl(id), name: app?.name }) };
  return app?.package ? store(playUrl(app.package), app) : blocked("other_platform");
}

/** A page of a store, to be opened outside. */
export function store(url: string, app: App | undefined): Navigation {
  return { kind: "app", url, ...only({ name: app?.name }) };
}

export const blocked = (reason: BlockedReason): Navigation => ({ kind: "blocked", reason });

/** ISP, whose own page for phones without it leads nowhere. */
const ISP = "kvp.jjy.MispAndroid320";

/** Schemes that run code, read files or speak to the system itself. */
const UNSAFE = [
  ...["about", "android-app", "android.resource", "blob", "chrome", "chrome-extension", "content", "data", "feed", "file"],
  ...["filesystem", "intent", "jar", "javascript", "livescript", "mhtml", "mocha", "vbscript", "view-source"],
];
