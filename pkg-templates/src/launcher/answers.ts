import type { AnswerCode, Locale } from "../../package/index.js";
import type { Trouble } from "./failed.js";
import { wordsOf } from "./words.js";

/** What the server of this package's own version can say to a page. The type checker keeps it complete, a test true. */
const ANSWERS: Record<AnswerCode, 1> = {
  body_too_large: 1,
  body_too_slow: 1,
  body_unreadable: 1,
  busy: 1,
  fields_invalid: 1,
  gateway_down: 1,
  gateway_not_configured: 1,
  gateway_refused: 1,
  headers_too_large: 1,
  internal: 1,
  method_not_allowed: 1,
  not_found: 1,
  not_now: 1,
  options_unreadable: 1,
  order_exists: 1,
  order_source_down: 1,
  order_unknown: 1,
  origin_refused: 1,
  phone_only: 1,
  receipt_not_offered: 1,
  too_many_requests: 1,
  unauthorized: 1,
};

/** For `catch`: the code a page knows, and a sentence. A server that is newer than this page may say what it has never heard. */
export const named =
  (locale: Locale) =>
  (thrown: unknown): never => {
    const { serverCode, ...trouble } = thrown as Trouble;
    const known = ANSWERS[serverCode as AnswerCode] === 1;
    if (serverCode) trouble.code = known ? serverCode : "unknown_code";
    const message = trouble.message ?? wordsOf(locale)[trouble.code ?? ""];
    throw { ...trouble, message, serverCode: known ? undefined : serverCode } satisfies Trouble;
  };
