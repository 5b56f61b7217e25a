import type { Locale } from "../../package/index.js";

/** Words around the payment window, and for what may go wrong before anything else is loaded; the rest are in `words.ts`. */
const TEXTS = {
  ko: {
    label: "결제창",
    close: "결제창 닫기",
    show: "결제창 보기",
    paying: "결제창에서 결제를 진행해 주세요.",
    leaving: "결제 페이지로 이동합니다.",
    checking: "결제 결과를 확인하고 있습니다.",
    order_failed: "주문을 만들지 못했습니다.",
    server_unreachable: "결제 서버에 연결하지 못했습니다.",
    aborted: "결제가 중단되었습니다.",
  },
  en: {
    label: "Payment window",
    close: "Close payment window",
    show: "Show payment window",
    paying: "Please continue in the payment window.",
    leaving: "Going to the payment page.",
    checking: "Checking your payment.",
    order_failed: "The order could not be made.",
    server_unreachable: "The payment server cannot be reached.",
    aborted: "The payment was aborted.",
  },
} as const;

export type Texts = (typeof TEXTS)[Locale];

/** Korean, unless the page or the caller says otherwise. */
export function localeOf(wanted?: Locale): Locale {
  if (wanted) return wanted;
  return typeof document !== "undefined" && /^en/i.test(document.documentElement.lang) ? "en" : "ko";
}

export const textsOf = (locale: Locale): Texts => TEXTS[locale];
