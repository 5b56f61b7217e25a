import type { ErrorCode, Locale, PaypairError as Public } from "../../package/index.js";
import { type Texts, textsOf } from "./texts.js";

export class PaypairError extends Error implements Public {
  override readonly name = "PaypairError";
  readonly code: ErrorCode;
  readonly field?: string;

  constructor(code: ErrorCode, message: string, more: { field?: string; cause?: unknown } = {}) {
    super(message);
    this.code = code;
    if (more.field) this.field = more.field;
    if (more.cause !== undefined) Object.assign(this, { cause: more.cause });
  }
}

/** By name and code, because `instanceof` fails across frames and duplicate copies. */
export function isPaypairError(value: unknown): value is PaypairError {
  const seen = value as Partial<PaypairError> | null;
  return typeof seen === "object" && seen?.name === "PaypairError" && typeof seen.code === "string";
}

/** An error of the launcher's own, in its own words. */
export function fault(code: keyof Texts & ErrorCode, locale: Locale, cause?: unknown): PaypairError {
  return new PaypairError(code, textsOf(locale)[code], { cause });
}

/** What the core rejects with is a plain object: the class lives here. */
export function toPaypairError(thrown: unknown, locale: Locale): PaypairError {
  if (isPaypairError(thrown)) return thrown;
  const { code, message, field } = (thrown ?? {}) as { code?: string; message?: string; field?: string };
  if (typeof code !== "string") return fault("answer_unreadable", locale, thrown);
  const own: Readonly<Record<string, string>> = textsOf(locale);
  return new PaypairError(code, message ?? own[code] ?? code, { field });
}
