import type { Locale } from "../../package/index.js";

/** Words around the payment window. What is wrong with a field or an order is said by the core and the server. */
const TEXTS = {
  ko: {
    label: "결제창",
    close: "결제창 닫기",
    show: "결제창 보기",
    paying: "결제창에서 결제를 진행해 주세요.",
    leaving: "결제 페이지로 이동합니다.",
    checking: "결제 결과를 확인하고 있습니다.",
    order_failed: "주문을 만들지 못했습니다.",
    order_incomplete: "주문에 orderId와 clientSecret이 필요합니다.",
    server_unreachable: "결제 서버에 연결하지 못했습니다.",
    answer_unreadable: "결제 서버의 응답을 읽을 수 없습니다.",
    window_unavailable: "결제창은 브라우저에서만 열 수 있습니다.",
  },
  en: {
    label: "Payment window",
    close: "Close payment window",
    show: "Show payment window",
    paying: "Please continue in the payment window.",
    leaving: "Going to the payment page.",
    checking: "Checking your payment.",
    order_failed: "The order could not be made.",
    order_incomplete: "An order needs orderId and clientSecret.",
    server_unreachable: "The payment server cannot be reached.",
    answer_unreadable: "The payment server's answer cannot be read.",
    window_unavailable: "Only a browser can open a payment window.",
  },
} as const;

export type Texts = (typeof TEXTS)[Locale];

/** Korean, unless the page or the caller says otherwise. */
export function localeOf(wanted?: Locale): Locale {
  if (wanted) return wanted;
  return typeof document !== "undefined" && /^en/i.test(document.documentElement.lang) ? "en" : "ko";
}

export const textsOf = (locale: Locale): Texts => TEXTS[locale];
