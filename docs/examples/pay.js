import { createCheckout } from "paypair";

const checkout = createCheckout({ server: "/pay" });

async function placeOrder() {
  const body = JSON.stringify({ product: "lamp", gateway: "payple", method: "card" });
  const headers = { "content-type": "application/json" };
  return (await fetch("/api/orders", { method: "POST", headers, body })).json(); // { orderId, clientSecret }
}

document.querySelector("#pay").addEventListener("click", async () => {
  const outcome = await checkout.pay(placeOrder, { gateway: "payple" });
  document.querySelector("#status").textContent = outcome.status; // what the server decided
});
