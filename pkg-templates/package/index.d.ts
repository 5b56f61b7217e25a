// The public types of `paypair`. The launcher is checked against this file, so it cannot drift from it.

/** Which gateway takes the payment. */
export type Gateway = "payple" | "payletter" | "payletter_global";

/**
 * Where the payment window stands: its own browser window, a layer over the page, or the page itself.
 * `auto` asks the gateway and the device: Payple opens a layer on a desktop and a window on a phone,
 * Payletter a window on a desktop and the page itself on a phone.
 */
export type Layout = "auto" | "popup" | "layer" | "redirect";

/** Language of messages and of the texts around the window. */
export type Locale = "ko" | "en";

declare const kind: unique symbol;

/** A type that remembers what it stands for. A plain text or number is taken for it, one kind is not taken for another. */
type Kind<Name extends string> = { readonly [kind]?: Name };

/** The merchant's own name of an order. */
export type OrderId = string & Kind<"OrderId">;

/** Opens one order to one page. Never put it into a URL. */
export type ClientSecret = string & Kind<"ClientSecret">;

/** An amount as text, never a number: `"10000"`, `"12.50"`. */
export type DecimalText = string & Kind<"DecimalText">;

/** An amount in whole won. */
export type Won = number & Kind<"Won">;

/** What the merchant's server answers when it has registered an order (`POST /orders`). */
export interface Order {
  orderId: OrderId;
  /** Opens this one order to this one page. Never put it into a URL. */
  clientSecret: ClientSecret;
  /** Lets `auto` choose the window; known to whoever made the order. */
  gateway?: Gateway;
}

/** An order, or the call that makes one: the window opens before it is awaited. */
export type OrderSource = Order | (() => Order | Promise<Order>);

export interface CheckoutConfig {
  /** Where the verifier is mounted, for example `/pay`. */
  server: string;
  /** Default: the page's language, Korean if it says none. */
  locale?: Locale;
  /** Default: `auto`. */
  layout?: Layout;
  /**
   * `webview` for a page inside an app: nothing opens a second window there, and `auto` means the page itself.
   * Default: `browser`.
   */
  environment?: "browser" | "webview";
}

/** `opening`: the attempt is being prepared; `paying`: the buyer is in the window; `checking`: the server verifies. */
export type PaymentState = "opening" | "paying" | "checking";

export interface PayOptions {
  layout?: Layout;
  gateway?: Gateway;
  /**
   * More about the buyer for the payment window: friendly names (`customerName`, `customerPhone`,
   * `customerEmail`, `custom1`, ..) or raw `PCD_*`. What the server owns (amount, order id, keys) is refused.
   */
  fields?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  onResult?: (outcome: Outcome) => void;
  onError?: (error: PaypairError) => void;
  onState?: (state: PaymentState) => void;
  /**
   * Takes the window away and rejects with `aborted`, the signal's reason as its `cause`. It cancels nothing at the
   * gateway: the server goes on settling the order, and `resume()` or the server tells how it ended.
   */
  signal?: AbortSignal;
  /**
   * Milliseconds from the click. After them the window is closed, as if the buyer had done it, and the promise resolves
   * with what the server knows by then: often `pending`. Rejects with `order_failed` if there is no order by then.
   */
  deadline?: number;
}

export type ResumeOptions = Pick<PayOptions, "onResult" | "onError" | "onState" | "signal">;

/** Hears how payments come along. `orderId` is not there yet while the order is being made. */
export type StateListener = (state: PaymentState, about: { orderId?: OrderId }) => void;

export interface ReceiptOptions {
  /** The receipt of what was paid (default), or the page where the buyer has a cash receipt issued. */
  kind?: "receipt" | "cash_receipt";
  /** What a cash receipt is for. Default: the buyer says so on the page. */
  purpose?: "buyer_says" | "tax_deduction" | "proof_of_expense";
  /** For a cash receipt of an amount without tax. */
  taxExcluded?: boolean;
}

export interface Checkout {
  /**
   * Opens the payment window at once, so call it inside the click, and resolves with what the **server** decided.
   * A second call for the same order brings its window to the front and returns the same promise; the `signal` of either
   * call ends it, and its `deadline`, `fields` and `onState` count for nothing. Any call is such a second one while the first one's
   * order is still being made, for nobody knows yet which order that is. While this page is offline an open payment waits.
   */
  pay(order: OrderSource, options?: PayOptions): Promise<Outcome>;
  /** On the result page, after a redirect: the outcome of the order this tab left with, `null` if there was none. */
  resume(options?: ResumeOptions): Promise<Outcome | null>;
  /**
   * Shows the buyer the gateway's own page of an order: its receipt, or a cash receipt to be issued. Call it inside the
   * click: the window opens at once. Where windows are refused this page goes there itself.
   * Rejects with `receipt_not_offered` where the gateway has no such page for this order.
   */
  openReceipt(order: Order, options?: ReceiptOptions): Promise<void>;
  /**
   * Loads the WebAssembly core ahead of the click. Optional: `pay` never waits for it to open the window.
   * Rejects with `core_unavailable`; such a page can pay all the same, by the server's launch page.
   */
  preload(): Promise<void>;
  /** Hears every state of every payment that this checkout starts or resumes. Returns what ends it. */
  on(event: "state", listener: StateListener): () => void;
}

