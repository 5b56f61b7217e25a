// Entry of plain.js: what the launcher does without the core. Loaded when it is needed, which for most payments is never.

import type { Call } from "#core";
import type { Outcome } from "../package/index.js";
import { awaitOutcome, payByLaunchPage } from "./launcher/launch-page.js";

export { receiptUrl } from "./launcher/receipt-url.js";

/** `pay` of a page that refuses wasm: by the server's launch page. */
export async function pay(call: Call): Promise<Outcome> {
  call.remember();
  call.state("paying");
  return ended(call, await payByLaunchPage(call.server, call, call.view, call.locale));
}

/** `resume` of such a page. */
export async function resume(call: Call): Promise<Outcome> {
  call.state("checking");
  return ended(call, await awaitOutcome(call.server, call, { ...call.view, standing: () => "left" }, call.locale));
}

function ended(call: Call, outcome: Outcome): Outcome {
  if (outcome.final) call.forget();
  return outcome;
}
