// What stands around the snippets of READMEs and docs: the page, the app or the server that a reader has already.

declare const button: HTMLButtonElement;
declare const receiptButton: HTMLButtonElement;
declare const cashReceiptButton: HTMLButtonElement;
declare const openOutside: HTMLButtonElement;
declare const hint: HTMLElement;
declare function show(text: string): void;
/** Out of the webview, into another app. */
declare function leave(url: string, fallbackUrl?: string, storeUrl?: string): void;

declare const checkout: import("paypair").Checkout;
declare const orderId: string;
declare const clientSecret: string;
declare const url: string;
declare const request: Request;
declare const PAYMENT_KEY: string;
declare const WEBHOOK_SECRET: string;
declare function shipOnce(eventId: string, orderId: string): Promise<void>;

/** As the package of that name has it. */
declare module "standardwebhooks" {
  export class Webhook {
    constructor(secret: string | Uint8Array);
    verify(payload: string, headers: Record<string, string>): unknown;
  }
}
