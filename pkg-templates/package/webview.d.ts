// The public types of `paypair/webview`: for apps that show a payment in a webview, and for pages inside other apps.
// Plain JavaScript without DOM and WebAssembly; runs in React Native.

/** Where the webview runs: what `Platform.OS` says in React Native. */
export type Platform = "android" | "ios";

/** What the host of a webview has to do with a link. */
export type Navigation =
  /** Stay: the webview follows it. */
  | { kind: "web" }
  | AppNavigation
  /** The link opens nothing here; load this page (http or https) in the webview instead. */
  | { kind: "fallback"; url: string }
  | { kind: "blocked"; reason: BlockedReason };

/** Leave: open `url` outside the webview. When that fails: `fallbackUrl` in the webview, else `storeUrl` outside. */
export interface AppNavigation {
  kind: "app";
  url: string;
  /** The app's package, on Android. */
  package?: string;
  /** Where the app can be installed; https. */
  storeUrl?: string;
  /** The page that the link itself names for want of the app; http or https. */
  fallbackUrl?: string;
  /** The app's name, if it is known. */
  name?: string;
}

/**
 * `malformed`: it is no link, or an intent for nothing; `unsafe_scheme`: it would run code or read files; `intent_component`:
 * an intent that chooses a component; `other_platform`: the other platform's store, and an app that is not known here.
 */
export type BlockedReason = "malformed" | "unsafe_scheme" | "intent_component" | "other_platform";

/** What to do with a link that the webview is about to follow. A scheme that no table has is an app too. */
export function resolveNavigation(url: string, options: { platform: Platform }): Navigation;

/**
 * The page that the webview must load to finish a payment, out of the link by which ISP or a bank came back; null if it holds
 * none of a gateway's. `prefix` is what was sent as `app_return_url` or `app_cancel_url`.
 */
export function appReturnPage(url: string, prefix: string, options?: { domains?: readonly string[] }): string | null;

/** An app whose own browser shows a page. `webview`: some app's, its name unknown. */
export type InAppBrowserId =
  | "kakaotalk"
  | "kakaostory"
  | "naver"
  | "line"
  | "daum"
  | "band"
  | "everytime"
  | "instagram"
  | "facebook"
  | "threads"
  | "x"
  | "tiktok"
  | "snapchat"
  | "wechat"
  | "webview";

export interface InAppBrowser {
  id: InAppBrowserId;
  /** As buyers know it. */
  name: string;
}

/** The app whose browser this is; null in a browser of its own, as far as the user agent tells. */
export function inAppBrowser(userAgent: string): InAppBrowser | null;

/** A link that shows `url` in the phone's own browser instead; null where the app knows no way out, and outside of apps. */
export function escapeUrl(url: string, userAgent: string): string | null;
