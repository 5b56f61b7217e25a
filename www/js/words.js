// Which language the page speaks, and the words it says.

import { ko } from "./words-ko.js";
import { en } from "./words-en.js";
import { ko as koTimeline } from "./timeline-ko.js";
import { en as enTimeline } from "./timeline-en.js";

const TABLES = { ko: { ...ko, ...koTimeline }, en: { ...en, ...enTimeline } };
const listeners = [];

/** `ko` or `en`: `?lang=` wins, then what was chosen last, then Korean. */
export let locale = first(new URLSearchParams(location.search).get("lang"), remembered(), "ko");

/** The words for a key; an unknown key is shown as it is, so that a gap is seen and breaks nothing. */
export function word(key) {
  return TABLES[locale][key] ?? key;
}

/** Whether there are words for this key. */
export function hasWord(key) {
  return key in TABLES[locale];
}

/** Picks our language out of `{ ko, en }`. */
export function spoken(both) {
  return typeof both === "string" ? both : (both?.[locale] ?? both?.ko ?? "");
}

/** `10,000원`, `₩10,000`, `US$12.50`. */
export function money(amount, currency = "KRW") {
  if (currency === "KRW") {
    const text = Number(amount).toLocaleString("ko-KR");
    return locale === "ko" ? `${text}원` : `₩${text}`;
  }
  return `${currency} ${amount}`;
}

/** A moment in Korean time, which is the gateways' time. */
export function moment(value, style = { dateStyle: "medium", timeStyle: "medium" }) {
  const at = new Date(spelledOut(String(value ?? "")));
  if (Number.isNaN(at.getTime())) return String(value ?? "");
  return new Intl.DateTimeFormat(locale === "ko" ? "ko-KR" : "en-GB", { ...style, timeZone: "Asia/Seoul" }).format(at);
}

/** Gateways write Korean days and times as bare digits: `20261129`, `202611292359`. */
function spelledOut(text) {
  const [, year, month, day, hour = "23", minute = "59"] =
    text.match(/^(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?\d*$/) ?? [];
  return year ? `${year}-${month}-${day}T${hour}:${minute}:00+09:00` : text;
}

/** Runs now and again after every change of language. */
export function onLocale(render) {
  listeners.push(render);
  render();
}

/** Fills `data-word` elements and arms the language button. */
export function speak() {
  document.getElementById("lang").addEventListener("click", () => {
    locale = locale === "ko" ? "en" : "ko";
    try {
      localStorage.setItem("lang", locale);
    } catch {
      // Private windows may refuse storage; the switch still works for this page.
    }
    listeners.forEach((render) => render());
  });
  onLocale(() => {
    document.documentElement.lang = locale;
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
    const button = document.getElementById("lang");
    button.textContent = locale === "ko" ? "English" : "한국어";
    button.lang = locale === "ko" ? "en" : "ko";
  });
}

function first(...candidates) {
  return candidates.find((candidate) => candidate in TABLES);
}

function remembered() {
  try {
    return localStorage.getItem("lang");
  } catch {
    return null;
  }
}
