// Where a redirect comes back to.

import { createCheckout } from "/package/index.js";
import { ending, tell } from "./tell.js";

const orderId = new URLSearchParams(location.search).get("order");
const result = await createCheckout({ server: "/pay" }).resume().then(
  (outcome) => ({ outcome }),
  (error) => ({ error: error.code }),
);
// Nothing to resume: the page that was left is another window's, and hears the truth itself.
tell(orderId, result.outcome === null ? { when: "nothing" } : ending("result", result));
