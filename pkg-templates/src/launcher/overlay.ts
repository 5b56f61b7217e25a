import { element } from "./element.js";
import type { Texts } from "./texts.js";

/** What stands over the page while a payment is on its way. */
export interface Overlay {
  /** A frame for the gateway's page. It stands in the page's own tree, so that a form can name it as target. */
  frame(name: string, width: number, height: number): HTMLIFrameElement;
  /** A short note; with `action`, its button and one to leave. */
  note(text: string, action?: { label: string; run: () => void }): void;
  remove(): void;
}

/** How many overlays stand, and how the page scrolled before the first of them. */
let overlays = 0;
let scrolled: [string, string] = ["", ""];

/**
 * The modal dialog over the page: the payment frame, or a note while the window stands elsewhere.
 * `<dialog>` keeps the focus inside and answers Escape; closing it gives the focus back to where it was.
 */
export function openOverlay(texts: Texts, onLeave: () => void): Overlay {
  const page = document.documentElement.style;
  // The shorthand reads as empty where only one of the two is set.
  if (!overlays++) scrolled = [page.overflowX, page.overflowY];
  page.overflow = "hidden";
  // Not told by the dialog: the page may have thrown it away itself, and must scroll again all the same.
  let removed = false;
  const dialog = element("dialog", {
    style: DIALOG,
    ariaLabel: texts.label,
    oncancel: (event) => {
      event.preventDefault();
      onLeave();
    },
  });
  dialog.dataset.paypair = "overlay";
  document.body.append(dialog);
  // A page inside an old webview may lack showModal: then it is an ordinary layer.
  dialog.showModal?.();
  dialog.open = true;

  const card = (style: string, ...children: HTMLElement[]) => {
    const made = element("div", { style: CARD + style });
    made.append(...children);
    dialog.replaceChildren(made);
  };
  const closeButton = () => button("×", onLeave, CLOSE, texts.close);
  return {
    frame: (name, width, height) => {
      const allow = "payment; publickey-credentials-get";
      const frame = element("iframe", { name, allow, title: texts.label, src: "about:blank", style: FRAME });
      card(`width:min(${width}px,100%);height:min(${height}px,100%)`, frame, closeButton());
      return frame;
    },
    note: (text, action) => {
      const words = element("p", { textContent: text, style: WORDS, role: "status", tabIndex: -1 });
      const act = action && button(action.label, action.run, BUTTON);
      card(NOTE, spinner(), words, ...(act ? [act, closeButton()] : []));
      // What had the focus is gone. A text that has it is read out, wherever the screen reader was.
      (act ?? words).focus();
    },
    remove: () => {
      if (removed) return;
      removed = true;
      dialog.close?.();
      dialog.remove();
      if (!--overlays) [page.overflowX, page.overflowY] = scrolled;
    },
  };
}

const DIALOG =
  "position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;margin:0;padding:0;border:0;" +
  "z-index:2147483647;background:#1118278f;display:grid;place-items:center";

const CARD = "position:relative;box-sizing:border-box;background:#fff;border-radius:16px;overflow:hidden;word-break:keep-all;";

const FRAME = "width:100%;height:100%;border:0;display:block";

const NOTE = "width:min(340px,100% - 40px);padding:32px 24px;text-align:center";

const FONT = "/1.5 system-ui,sans-serif;";

const WORDS = `margin:20px 0 0;color:#111827;font:600 17px${FONT}`;

const KNOB = "border:0;cursor:pointer;";

const BUTTON = `${KNOB}display:block;width:100%;min-height:48px;margin-top:24px;border-radius:12px;background:#1f2937;color:#fff;font:600 16px${FONT}`;

const CLOSE = `${KNOB}position:absolute;top:8px;right:8px;width:40px;height:40px;padding:0;border-radius:50%;background:#fffd;color:#374151;font:24px${FONT}`;

const RING = "width:26px;height:26px;margin:0 auto;border:3px solid #e5e7eb;border-top-color:#1f2937;border-radius:50%";

const button = (textContent: string, onclick: () => void, style: string, ariaLabel?: string) =>
  element("button", { type: "button", textContent, onclick, style, ariaLabel });

function spinner(): HTMLElement {
  const ring = element("div", { style: RING });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!still) ring.animate?.({ transform: ["none", "rotate(1turn)"] }, { duration: 900, iterations: Infinity });
  return ring;
}
