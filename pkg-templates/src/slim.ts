// Entry of slim.js: the launcher, for pages that bring the wasm themselves.

import type * as Public from "../package/slim.js";
import { createCheckout as create, isPaypairError, PaypairError, paypleObject } from "./index.js";
import { bringCore } from "./load-brought-core.js";

function createCheckout({ wasm, ...config }: Public.SlimConfig): Public.Checkout {
  bringCore(wasm);
  return create(config);
}

({ createCheckout, isPaypairError, PaypairError, paypleObject }) satisfies typeof Public;

export { createCheckout, isPaypairError, PaypairError, paypleObject };
