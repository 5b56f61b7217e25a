/** Tells the test something; it arrives even if the page leaves at once. */
export function tell(orderId, what) {
  return fetch(`/told/${orderId}`, { method: "POST", body: JSON.stringify(what), keepalive: true });
}

/** How a payment ended, as this page was told. */
export function ending(page, result) {
  const overlays = document.querySelectorAll("[data-paypair=overlay]").length;
  return { when: "end", page, overlays, ...result };
}
