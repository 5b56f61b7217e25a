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

/**
 * The modal dialog over the page: the payment frame, or a note while the window stands elsewhere.
 * `<dialog>` keeps the focus inside, answers Escape and leaves nothing behind.
 */
export function openOverlay(texts: Texts, onLeave: () => void): Overlay {
  const page = document.documentElement.style;
  const scroll = page.overflow;
  const oncancel = (event: Event) => {
    event.preventDefault();
    onLeave();
  };
  const dialog = element("dialog", { style: DIALOG, oncancel });
  dialog.dataset.paypair = "overlay";
  label(dialog, texts.label);
  document.body.append(dialog);
  page.overflow = "hidden";
  // A page inside an old webview may lack showModal: then it is an ordinary layer.
  if (dialog.showModal) dialog.showModal();
  else dialog.open = true;

  const card = (style: string, ...children: HTMLElement[]) => {
    const made = element("div", { style: CARD + style });
    made.append(...children);
    dialog.replaceChildren(made);
  };
  const closeButton = () => label(button("×", onLeave, CLOSE), texts.close);
  return {
    frame: (name, width, height) => {
      const allow = "payment; publickey-credentials-get";
      const frame = element("iframe", { name, allow, title: texts.label, src: "about:blank", style: FRAME });
      card(`width:min(${width}px,100%);height:min(${height}px,100%)`, frame, closeButton());
      return frame;
    },
    note: (text, action) => {
      const words = element("p", { textContent: text, style: WORDS });
      words.setAttribute("role", "status");
      const act = action && button(action.label, action.run, BUTTON);
      card(NOTE, spinner(), words, ...(act ? [act, closeButton()] : []));
      act?.focus();
    },
    remove: () => {
      if (!dialog.isConnected) return;
      dialog.remove();
      page.overflow = scroll;
    },
  };
}

const DIALOG =
  "position:fixed;inset:0;width:100%;height:100%;max-width:none;max-height:none;margin:0;padding:0;border:0;" +
  "z-index:2147483647;background:#1118278f;display:flex;align-items:center;justify-content:center";

const CARD = "position:relative;box-sizing:border-box;background:#fff;border-radius:16px;overflow:hidden;word-break:keep-all;";

const FRAME = "width:100%;height:100%;border:0;display:block;background:#fff";

const NOTE = "width:min(340px,100% - 40px);padding:32px 24px;text-align:center";

const FONT = "/1.5 system-ui,sans-serif;";

const WORDS = `margin:20px 0 0;color:#111827;font:600 17px${FONT}`;

const KNOB = "border:0;cursor:pointer;";

const BUTTON = `${KNOB}display:block;width:100%;min-height:48px;margin-top:24px;border-radius:12px;background:#1f2937;color:#fff;font:600 16px${FONT}`;

const CLOSE = `${KNOB}position:absolute;top:8px;right:8px;width:40px;height:40px;padding:0;border-radius:20px;background:#fffd;color:#374151;font:24px${FONT}`;

const RING = "width:26px;height:26px;margin:0 auto;border:3px solid #e5e7eb;border-top-color:#1f2937;border-radius:50%";

const button = (textContent: string, onclick: () => void, style: string) => element("button", { type: "button", textContent, onclick, style });

function label<E extends Element>(on: E, text: string): E {
  on.setAttribute("aria-label", text);
  return on;
}

function spinner(): HTMLElement {
  const ring = element("div", { style: RING });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!still) ring.animate?.({ transform: ["none", "rotate(1turn)"] }, { duration: 900, iterations: Infinity });
  return ring;
}
