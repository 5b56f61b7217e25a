import type { Outcome } from "../../package/index.js";
import type { Able } from "./able.js";
import { unlessAborted } from "./abort.js";
import type { About } from "./checkout.js";
import { device } from "./layout.js";
import { recall } from "./memory.js";
import { noView } from "./steer.js";

/** Asks for the order this tab has left with; `plain` does it where the core does not start. */
export async function resumed({ server, locale, tell }: About, signal: AbortSignal, load: () => Promise<Able>, plain: Able): Promise<Outcome | null> {
  const order = recall();
  if (!order) return null;
  const { orderId, clientSecret } = order;
  const state = (state: "opening" | "paying" | "checking") => tell(state, orderId);
  const known = { server, locale, orderId, clientSecret, signal, state };
  const able = load().catch(() => plain);
  const told = able.then(({ resume }) => resume({ ...known, device: device(), fields: {}, view: noView, deadline: undefined }));
  return unlessAborted(signal, told);
}
