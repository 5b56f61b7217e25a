// `intent://HOST/PATH#Intent;scheme=..;package=..;S.browser_fallback_url=..;end`. Only the link, the package and the fallback
// are taken: flags, actions and extras are never a page's to decide. The same rules as the Rust core's `intent.rs`.

import type { AppNavigation, BlockedReason, Navigation, Platform } from "../../package/webview.js";
import { only, placeOfPackage } from "./apps.js";
import { blocked, link, resolveNavigation, store, web } from "./navigation.js";
import { decoded, hasControl, isPackage, isWeb, lowerCase, splitScheme, trim } from "./url-text.js";

/** What is taken from the parameters. */
interface Intent {
  scheme?: string;
  package?: string;
  /** http or https. */
  fallback?: string;
}

const MARK = "#Intent;";

/** Google Play, as a package. */
const STORE = "com.android.vending";

/** What follows `intent:`. */
export function resolveIntent(rest: string, platform: Platform): Navigation {
  // The last one counts, as on Android; an intent within an intent is nobody's honest link.
  const at = rest.lastIndexOf(MARK);
  if (at < 0 || rest.indexOf(MARK) !== at) return blocked("malformed");
  const intent = read(rest.slice(at + MARK.length));
  if (typeof intent === "string") return blocked(intent);
  const target = targetOf(intent, rest.slice(0, at));
  if (target === undefined) return withoutTarget(intent, platform);
  const opened = open(target, platform);
  if (opened.kind === "app") return complete(intent, opened, platform);
  if (opened.kind === "blocked" && opened.reason === "other_platform") return withoutTarget(intent, platform);
  // `about:blank` in a browser is of no use to anybody.
  return opened.kind === "web" ? blocked("unsafe_scheme") : opened;
}

/** The link inside, on its own. A page is meant for a browser outside the webview. */
function open(target: string, platform: Platform): Navigation {
  const parts = splitScheme(target);
  if (!parts) return blocked("malformed");
  const found = link(target, parts[0], parts[1], platform);
  return found.kind === "web" && isWeb(parts[0]) ? store(target, undefined) : found;
}

/** Nothing to open: the app's place in the store, else the page that the link names. */
function withoutTarget(intent: Intent, platform: Platform): Navigation {
  const { storeUrl, fallbackUrl, name } = complete(intent, { kind: "app", url: "" }, platform);
  if (storeUrl) return { kind: "app", url: storeUrl, ...only({ fallbackUrl, name }) };
  return fallbackUrl ? { kind: "fallback", url: fallbackUrl } : blocked("malformed");
}

/** Reads `key=value;..;end`. A missing `end` is forgiven: card companies forget it. */
function read(parameters: string): Intent | BlockedReason {
  const intent: Intent = {};
  for (const part of parameters.split(";").map(trim)) {
    const equals = part.indexOf("=");
    const key = equals < 0 ? part : part.slice(0, equals);
    const value = equals < 0 ? "" : decoded(part.slice(equals + 1));
    if (key === "end") break;
    if (key === "component" || key === "SEL") return "intent_component";
    if (key === "scheme") {
      if (splitScheme(`${value}:`)?.[1] !== "") return "malformed";
      intent.scheme = value;
    }
    // The store itself is where apps come from, not the app that is meant.
    if (key === "package") intent.package = isPackage(value) && value !== STORE ? value : undefined;
    if (key === "S.browser_fallback_url") intent.fallback = fallbackOf(value);
  }
  return intent;
}

/** The link inside. Some pages write its scheme twice, some only before the `://`. */
function targetOf({ scheme }: Intent, data: string): string | undefined {
  const own = splitScheme(data)?.[0];
  if (scheme !== undefined && (own === undefined || lowerCase(own) !== lowerCase(scheme))) return `${scheme}:${data}`;
  return own === undefined ? undefined : data;
}

/** A link with what the intent says of its app, which is newer than any table, and of the way without it. */
function complete(intent: Intent, app: AppNavigation, platform: Platform): AppNavigation {
  const said = placeOfPackage(intent.package, platform);
  // A fallback may be the app's page in the store.
  const page = intent.fallback === undefined ? undefined : resolveNavigation(intent.fallback, { platform });
  const storeUrl = page?.kind === "app" ? page.url : said.storeUrl ?? app.storeUrl;
  const fallbackUrl = page?.kind === "app" ? undefined : intent.fallback;
  return {
    kind: "app",
    url: app.url,
    ...only({ package: said.package ?? app.package, storeUrl, fallbackUrl, name: app.name ?? said.name }),
  };
}

/** Only a page can be a fallback: a link to run or to open would come round the checks. */
function fallbackOf(text: string): string | undefined {
  const url = trim(text);
  const parts = splitScheme(url);
  if (!parts || !isWeb(parts[0]) || hasControl(url)) return undefined;
  return web(url, parts[1], "android").kind === "blocked" ? undefined : url;
}
