// Apps that show pages in a browser of their own, and the ways out of them.

import type { InAppBrowser, InAppBrowserId } from "../../package/webview.js";
import { hostAndPath, isWeb, splitScheme, trim } from "./url-text.js";

/** How a page leaves an app for the phone's own browser. */
type Escape = "kakaotalk" | "line" | "chrome";

interface Row {
  id: InAppBrowserId;
  name: string;
  /** What only this app's user agent has. */
  mark: RegExp;
  android?: Escape;
  ios?: Escape;
}

export function inAppBrowser(userAgent: string): InAppBrowser | null {
  const row = rowOf(userAgent);
  return row ? { id: row.id, name: row.name } : null;
}

export function escapeUrl(url: string, userAgent: string): string | null {
  const row = rowOf(userAgent);
  const escape = row && (/android/i.test(userAgent) ? row.android : row.ios);
  const text = trim(url);
  const parts = splitScheme(text);
  // The address of a page may come from anybody; an intent hidden in its fragment must not become ours.
  if (!escape || !parts || !isWeb(parts[0]) || !hostAndPath(parts[1]) || /#Intent;|[\0- ]/.test(text)) return null;
  return WAYS[escape](text, parts[0], parts[1]);
}

function rowOf(userAgent: string): Row | undefined {
  return ROWS.find(({ mark }) => mark.test(userAgent));
}

const WAYS: Readonly<Record<Escape, (url: string, scheme: string, rest: string) => string>> = {
  kakaotalk: (url) => `kakaotalk://web/openExternal?url=${encodeURIComponent(url)}`,
  line: withLineParameter,
  chrome: (_, scheme, rest) => `intent:${rest}#Intent;scheme=${scheme};package=com.android.chrome;end`,
};

/** LINE reads this of any address that it opens. */
function withLineParameter(url: string): string {
  const at = url.indexOf("#");
  const [page, fragment] = at < 0 ? [url, ""] : [url.slice(0, at), url.slice(at)];
  if (/[?&]openExternalBrowser=1(&|$)/.test(page)) return url;
  return `${page}${page.includes("?") ? "&" : "?"}openExternalBrowser=1${fragment}`;
}

/**
 * The first that fits counts: Messenger's marks hold Facebook's, and every one of them may hold `; wv`.
 * On iOS only KakaoTalk and LINE know a way out; elsewhere the page must ask its reader to use the app's menu.
 */
const ROWS: readonly Row[] = [
  { id: "kakaotalk", name: "카카오톡", mark: /KAKAOTALK/i, android: "kakaotalk", ios: "kakaotalk" },
  { id: "kakaostory", name: "카카오스토리", mark: /KAKAOSTORY/i, android: "chrome" },
  { id: "naver", name: "네이버", mark: /NAVER\(inapp/i, android: "chrome" },
  { id: "line", name: "LINE", mark: /\bLine\//i, android: "line", ios: "line" },
  { id: "daum", name: "다음", mark: /DaumApps|DaumDevice/i, android: "chrome" },
  { id: "band", name: "밴드", mark: /\bBAND\//, android: "chrome" },
  { id: "everytime", name: "에브리타임", mark: /everytimeApp/i, android: "chrome" },
  { id: "instagram", name: "Instagram", mark: /Instagram/, android: "chrome" },
  { id: "threads", name: "Threads", mark: /Barcelona/, android: "chrome" },
  { id: "facebook", name: "Facebook", mark: /FBA[NV]\/|FB_IAB|FB4A|FBIOS/, android: "chrome" },
  { id: "x", name: "X", mark: /TwitterAndroid|Twitter for /, android: "chrome" },
  { id: "tiktok", name: "TikTok", mark: /BytedanceWebview|musical_ly|\btrill_/i, android: "chrome" },
  { id: "snapchat", name: "Snapchat", mark: /Snapchat/i, android: "chrome" },
  { id: "wechat", name: "WeChat", mark: /MicroMessenger/i },
  // Android marks its webviews; those of iOS lack the Safari that browsers have.
  { id: "webview", name: "WebView", mark: /; wv\)|\((?:iPhone|iPad|iPod)[^)]*\) AppleWebKit\/(?!.*(?:Safari|CriOS|FxiOS)\/)/ },
];
