// Entry of index.js: the launcher. Importing it does nothing and needs no browser.

import type * as Public from "../package/index.js";
import { createCheckout, fault } from "./launcher/checkout.js";
import { PaypairError, isPaypairError } from "./launcher/error.js";
import { localeOf } from "./launcher/texts.js";
import { loadCore } from "#load-core";

function paypleObject(friendly: Public.PaypleFriendly): Promise<Record<string, string>> {
  const locale = localeOf();
  return loadCore().then((core) => core.payple_object(friendly, locale)).catch(fault(locale));
}

({ createCheckout, isPaypairError, PaypairError, paypleObject }) satisfies typeof Public;

export { createCheckout, isPaypairError, PaypairError, paypleObject };
