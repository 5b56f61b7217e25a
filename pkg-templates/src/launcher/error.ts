import type { ErrorCode, PaypairError as Public } from "../../package/index.js";
import type { Trouble } from "./failed.js";

export class PaypairError<Code extends string = ErrorCode> extends Error implements Public<Code> {
  override readonly name = "PaypairError";
  readonly code: Code;
  readonly field?: string;
  readonly serverCode?: string;
  declare readonly cause?: unknown;

  constructor(code: Code, message: string, { cause, ...more }: { field?: string; serverCode?: string; cause?: unknown } = {}) {
    super(message, { cause });
    this.code = code;
    Object.assign(this, more);
  }
}

/** By name and code, because `instanceof` fails across frames and duplicate copies. */
export function isPaypairError<Code extends string = ErrorCode>(value: unknown): value is PaypairError<Code> {
  const seen = value as Partial<PaypairError> | null;
  return typeof seen === "object" && seen?.name === "PaypairError" && typeof seen.code === "string";
}

export type Words = Readonly<Record<string, string>>;

/**
 * What the core rejects with, and the calls without it, is a plain object: the class lives here. Without a sentence
 * of its own it gets the one of `words` for its code.
 */
export async function toPaypairError(thrown: unknown, words: Words, more: () => Promise<Words>): Promise<PaypairError> {
  if (isPaypairError(thrown)) return thrown;
  const { code = "answer_unreadable", message, ...rest }: Trouble = (thrown as Trouble)?.code ? (thrown as Trouble) : { cause: thrown };
  const told = message ?? words[code] ?? (await more().catch(() => words))[code];
  return new PaypairError(code as ErrorCode, told ?? code, rest);
}
