import { createCheckout } from "paypair";

const checkout = createCheckout({ server: "/pay" });

document.querySelector("#pay").addEventListener("click", async () => {
  const outcome = await checkout.pay(async () => {
    const basket = JSON.stringify({ product: "lamp", gateway: "payple", method: "card" });
    const headers = { "content-type": "application/json" };
    return (await fetch("/api/orders", { method: "POST", headers, body: basket })).json();
  }, { gateway: "payple" });
  document.querySelector("#status").textContent = outcome.status; // "paid" is the server's word
});
