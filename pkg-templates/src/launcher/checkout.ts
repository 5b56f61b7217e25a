import type {
  Checkout,
  CheckoutConfig,
  Locale,
  Order,
  OrderSource,
  Outcome,
  PaymentState,
  PayOptions,
  ResumeOptions,
  StateListener,
} from "../../package/index.js";
import { loadCore } from "#load-core";
import { loadPlain } from "../load-plain.js";
import { aborted, unlessAborted } from "./abort.js";
import { toPaypairError } from "./error.js";
import { failed, type Trouble } from "./failed.js";
import { chooseLayout, device } from "./layout.js";
import { openReceipt } from "./receipt.js";
import { localeOf, textsOf } from "./texts.js";
import { nothing, openView, type Stand } from "./view.js";

/** What one call knows of its checkout. */
export interface About {
  server: string;
  locale: Locale;
  tell(state: PaymentState, orderId?: string): void;
}

interface Flight {
  view: Stand;
  stop: AbortController;
  promise: Promise<Outcome>;
}

/**
 * Payments on their way, by order; without a key the one whose order is still being made. The whole page shares them,
 * however many checkouts it made.
 */
const flights = new Map<string | undefined, Flight>();

export function createCheckout(config: CheckoutConfig): Checkout {
  const server = config.server.replace(/\/+$/, "");
  const listeners = new Set<StateListener>();
  const webview = config.environment === "webview";
  const about = ({ onState }: ResumeOptions = {}): About => ({
    server,
    locale: localeOf(config.locale),
    // Each in a promise of its own: what a listener throws is the page's fault, and no payment's.
    tell: (state, orderId) => [onState, ...listeners].forEach(async (hear) => hear?.(state, { orderId })),
  });
  /** The window of a click, or the one that stands already. Nothing may be awaited here: browsers open windows only inside the click. */
  const flight = (known: About, source: OrderSource, options: PayOptions): Flight => {
    const order = typeof source === "function" ? undefined : source;
    const there = flights.get(order?.orderId);
    there?.view.focus();
    if (there) return there;
    const wanted = options.layout ?? config.layout ?? "auto";
    const layout = chooseLayout(wanted, options.gateway ?? order?.gateway, device(), webview);
    const made = take(known, source, options, openView(layout, textsOf(known.locale)));
    flights.set(order?.orderId, made);
    return made;
  };
  return {
    pay: (source, options = {}) => {
      const known = about(options);
      const { signal } = options;
      const bar = typeof window === "undefined" ? NO_WINDOW : signal?.aborted && aborted(signal);
      if (bar) return report(fault(known.locale)(bar), options);
      const { promise, stop } = flight(known, source, options);
      const end = () => stop.abort(signal!.reason);
      // Making the order may have aborted it already.
      if (signal?.aborted) end();
      signal?.addEventListener("abort", end, { signal: stop.signal });
      return report(promise, options);
    },
    resume: (options = {}) => {
      const known = about(options);
      return report(loadPlain().then((plain) => plain.resumed(known, loadCore, options.signal)).catch(fault(known.locale)), options);
    },
    openReceipt: async (order, options = {}) => {
      const known = about();
      try {
        if (typeof window === "undefined") throw NO_WINDOW;
        // Nothing is awaited up to here and into it, as for a payment.
        await openReceipt(known, complete(order), options, webview);
      } catch (error) {
        await fault(known.locale)(error);
      }
    },
    preload: () => loadCore().then(nothing, fault(about().locale)),
    on: (_, listener) => {
      // A function of its own, so that a listener given twice is ended one by one.
      const hear: StateListener = (...told) => listener(...told);
      listeners.add(hear);
      return () => void listeners.delete(hear);
    },
  };
}

/** A payment whose window stands. Whatever happens, its end is a stop: the window is gone then, and nobody listens any more. */
function take(known: About, source: OrderSource, options: PayOptions, view: Stand): Flight {
  const stop = new AbortController();
  const { signal } = stop;
  const flight = { view, stop } as Flight;
  // At once, not when the promise is heard of: the page may call again right after it has aborted.
  signal.addEventListener("abort", () => {
    view.done();
    for (const [id, other] of flights) if (other === flight) flights.delete(id);
  });
  const flown = unlessAborted(signal, fly(known, source, options, flight));
  flight.promise = flown.finally(() => stop.abort()).catch(fault(known.locale));
  return flight;
}

async function fly({ server, locale, tell }: About, source: OrderSource, options: PayOptions, flight: Flight): Promise<Outcome> {
  const { view } = flight;
  const { signal } = flight.stop;
  const end = Date.now() + (options.deadline ?? NaN);
  tell("opening", (source as Order | null)?.orderId);
  const loading = loadCore().catch(nothing);
  const order = await Promise.race([made(source), late(flight, options.deadline)]).catch(failed("order_failed"));
  const { orderId, clientSecret } = complete(order);
  const earlier = settleOrdering(orderId, flight);
  if (earlier) return earlier;
  const able = (await loading) ?? (await loadPlain());
  const state = (state: PaymentState) => signal.aborted || tell(state, orderId);
  const left = options.deadline && end - Date.now();
  const fields = options.fields ?? {};
  return able.pay({ server, locale, orderId, clientSecret, view, signal, state, device: device(), fields, deadline: left });
}

/** The order is known now. If it is on its way already, this window was one too many. */
function settleOrdering(orderId: string, flight: Flight): Promise<Outcome> | undefined {
  const earlier = flights.get(orderId);
  if (earlier && earlier !== flight) {
    flight.view.done();
    earlier.view.focus();
    flight.stop.signal.addEventListener("abort", ({ target }) => earlier.stop.abort((target as AbortSignal).reason));
    return earlier.promise;
  }
  if (flights.get(undefined) === flight) {
    flights.set(orderId, flight);
    flights.delete(undefined);
  }
  return undefined;
}

const made = async (source: OrderSource) => (typeof source === "function" ? source() : source);

/** Rejects at the deadline, with the window closed; the core, once it works, keeps the time itself. Timers know 24 days. */
const late = ({ view, stop }: Flight, deadline = Infinity) =>
  new Promise<never>((_, reject) => {
    const end = () => {
      if (!stop.signal.aborted) view.checking();
      reject(new DOMException("deadline", "TimeoutError"));
    };
    if (deadline < 2 ** 31) setTimeout(end, deadline);
  });

function complete(order: Order): Order {
  if (!order?.orderId || !order.clientSecret) throw { code: "order_incomplete" } satisfies Trouble;
  return order;
}

/** For `catch`: a `PaypairError` of it. */
export const fault =
  (locale: Locale) =>
  async (thrown: unknown): Promise<never> => {
    throw await toPaypairError(thrown, textsOf(locale), async () => (await loadPlain()).wordsOf(locale));
  };

/** The callbacks beside the promise; who leaves out `onError` catches on the promise. */
function report<T extends Outcome | null>(promise: Promise<T>, { onResult, onError }: ResumeOptions): Promise<T> {
  if (onResult || onError) promise.then((outcome) => outcome && onResult?.(outcome), onError ?? nothing);
  return promise;
}

const NO_WINDOW: Trouble = { code: "window_unavailable" };
