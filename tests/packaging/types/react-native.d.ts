// As much of React Native as the example uses, so that it is type-checked without installing it.

declare module "react" {
  export function useState<T>(first: T): [T, (next: T) => void];
  export function useEffect(effect: () => void | (() => void), on: readonly unknown[]): void;
}

declare module "react/jsx-runtime" {
  export namespace JSX {
    type Element = object;
    interface ElementClass {
      props: object;
    }
    interface ElementAttributesProperty {
      props: object;
    }
    interface IntrinsicElements {}
  }
  export function jsx(type: unknown, props: unknown): JSX.Element;
  export function jsxs(type: unknown, props: unknown): JSX.Element;
}

declare module "react-native" {
  export const Alert: { alert(title: string, message?: string): void };
  export const Linking: {
    openURL(url: string): Promise<unknown>;
    addEventListener(type: "url", handler: (event: { url: string }) => void): { remove(): void };
  };
  export const Platform: { OS: "ios" | "android" | "macos" | "windows" | "web" };
}

declare module "react-native-webview" {
  interface Props {
    source: { uri: string };
    originWhitelist?: string[];
    onShouldStartLoadWithRequest?: (request: { url: string; isTopFrame: boolean }) => boolean;
    onNavigationStateChange?: (event: { url: string; loading: boolean }) => void;
    setSupportMultipleWindows?: boolean;
    sharedCookiesEnabled?: boolean;
    thirdPartyCookiesEnabled?: boolean;
  }
  export class WebView {
    constructor(props: Props);
    props: Props;
  }
}
