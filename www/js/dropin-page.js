// Shows what the script-tag page passes and what comes back. Not part of the example.

import { el } from "./dom.js";
import { onLocale, speak, word } from "./words.js";

speak();
onLocale(() => (document.title = word("dropin_title")));

document.getElementById("object").textContent = [
  '<script src="/pay/cpay.js" data-paypair="/pay"></script>',
  "",
  `obj = ${JSON.stringify(window.manualObject(), null, 2)}`,
  "obj.callbackFunction = getResult",
  "PaypleCpayAuthCheck(obj)",
].join("\n");

function text(value) {
  if (value === "" || value == null) return "–";
  return typeof value === "object" ? JSON.stringify(value, null, 1) : String(value);
}

document.addEventListener("payple:result", ({ detail }) => {
  const rows = Object.entries(detail).filter(([, value]) => typeof value !== "function");
  document
    .getElementById("fields")
    .replaceChildren(
      ...rows.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { "data-field": name }, text(value))]),
    );
  const callback = document.getElementById("callback");
  callback.hidden = false;
  callback.scrollIntoView({ block: "start" });
});
