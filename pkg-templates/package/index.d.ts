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

/** What the merchant's server answers when it has registered an order (`POST /orders`). */
export interface Order {
  orderId: string;
  /** Opens this one order to this one page. Never put it into a URL. */
  clientSecret: string;
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
}

export type ResumeOptions = Pick<PayOptions, "onResult" | "onError" | "onState">;

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
   * A second call for the same order brings its window to the front and returns the same promise.
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
  /** Loads the WebAssembly core ahead of the click. Optional: `pay` never waits for it to open the window. */
  preload(): Promise<void>;
}

interface OutcomeBase {
  orderId: string;
  /** The ledger's own word for where the attempt stands; `status` is what to act on. */
  state: string;
  /** Counts from 1; 0 before the first. */
  attempt: number;
  productName: string;
  /** Decimal text, never a number: `"10000"`, `"12.50"`. */
  amount?: string;
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

/** Codes of the browser half itself. The server's and the field rules' own codes may come too. */
export type ErrorCode =
  | "order_failed"
  | "order_incomplete"
  | "server_unreachable"
  | "answer_unreadable"
  | "window_unavailable"
  | "field_owned_by_server"
  | "secret_in_page"
  | "name_unknown"
  | "receipt_not_offered"
  | (string & {});

/** Why a call could not be carried out. A payment that was refused is an `Outcome`, not an error. */
export declare class PaypairError extends Error {
  readonly name: "PaypairError";
  readonly code: ErrorCode;
  /** The option or field at fault. */
  readonly field?: string;
  constructor(code: ErrorCode, message: string, more?: { field?: string; cause?: unknown });
}

/** Tells our errors from others, also across frames and duplicate copies of the package. */
export declare function isPaypairError(value: unknown): value is PaypairError;

export declare function createCheckout(config: CheckoutConfig): Checkout;

/** Payple's payment window object by friendly names, for pages that still call `PaypleCpayAuthCheck` themselves. */
export interface PaypleFriendly {
  [name: string]: string | number | boolean | null | undefined;
}

/** Builds the `PCD_*` object by the same table the server checks with; raw `PCD_*` keys pass through. */
export declare function paypleObject(friendly: PaypleFriendly): Promise<Record<string, string>>;
