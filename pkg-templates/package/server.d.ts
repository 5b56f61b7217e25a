// The types of `paypair/server`: the gateways' own rules, for Node, Deno, Bun and edge functions.
//
// It checks, reads and verifies; it calls no gateway and decides no order. That is the server program's (`paypair serve`).

import type { Gateway, PaypairError } from "./index.js";

export type { Gateway };
export { PaypairError } from "./index.js";

/** What the rules say of a field, and of a message that is not believed. */
export type RuleCode =
  | "amount_malformed"
  | "amount_too_large"
  | "amount_too_precise"
  | "amount_too_small"
  | "body_malformed"
  | "currency_malformed"
  | "field_duplicated"
  | "field_forbidden_character"
  | "field_has_emoji"
  | "field_missing"
  | "field_not_allowed"
  | "field_not_ascii"
  | "field_not_date"
  | "field_not_digits"
  | "field_not_email"
  | "field_not_for_method"
  | "field_not_ip"
  | "field_not_time"
  | "field_not_url"
  | "field_out_of_range"
  | "field_too_long"
  | "field_too_short"
  | "hash_mismatch"
  | "hash_missing"
  | "name_unknown"
  | "sandbox_not_local"
  | "secret_in_page"
  | "url_malformed"
  | "url_not_allowed";

/** Every code an error of this entry can have. */
export type ReaderCode = RuleCode | "core_unavailable";

export declare function isPaypairError<Code extends string = ReaderCode>(value: unknown): value is PaypairError<Code>;

/** A body as it arrived. Signatures cover the received bytes, so hand over what was not parsed yet. */
export type Body = string | ArrayBuffer | Uint8Array;

/** One thing that is wrong with a request. */
export interface Wrong {
  /** Our name of the field, or the name that was given if no table has it; empty if it is none's. */
  field: string;
  code: RuleCode;
  message: { ko: string; en: string };
}

/** What a browser brought back. Nobody signed it: it says which order to ask about, and proves nothing. */
export interface Returned {
  says: "succeeded" | "failed" | "closed";
  orderId?: string;
  /** Decimal text, as it came. */
  amount?: string;
  method?: string;
  work?: "confirm_then_pay" | "pay_now" | "register";
  customerId?: string;
  transactionId?: string;
  custom?: string;
  gatewayCode?: string;
  gatewayMessage?: string;
  proven: [];
}

/** Payletter's callback, signed with your payment key. */
export interface Callback {
  orderId: string;
  /** Decimal text, never a number. */
  amount: string;
  currency: string;
  customerId: string;
  transactionId: string;
  method: string;
  custom?: string;
  approvalNo?: string;
  paidAt?: string;
  billingKey?: string;
  cardNumber?: string;
  /** What the signature covers. The order id is **not** among it: compare everything with your order. */
  proven: ("amount" | "customerId" | "transactionId")[];
}

/** A card that was registered at Payletter without a payment. */
export interface Registration {
  orderId: string;
  customerId: string;
  billingKey: string;
  method: string;
  custom?: string;
  cardName?: string;
  cardNumber?: string;
  proven: ("customerId" | "billingKey")[];
}

/** Payletter Global's notification, signed with your API key. */
export interface Notice {
  /** **Not** signed: anything but `paid` needs the sales list besides. */
  event: "paid" | "cancelled" | "charged_back" | "partly_cancelled" | "subscription_created" | "pending" | "billing_key_issued" | "unknown";
  merchantId: string;
  orderId: string;
  amount?: string;
  currency?: string;
  customerId: string;
  transactionId?: string;
  notificationId?: string;
  method?: string;
  custom?: string;
  paidAt?: string;
  billingKey?: string;
  cardNumber?: string;
  sentAt: string;
  proven: ("merchantId" | "currency" | "orderId" | "amount" | "customerId" | "sentAt")[];
}

export interface Reader {
  /** Everything that is wrong with a payment request; empty if the gateway would take it. Names may be ours or the gateway's. */
  check(gateway: Gateway, request: Readonly<Record<string, unknown>>): Wrong[];
  /** Reads the post of a return page, or the object of Payple's callback as JSON. */
  readReturn(gateway: Gateway, body: Body): Returned;
  /** Throws `hash_missing` or `hash_mismatch` unless Payletter signed it. */
  verifyCallback(body: Body, paymentKey: string): Callback;
  /** Only for an order that asked for a registration: which signature applies is your knowledge, not the message's. */
  verifyRegistration(body: Body, paymentKey: string): Registration;
  /** `token_only` for an order that asked for a billing agreement without an amount. */
  verifyNotice(body: Body, apiKey: string, form?: "payment" | "token_only"): Notice;
}

/**
 * Starts the rules. They are inside; where a runtime compiles no bytes (Cloudflare Workers, Vercel Edge), hand over
 * the module that it made of `paypair/server.wasm`. One start for everybody, and a failed one can be tried again.
 */
export declare function loadReader(wasm?: (WebAssembly.Module & object) | BufferSource): Promise<Reader>;
