// A payment in a React Native app: one webview that lets card apps in and out.

import { useEffect, useState } from "react";
import { Alert, Linking, Platform } from "react-native";
import { WebView } from "react-native-webview";
import { appReturnPage, resolveNavigation } from "paypair/webview";

// As in `options.inApp` of the order; the scheme is the app's own.
const RETURN_URL = "myshop://ISPSuccess/";
const CANCEL_URL = "myshop://ISPCancel/";
// The shop's page for results: the payment is over, however it went.
const RESULT_PAGE = "https://shop.example/result.html";

const platform = Platform.OS === "ios" ? "ios" : "android";

interface Props {
  /** Of the order, from your server. */
  launchUrl: string;
  /** Ask your server now what became of the order. */
  onEnd: () => void;
}

export function Payment({ launchUrl, onEnd }: Props) {
  const [page, setPage] = useState(launchUrl);

  // ISP and banks come back by a link of the app; its page goes into the same webview.
  function comeBack(url: string): boolean {
    const next = appReturnPage(url, RETURN_URL) ?? appReturnPage(url, CANCEL_URL);
    if (next) setPage(next);
    return next !== null;
  }

  useEffect(() => {
    const listener = Linking.addEventListener("url", ({ url }) => comeBack(url));
    return () => listener.remove();
  }, []);

  async function leave(url: string, fallbackUrl?: string, storeUrl?: string) {
    try {
      // Not canOpenURL: it knows listed apps only.
      await Linking.openURL(url);
    } catch {
      if (fallbackUrl) setPage(fallbackUrl);
      else if (storeUrl) await Linking.openURL(storeUrl);
      else Alert.alert("결제에 필요한 앱이 설치되어 있지 않습니다.");
    }
  }

  function follow(url: string): boolean {
    if (comeBack(url)) return false;
    const link = resolveNavigation(url, { platform });
    if (link.kind === "app") void leave(link.url, link.fallbackUrl, link.storeUrl);
    if (link.kind === "fallback") setPage(link.url);
    return link.kind === "web";
  }

  return (
    <WebView
      source={{ uri: page }}
      // Anything narrower is opened outside before it is asked about.
      originWhitelist={["*"]}
      onShouldStartLoadWithRequest={({ url }) => follow(url)}
      onNavigationStateChange={({ url }) => url.startsWith(RESULT_PAGE) && onEnd()}
      // Gateways open windows; here they stay in this one.
      setSupportMultipleWindows={false}
      sharedCookiesEnabled
      thirdPartyCookiesEnabled
    />
  );
}
