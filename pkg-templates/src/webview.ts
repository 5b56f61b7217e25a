// Entry of webview.js, for apps and in-app browsers. No DOM and no wasm: it runs in React Native as it is.

import type * as Public from "../package/webview.js";
import { appReturnPage } from "./webview/app-return.js";
import { escapeUrl, inAppBrowser } from "./webview/in-app-browser.js";
import { resolveNavigation } from "./webview/navigation.js";

({ appReturnPage, escapeUrl, inAppBrowser, resolveNavigation }) satisfies typeof Public;

export { appReturnPage, escapeUrl, inAppBrowser, resolveNavigation };
