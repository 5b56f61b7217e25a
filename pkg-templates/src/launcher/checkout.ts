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
import { loadCore } from "../load-core.js";
import { fault, toPaypairError } from "./error.js";
import { awaitOutcome, payByLaunchPage } from "./launch-page.js";
import { chooseLayout, device } from "./layout.js";
import { forget, recall, remember, type Remembered } from "./memory.js";
import { openReceipt } from "./receipt.js";
import { localeOf, textsOf } from "./texts.js";
import { noView, openView, type View } from "./view.js";

interface Flight {
  view: View;
  promise: Promise<Outcome>;
}

/** Payments on their way, by order: the whole page shares them, however many checkouts it made. */
const flights = new Map<string, Flight>();
/** A payment whose order is still being made. */
let ordering: Flight | undefined;

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
  if (typeof window === "undefined") return Promise.reject(fault("window_unavailable", locale));
  const known = typeof source === "function" ? ordering : flights.get(source.orderId);
  if (known) {
    known.view.focus();
    return known.promise;
  }
  const gateway = options.gateway ?? (typeof source === "function" ? undefined : source.gateway);
  const layout = chooseLayout(options.layout ?? config.layout ?? "auto", gateway, device());
  // Nothing may be awaited above this line: the browser opens windows only inside the click.
  const view = openView(layout, textsOf(locale));
  const flight: Flight = { view, promise: fly(server, source, options, locale, view) };
  if (typeof source === "function") ordering = flight;
  else flights.set(source.orderId, flight);
  const landed = () => {
    if (ordering === flight) ordering = undefined;
    for (const [id, other] of flights) if (other === flight) flights.delete(id);
  };
  flight.promise.then(landed, landed);
  return flight.promise;
}

async function fly(server: string, source: OrderSource, options: PayOptions, locale: Locale, view: View): Promise<Outcome> {
  options.onState?.("opening");
  const loading = loadCore().catch(() => null);
  try {
    const order = await made(source, locale);
    const earlier = settleOrdering(order.orderId, view);
    if (earlier) return await earlier;
    const core = await loading;
    if (!core) {
      remember(order);
      options.onState?.("paying");
      const outcome = await payByLaunchPage(server, order, view, locale);
      if (outcome.final) forget();
      return outcome;
    }
    return (await core.pay(call(server, order, options, locale, view))) as Outcome;
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
  if (ordering?.view === view) {
    flights.set(orderId, ordering);
    ordering = undefined;
  }
  return undefined;
}

async function made(source: OrderSource, locale: Locale): Promise<Order> {
  const order = await Promise.resolve(typeof source === "function" ? source() : source).catch((cause: unknown) => {
    throw fault("order_failed", locale, cause);
  });
  return complete(order, locale);
}

function complete(order: Order, locale: Locale): Order {
  if (!order?.orderId || !order.clientSecret) throw fault("order_incomplete", locale);
  return order;
}

async function receipt(server: string, locale: Locale, order: Order, options: ReceiptOptions): Promise<void> {
  if (typeof window === "undefined") throw fault("window_unavailable", locale);
  // Up to here and into it nothing is awaited: the browser opens windows only inside the click.
  await openReceipt(server, complete(order, locale), options, locale);
}

async function resume(server: string, locale: Locale, options: ResumeOptions): Promise<Outcome | null> {
  if (typeof window === "undefined") return null;
  const order = recall();
  if (!order) return null;
  return report(recover(server, order, options, locale), options);
}

async function recover(server: string, order: Remembered, options: ResumeOptions, locale: Locale): Promise<Outcome> {
  const view = noView();
  try {
    const core = await loadCore().catch(() => null);
    if (core) return (await core.resume(call(server, order, options, locale, view))) as Outcome;
    options.onState?.("checking");
    const outcome = await awaitOutcome(server, order, { ...view, standing: () => "left" }, locale);
    if (outcome.final) forget();
    return outcome;
  } catch (error) {
    throw toPaypairError(error, locale);
  }
}

function call(server: string, order: Remembered, options: PayOptions, locale: Locale, view: View) {
  return {
    ...{ server, orderId: order.orderId, clientSecret: order.clientSecret, locale, view, forget },
    device: device(),
    fields: options.fields ?? {},
    remember: () => remember(order),
    state: (state: "opening" | "paying" | "checking") => options.onState?.(state),
  };
}

/** The callbacks beside the promise; who leaves out `onError` catches on the promise. */
function report(promise: Promise<Outcome>, { onResult, onError }: ResumeOptions): Promise<Outcome> {
  if (onResult || onError) promise.then(onResult, onError ?? (() => {}));
  return promise;
}
