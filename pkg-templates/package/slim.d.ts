// The types of `paypair/slim`: the main entry, but the wasm comes from the page (`paypair/core.wasm`).

import type { Checkout, CheckoutConfig } from "./index.js";

/**
 * An address of `paypair/core.wasm`, its bytes, or the module that a bundler made of it (`object`, because
 * TypeScript's own type of a module is empty and would take a number).
 */
export type CoreSource = string | URL | BufferSource | (WebAssembly.Module & object);

export interface SlimConfig extends CheckoutConfig {
  wasm: CoreSource;
}

/** Like the main entry's. All checkouts of a page share one core, so `paypleObject` too works once there is one. */
export declare function createCheckout(config: SlimConfig): Checkout;

// All else is the main entry's. A name that is declared here stands before one of these.
export * from "./index.js";
