// `import "paypair/cpay"` (or a script tag) defines these globals, as Payple's own script does.

/** What the callback gets: Payple's own fields, every value a string. */
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

/** Payple's object, of any generation that names a `payple_auth_file` or stands in verified mode. */
export interface PaypleObject {
  payple_auth_file?: string;
  payple_dir_path?: string;
  callbackFunction?: ((result: PaypleResult) => unknown) | string;
  [field: string]: unknown;
}

declare global {
  interface Window {
    /** Resolves when the callback has run, or when there is none to run. */
    PaypleCpayAuthCheck(object: PaypleObject): Promise<void>;
    PaypleCpayPopup(object: PaypleObject, url?: string): Promise<void>;
    MainBodyAction(action: string): void;
  }
}
