import type { ErrorCode, Locale, PaypairError as Public } from "../../package/index.js";
import type { Trouble } from "./failed.js";
import { textsOf } from "./texts.js";

export class PaypairError extends Error implements Public {
  override readonly name = "PaypairError";
  readonly code: ErrorCode;
  readonly field?: string;

  constructor(code: ErrorCode, message: string, more: { field?: string; cause?: unknown } = {}) {
    super(message, more);
    this.code = code;
    if (more.field) this.field = more.field;
  }
}

/** By name and code, because `instanceof` fails across frames and duplicate copies. */
export function isPaypairError(value: unknown): value is PaypairError {
  const seen = value as Partial<PaypairError> | null;
  return typeof seen === "object" && seen?.name === "PaypairError" && typeof seen.code === "string";
}

/** What the core rejects with, and the calls without it, is a plain object: the class lives here. */
export function toPaypairError(thrown: unknown, locale: Locale): PaypairError {
  if (isPaypairError(thrown)) return thrown;
  const told = thrown as Trouble | undefined;
  const { code, message, field, cause }: Trouble = typeof told?.code === "string" ? told : { code: "answer_unreadable", cause: thrown };
  const own: Readonly<Record<string, string>> = textsOf(locale);
  return new PaypairError(code, message ?? own[code] ?? code, { field, cause });
}
