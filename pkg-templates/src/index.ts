// Entry of index.js: the launcher. Importing it does nothing and needs no browser.

import type * as Public from "../package/index.js";
import { createCheckout } from "./launcher/checkout.js";
import { PaypairError, isPaypairError, toPaypairError } from "./launcher/error.js";
import { localeOf } from "./launcher/texts.js";
import { loadCore } from "#load-core";

async function paypleObject(friendly: Public.PaypleFriendly): Promise<Record<string, string>> {
  try {
    const core = await loadCore();
    return core.payple_object(friendly, localeOf());
  } catch (error) {
    throw toPaypairError(error, localeOf());
  }
}

({ createCheckout, isPaypairError, PaypairError, paypleObject }) satisfies typeof Public;

export { createCheckout, isPaypairError, PaypairError, paypleObject };
