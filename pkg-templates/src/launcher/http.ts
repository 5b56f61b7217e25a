import type { Locale } from "../../package/index.js";
import { PaypairError, fault } from "./error.js";

interface Refusal {
  error?: { code?: string; field?: string; message?: Partial<Record<Locale, string>> };
}

/** One call to the verifier, for pages where the core cannot run. */
export async function ask<T>(url: string, locale: Locale, init: { secret?: string; method?: string; body?: unknown } = {}): Promise<T> {
  const headers: Record<string, string> = {};
  if (init.secret) headers["paypair-client-secret"] = init.secret;
  if (init.body !== undefined) headers["content-type"] = "application/json";
  const sent = { method: init.method ?? "GET", headers, body: init.body === undefined ? undefined : JSON.stringify(init.body) };
  const response = await fetch(url, sent).catch((cause: unknown) => {
    throw fault("server_unreachable", locale, cause);
  });
  const answer: unknown = await response.json().catch((cause: unknown) => {
    throw fault("answer_unreadable", locale, cause);
  });
  if (response.ok) return answer as T;
  const { code, field, message } = (answer as Refusal).error ?? {};
  if (!code) throw fault("answer_unreadable", locale);
  throw new PaypairError(code, message?.[locale] ?? code, { field });
}
