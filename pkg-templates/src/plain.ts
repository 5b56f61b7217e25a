// Entry of plain.js: what no click waits for. Loaded when it is needed, which for most payments is never.

import type { Call } from "#core";
import type { Outcome } from "../package/index.js";
import { able, type Core } from "./launcher/able.js";
import type { About } from "./launcher/checkout.js";
import { awaitOutcome, payByLaunchPage } from "./launcher/launch-page.js";
import { resumed as asked } from "./launcher/resume.js";

export { receiptUrl } from "./launcher/receipt-url.js";
export { wordsOf } from "./launcher/words.js";

/** `pay` of a page that refuses wasm: by the server's launch page. */
export const pay = able(async (call) => {
  call.remember();
  call.state("paying");
  return ended(call, await payByLaunchPage(call));
});

/** `resume` of such a page. */
export const resume = able(async (call) => {
  call.state("checking");
  return ended(call, await awaitOutcome({ ...call, patience: 20_000 }));
});

/** `checkout.resume`, by the core if it starts. */
export const resumed = (about: About, load: () => Promise<Core>, signal = new AbortController().signal) =>
  asked(about, signal, load, { pay, resume });

function ended(call: Call, outcome: Outcome): Outcome {
  if (outcome.final) call.forget();
  return outcome;
}
