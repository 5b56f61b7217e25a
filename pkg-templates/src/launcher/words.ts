import type { Locale } from "../../package/index.js";
import type { Words } from "./error.js";

/** Sentences that no click waits for; those it may need at once are in `texts.ts`. */
const WORDS = {
  ko: {
    order_incomplete: "주문에 orderId와 clientSecret이 필요합니다.",
    server_unreachable: "결제 서버에 연결하지 못했습니다.",
    answer_unreadable: "결제 서버의 응답을 읽을 수 없습니다.",
    window_unavailable: "결제창은 브라우저에서만 열 수 있습니다.",
    core_unavailable: "결제 모듈(WebAssembly)을 시작하지 못했습니다.",
    unknown_code: "결제 서버가 요청을 처리하지 못했습니다.",
  },
  en: {
    order_incomplete: "An order needs orderId and clientSecret.",
    server_unreachable: "The payment server cannot be reached.",
    answer_unreadable: "The payment server's answer cannot be read.",
    window_unavailable: "Only a browser can open a payment window.",
    core_unavailable: "The WebAssembly core could not be started.",
    unknown_code: "The payment server could not do this.",
  },
} as const;

export const wordsOf = (locale: Locale): Words => WORDS[locale];
