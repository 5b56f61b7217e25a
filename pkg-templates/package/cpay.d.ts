// `import "paypair/cpay"` (or a script tag) defines these globals, as Payple's own script does.

/** What the callback gets: Payple's own fields, their values strings, and with a verifier behind the page its word. */
export interface PaypleResult {
  PCD_PAY_RST: "success" | "error" | "close";
  PCD_PAY_MSG?: string;
  PCD_PAY_CODE?: string;
  PCD_PAY_OID?: string;
  PCD_PAY_TOTAL?: string;
  /** In verified mode: what the server decided. */
  paypair?: import("./index.js").Outcome;
  [field: string]: unknown;
}

/** Payple's object, of any generation. Of several ways to authenticate the first counts, in the order in which they stand here. */
export interface PaypleObject {
  /** With `PCD_PAY_URL`: the page's server has asked auth.php itself. */
  PCD_AUTH_KEY?: string;
  PCD_PAY_URL?: string;
  payple_auth_file?: string;
  payple_dir_path?: string;
  /** Means something to a gateway only: a script tag outside verified mode names a file for it, `data-auth`. */
  clientKey?: string;
  callbackFunction?: ((result: PaypleResult) => unknown) | string;
  [field: string]: unknown;
}

declare global {
  /** Resolves when the callback has run, or when there is none to run. */
  function PaypleCpayAuthCheck(object: PaypleObject): Promise<void>;
  function PaypleLinkCpayAuthCheck(object: PaypleObject): Promise<void>;
  function PaypleCpayPopup(object: PaypleObject, url?: string): Promise<void>;
  function MainBodyAction(action: string): void;
  /** Pages call them either way. */
  interface Window {
    PaypleCpayAuthCheck: typeof PaypleCpayAuthCheck;
    PaypleLinkCpayAuthCheck: typeof PaypleLinkCpayAuthCheck;
    PaypleCpayPopup: typeof PaypleCpayPopup;
    MainBodyAction: typeof MainBodyAction;
  }
}
