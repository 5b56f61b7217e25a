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
