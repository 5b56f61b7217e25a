import type { Call } from "#core";
import type {
  Checkout,
  CheckoutConfig,
  Locale,
  Order,
  OrderSource,
  Outcome,
  PayOptions,
  ReceiptOptions,
  ResumeOptions,
} from "../../package/index.js";
import { loadCore } from "#load-core";
import { loadPlain } from "../load-plain.js";
import { toPaypairError } from "./error.js";
import { failed, type Trouble } from "./failed.js";
import { chooseLayout, device } from "./layout.js";
import { forget, recall, remember, type Remembered } from "./memory.js";
import { openReceipt } from "./receipt.js";
import { localeOf, textsOf } from "./texts.js";
import { noView, nothing, openView, type View } from "./view.js";

interface Flight {
  view: View;
  promise: Promise<Outcome>;
}

/**
 * Payments on their way, by order; without a key the one whose order is still being made. The whole page shares them,
 * however many checkouts it made.
 */
const flights = new Map<string | undefined, Flight>();

export function createCheckout(config: CheckoutConfig): Checkout {
  const server = config.server.replace(/\/+$/, "");
  return {
    pay: (order, options = {}) => report(pay(server, config, order, options), options),
    resume: (options = {}) => resume(server, localeOf(config.locale), options),
    openReceipt: (order, options = {}) => receipt(server, localeOf(config.locale), order, options),
    preload: async () => void (await loadCore()),
  };
}

function pay(server: string, config: CheckoutConfig, source: OrderSource, options: PayOptions): Promise<Outcome> {
  const locale = localeOf(config.locale);
  if (typeof window === "undefined") return Promise.reject(toPaypairError(NO_WINDOW, locale));
  const order = typeof source === "function" ? undefined : source;
  const known = flights.get(order?.orderId);
  if (known) {
    known.view.focus();
    return known.promise;
  }
  const layout = chooseLayout(options.layout ?? config.layout ?? "auto", options.gateway ?? order?.gateway, device());
  // Nothing may be awaited above this line: the browser opens windows only inside the click.
  const view = openView(layout, textsOf(locale));
  const flight: Flight = { view, promise: fly(server, source, options, locale, view) };
  flights.set(order?.orderId, flight);
  const landed = () => {
    for (const [id, other] of flights) if (other === flight) flights.delete(id);
  };
  flight.promise.then(landed, landed);
  return flight.promise;
}

async function fly(server: string, source: OrderSource, options: PayOptions, locale: Locale, view: View): Promise<Outcome> {
  options.onState?.("opening");
  const loading = loadCore().catch(() => null);
  try {
    const order = complete(await made(source).catch(failed("order_failed")));
    const earlier = settleOrdering(order.orderId, view);
    if (earlier) return await earlier;
    const able = (await loading) ?? (await loadPlain());
    return (await able.pay(call(server, order, options, locale, view))) as Outcome;
  } catch (error) {
    throw toPaypairError(error, locale);
  } finally {
    view.done();
  }
}

/** The order is known now. If it is on its way already, this window was one too many. */
function settleOrdering(orderId: string, view: View): Promise<Outcome> | undefined {
  const earlier = flights.get(orderId);
  if (earlier && earlier.view !== view) {
    view.done();
    earlier.view.focus();
    return earlier.promise;
  }
  const ordering = flights.get(undefined);
  if (ordering?.view === view) {
    flights.set(orderId, ordering);
    flights.delete(undefined);
  }
  return undefined;
}

const made = async (source: OrderSource) => (typeof source === "function" ? source() : source);

function complete(order: Order): Order {
  if (!order?.orderId || !order.clientSecret) throw { code: "order_incomplete" } satisfies Trouble;
  return order;
}

async function receipt(server: string, locale: Locale, order: Order, options: ReceiptOptions): Promise<void> {
  try {
    if (typeof window === "undefined") throw NO_WINDOW;
    // Nothing is awaited up to here and into it: the browser opens windows only inside the click.
    await openReceipt(server, complete(order), options, locale);
  } catch (error) {
    throw toPaypairError(error, locale);
  }
}

async function resume(server: string, locale: Locale, options: ResumeOptions): Promise<Outcome | null> {
  const order = recall();
  return order && report(recover(server, order, options, locale), options);
}

async function recover(server: string, order: Remembered, options: ResumeOptions, locale: Locale): Promise<Outcome> {
  try {
    const able = await loadCore().catch(loadPlain);
    return (await able.resume(call(server, order, options, locale, noView))) as Outcome;
  } catch (error) {
    throw toPaypairError(error, locale);
  }
}

function call(server: string, order: Remembered, options: PayOptions, locale: Locale, view: View): Call {
  return {
    ...{ server, orderId: order.orderId, clientSecret: order.clientSecret, locale, view, forget },
    device: device(),
    fields: options.fields ?? {},
    remember: () => remember(order),
    state: (state) => options.onState?.(state),
  };
}

/** The callbacks beside the promise; who leaves out `onError` catches on the promise. */
function report(promise: Promise<Outcome>, { onResult, onError }: ResumeOptions): Promise<Outcome> {
  if (onResult || onError) promise.then(onResult, onError ?? nothing);
  return promise;
}

const NO_WINDOW: Trouble = { code: "window_unavailable" };
