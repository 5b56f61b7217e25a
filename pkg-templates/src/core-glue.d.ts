// What the wasm core exports and what it is handed. The glue itself is generated, without types.

import type { View } from "./launcher/steer.js";
import type { Stand } from "./launcher/view.js";

/** One payment, as the launcher hands it over. */
export interface Request {
  server: string;
  orderId: string;
  clientSecret: string;
  locale: "ko" | "en";
  device: "desktop" | "mobile";
  fields: unknown;
  view: Stand;
  /** Aborted: nobody waits any more. */
  signal: AbortSignal;
  /** Milliseconds that are left, if there is a deadline. */
  deadline: number | undefined;
  state(state: "opening" | "paying" | "checking"): void;
}

/** The same with what is loaded besides the launcher. */
export interface Call extends Request {
  view: View;
  remember(): void;
  forget(): void;
}

/** One call of `PaypleCpayAuthCheck` or `PaypleCpayPopup`. */
export interface DropInCall {
  /** The verifier's mount, or empty: compat. */
  server: string;
  /** Who is asked for the auth of an object that names no file, and the gateway that knows its `clientKey`. */
  auth: string;
  gateway: string;
  /** A window address the page has brought itself; empty: the auth file is asked. */
  action: string;
  /** The merchant's object without its callback. */
  object: Record<string, unknown>;
  locale: "ko" | "en";
  device: "desktop" | "mobile";
  view: View;
  deliver(result: Record<string, unknown>): void;
  /** The window is taken away: nobody waits any more. */
  over?: boolean;
}

/** Starts the wasm. To be called once. */
export default function init(wasm: BufferSource | WebAssembly.Module): Promise<void>;
export function pay(call: Call): Promise<unknown>;
export function resume(call: Call): Promise<unknown>;
export function payple_object(friendly: unknown, locale: string): Record<string, string>;

/** A page's object, read by the tables. */
export interface ReadObject {
  /** What goes to the window. */
  fields: [string, string][];
  /** What to say instead of opening it. */
  fault?: string;
}

export function page_object(object: Record<string, unknown>): ReadObject;
/** One call in verified mode. */
export function drop_in(call: DropInCall): Promise<void>;
