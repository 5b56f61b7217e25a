// The order's events from the ledger, oldest first.

import { el } from "./dom.js";
import { hasWord, moment, word } from "./words.js";

/** An `<ol>` of what happened; events that rest on the gateway's own proof have a filled dot. */
export function timeline(events) {
  return el("ol", { class: "timeline", "data-testid": "timeline" }, events.map(entry));
}

function entry({ at, kind, source, from, to, attempt, evidenceDigest, note }) {
  return el(
    "li",
    { class: evidenceDigest && "proof", "data-kind": kind, "data-to": to },
    el(
      "p",
      { class: "what" },
      named("event", kind),
      from && from !== to && el("span", { class: "state", title: to }, named("ledger", to)),
      attempt > 1 && el("span", { class: "attempt" }, word("attempt").replace("{n}", attempt)),
    ),
    el(
      "p",
      { class: "detail" },
      [moment(at, { timeStyle: "medium" }), named("source", source), note].filter(Boolean).join(" · "),
    ),
    evidenceDigest && el("p", { class: "detail" }, `${word("evidence")} `, el("code", {}, evidenceDigest.slice(0, 16))),
  );
}

function named(group, value) {
  return value && (hasWord(`${group}_${value}`) ? word(`${group}_${value}`) : value);
}
