// The types of `paypair/sandbox`: the simulated gateways, from a test in Node. The program `paypair` does the simulating.
// What it takes and answers is written as its control API writes it (docs/sandbox.md), so that there is one list of names.

import type { Gateway, PaypairError } from "./index.js";

export type { Gateway };
export { PaypairError } from "./index.js";

/** Why a sandbox did not start, or did not do what it was told. */
export type SandboxCode =
  | "program_missing"
  | "sandbox_ended"
  | "sandbox_late"
  | "sandbox_unreachable"
  | "answer_unreadable"
  | "act_unknown"
  | "billing_key_unknown"
  | "body_malformed"
  | "fault_unknown"
  | "not_allowed"
  | "nothing_to_deliver"
  | "nothing_to_do";

export declare function isPaypairError<Code extends string = SandboxCode>(value: unknown): value is PaypairError<Code>;

export interface SandboxConfig {
  /** Path of the program `paypair`. Default: `PAYPAIR_PROGRAM`, else the first one on the `PATH`. */
  program?: string;
  /** Default: a free one. */
  port?: number;
  /** The same seed gives the same ids for the same calls. */
  seed?: number;
  /** The clock stands still at this instant, until `advance` puts it forward. */
  clock?: string;
  /** Seconds until an unacknowledged callback is sent again. */
  resendEvery?: number;
  /** Hosts that callbacks may go to besides this machine. */
  callbackHosts?: readonly string[];
  /** Further arguments of `paypair sandbox`. */
  args?: readonly string[];
  /** How long to wait for it to be ready. Default: 10,000. */
  timeoutMs?: number;
}

/** What can befall a payment. The sandbox's own list, with what each does, is at `faults()`. */
export type FaultName =
  | "callback_before_return" | "return_before_callback" | "callback_never" | "callback_late" | "callback_twice"
  | "callback_without_hash" | "callback_bad_hash" | "callback_other_order" | "return_never" | "opener_severed"
  | "paid_after_close" | "wrong_amount" | "duplicate_transaction" | "bare_error" | "auth_unavailable"
  | "confirm_declined" | "slow_confirm" | "confirm_answer_lost" | "confirm_captures_again" | "charge_declined"
  | "slow_charge" | "charge_answer_lost" | "lookup_lag" | "lookup_unavailable" | "refund_refused" | "cash_receipt_stays"
  | "slow_refund" | "refund_answer_lost";

export interface Fault {
  name: FaultName;
  seconds?: number;
  amount?: string;
}

export interface Script {
  gateway: Gateway;
  /** Default: the next payments, whichever they are. */
  order_id?: string;
  faults: readonly (FaultName | Fault)[];
  /** How many payments it strikes. Default: all. */
  times?: number;
}

export interface BookEntry {
  gateway: Gateway;
  order_id: string;
  transaction_id: string;
  /** Decimal text. */
  amount: string;
  currency: string;
  method: string;
  product_name: string;
  state: string;
  confirms: number;
  refunds: number;
  refunded: string;
  callbacks: number;
  acknowledged: boolean;
  at: string;
}

/** The gateways' own money book: what a test judges by. */
export interface Book {
  payments: BookEntry[];
  calls: Record<string, unknown>[];
  now: string;
}

/** The ways that can be turned while it runs. */
export interface Switches {
  payple_referer: "lax" | "strict";
  payple_partial_cancel: boolean;
  payple_test_marks: boolean;
  payple_webhook: string | null;
  private_api: boolean;
  short_amounts: boolean;
  payletter_clients: { client_id: string; payment_key: string; search_key: string; methods: string[] }[];
}

export interface Delivery {
  url: string;
  status?: number;
  answer: string;
  acknowledged: boolean;
}

export interface Sandbox {
  /** Its address, for example `http://localhost:8081`. */
  readonly url: string;
  /** What stands in the place of each gateway's host. */
  readonly gateways: Readonly<Record<Gateway, string>>;
  /** What befalls the next payments. */
  script(script: Script): Promise<void>;
  /** Sends the callback that is due, now; a deposit that is waited for is made. */
  deliver(gateway: Gateway, orderId: string): Promise<Delivery[]>;
  book(): Promise<Book>;
  faults(): Promise<{ name: FaultName; does: string }[]>;
  options(): Promise<Switches>;
  /** What is named changes, all else stays. */
  setOptions(changes: Partial<Switches>): Promise<Switches>;
  /** Puts the clock forward and answers with the new time. */
  advance(seconds: number): Promise<string>;
  /** Deletes a registered card on Payple's admin page. */
  deleteCard(billingKey: string): Promise<void>;
  /** What happens at Payletter Global without buyer or merchant. */
  act(act: "renew" | "release" | "charge_back" | "cancel" | "finish_refund", orderId: string): Promise<void>;
  /** All as at the start. */
  reset(): Promise<void>;
  /** Ends the program. */
  close(): Promise<void>;
}

/** Starts `paypair sandbox` and resolves when it is ready. It ends with the process that started it. */
export declare function startSandbox(config?: SandboxConfig): Promise<Sandbox>;
