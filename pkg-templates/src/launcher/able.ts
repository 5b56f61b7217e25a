import type * as Glue from "#core";
import type { Call, Request } from "#core";
import type { Outcome } from "../../package/index.js";
import { named } from "./answers.js";
import { forget, remember } from "./memory.js";
import { steer } from "./steer.js";

/** What takes a payment for the launcher: the core, or `plain.js` where wasm is refused. */
export interface Able {
  pay(request: Request): Promise<Outcome>;
  resume(request: Request): Promise<Outcome>;
}

export interface Core extends Able {
  payple_object: typeof Glue.payple_object;
}

/** Adds what every call needs and no click waits for: hands for its window, the tab's memory, names for what goes wrong. */
export const able = (pay: (call: Call) => Promise<unknown>) => (request: Request) =>
  pay({ ...request, view: steer(request.view), remember: () => remember(request), forget: () => forget(request) }).catch(named(request.locale)) as Promise<Outcome>;