interface OutcomeBase {
  orderId: OrderId;
  /** The ledger's own word for where the attempt stands; `status` is what to act on. */
  state: string;
  /** Counts from 1; 0 before the first. */
  attempt: number;
  productName: string;
  /** Decimal text, never a number: `"10000"`, `"12.50"`. */
  amount?: DecimalText;
  /** ISO 4217 code, for example `KRW`. */
  currency?: string;
  method?: string;
  card?: { name: string; number: string };
  /** False while the server may still learn more. */
  final: boolean;
}

/** Why it did not become a payment. */
export interface Reason {
  code: string;
  message: { ko: string; en: string };
  gatewayCode?: string;
  gatewayMessage?: string;
}

export interface VirtualAccount {
  bankName: string;
  accountNo: string;
  holder: string;
  expiresAt: string;
}

/** Money was taken and the server has evidence of it. The only status to deliver goods on. */
export interface Paid extends OutcomeBase {
  status: "paid";
  paidAt?: string;
}
/** A virtual account waits for the buyer's transfer. */
export interface AwaitingDeposit extends OutcomeBase {
  status: "awaiting_deposit";
  virtualAccount?: VirtualAccount;
}
/** A card was registered; no money moved. The server holds the key. */
export interface Registered extends OutcomeBase {
  status: "registered";
}
/** Not known yet; the server goes on asking the gateway. */
export interface Pending extends OutcomeBase {
  status: "pending";
  reason?: Reason;
}
/** No payment; a new attempt may be made. */
export interface NotPaid extends OutcomeBase {
  status: "declined" | "cancelled" | "expired";
  reason?: Reason;
}
/** Money may have moved: do not ask the buyer to pay again. The server or a person settles it. */
export interface Unclear extends OutcomeBase {
  status: "in_doubt" | "review";
  reason?: Reason;
}

/** What became of a payment, by the server's evidence. Switch on `status`. */
export type Outcome = Paid | AwaitingDeposit | Registered | Pending | NotPaid | Unclear;

/** What to act on; closed, so that a `switch` over it can be checked for being complete. */
export type OutcomeStatus = Outcome["status"];

/** What the browser half finds out by itself. */
export type OwnCode =
  /** The call that makes the order threw, or was not done at the deadline; its own error is the `cause`. */
  | "order_failed"
  | "order_incomplete"
  /** `signal` was aborted; its reason is the `cause`. */
  | "aborted"
  | "server_unreachable"
  | "answer_unreadable"
  /** There is no page here, as on a server. */
  | "window_unavailable"
  /** The WebAssembly core cannot be loaded or started. */
  | "core_unavailable"
  /** `paypair/slim` was not given its wasm. */
  | "core_missing"
  /** The server is newer than this package; what it said stands in `serverCode`. */
  | "unknown_code";

/** What the verifier answers a page. */
export type AnswerCode =
  | "body_too_large"
  | "body_too_slow"
  | "body_unreadable"
  | "busy"
  | "fields_invalid"
  | "gateway_down"
  | "gateway_not_configured"
  | "gateway_refused"
  | "headers_too_large"
  | "internal"
  | "method_not_allowed"
  | "not_found"
  | "not_now"
  | "options_unreadable"
  | "order_exists"
  | "order_source_down"
  | "order_unknown"
  | "origin_refused"
  | "phone_only"
  | "receipt_not_offered"
  | "too_many_requests"
  | "unauthorized";

/** What is wrong with a field that the page has named. */
export type FieldCode =
  | "amount_malformed"
  | "amount_too_large"
  | "amount_too_precise"
  | "amount_too_small"
  | "field_forbidden_character"
  | "field_has_emoji"
  | "field_missing"
  | "field_not_allowed"
  | "field_not_digits"
  | "field_not_email"
  | "field_owned_by_server"
  | "field_too_long"
  | "field_too_short"
  | "name_unknown"
  | "secret_in_page";

/** Every code an error of this entry can have. */
export type ErrorCode = OwnCode | AnswerCode | FieldCode;

/** Why a call could not be carried out. A payment that was refused is an `Outcome`, not an error. */
export declare class PaypairError<Code extends string = ErrorCode> extends Error {
  readonly name: "PaypairError";
  readonly code: Code;
  /** The option or field at fault. */
  readonly field?: string;
  /** With `unknown_code`: the code as the server said it. */
  readonly serverCode?: string;
  readonly cause?: unknown;
  constructor(code: Code, message: string, more?: { field?: string; serverCode?: string; cause?: unknown });
}

/** Tells our errors from others, also across frames and duplicate copies of the package. */
export declare function isPaypairError<Code extends string = ErrorCode>(value: unknown): value is PaypairError<Code>;

export declare function createCheckout(config: CheckoutConfig): Checkout;

/** Payple's payment window object by friendly names, for pages that still call `PaypleCpayAuthCheck` themselves. */
export interface PaypleFriendly {
  amount?: Won | DecimalText;
  [name: string]: string | number | boolean | null | undefined;
}

/** Builds the `PCD_*` object by the same table the server checks with; raw `PCD_*` keys pass through. */
export declare function paypleObject(friendly: PaypleFriendly): Promise<Record<string, string>>;

// What is not exported above is nobody else's.
export {};
