// Where a redirect comes back to.

import { createCheckout } from "/package/index.js";
import { ending, tell } from "./tell.js";

const orderId = new URLSearchParams(location.search).get("order");
const result = await createCheckout({ server: "/pay" }).resume().then(
  (outcome) => ({ outcome }),
  (error) => ({ error: error.code }),
);
tell(orderId, ending("result", result));
