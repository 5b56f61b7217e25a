import type { Locale } from "../../package/index.js";
import { failed, type Trouble } from "./failed.js";

interface Refusal {
  error?: { code?: string; retryable?: boolean; field?: string; message?: Partial<Record<Locale, string>> };
}

interface Init {
  secret?: string;
  method?: string | undefined;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** One call to the verifier, without the core. Throws a `Trouble`. */
export async function ask<T>(url: string, locale: Locale, init: Init = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (init.secret) headers["paypair-client-secret"] = init.secret;
  if (init.body !== undefined) headers["content-type"] = "application/json";
  const body = init.body === undefined ? undefined : JSON.stringify(init.body);
  const sent = { method: init.method ?? "GET", headers, body, signal: init.signal ?? null };
  const response = await fetch(url, sent).catch(failed("server_unreachable"));
  const answer: unknown = await response.json().catch(failed(response.status < 500 ? "answer_unreadable" : "server_unreachable"));
  if (response.ok) return answer as T;
  const { code, retryable, field, message } = (answer as Refusal).error ?? {};
  throw { code: code ?? "answer_unreadable", serverCode: code, retryable, message: message?.[locale], field } satisfies Trouble;
}
