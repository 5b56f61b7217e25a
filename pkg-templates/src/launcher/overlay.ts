import type { Texts } from "./texts.js";

/**
 * The modal dialog over the page: the payment frame, or a note while the window stands elsewhere.
 * Styles are set as `style.cssText`, which a strict `style-src` allows; `<dialog>` keeps the focus inside,
 * answers Escape and leaves nothing behind.
 */
export class Overlay {
  readonly #dialog = element("dialog", DIALOG);
  readonly #texts: Texts;
  readonly #onLeave: () => void;
  readonly #scroll = document.documentElement.style.overflow;

  constructor(texts: Texts, onLeave: () => void) {
    this.#texts = texts;
    this.#onLeave = onLeave;
    this.#dialog.setAttribute("aria-label", texts.label);
    this.#dialog.dataset.paypair = "overlay";
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.#onLeave();
    });
    document.body.append(this.#dialog);
    document.documentElement.style.overflow = "hidden";
    // A page inside an old webview may lack showModal: then it is an ordinary layer.
    if (this.#dialog.showModal) this.#dialog.showModal();
    else this.#dialog.setAttribute("open", "");
  }

  /** A frame for the gateway's page. It stays in the page's own tree, so that a form can name it as target. */
  frame(name: string, width: number, height: number): HTMLIFrameElement {
    const frame = element("iframe", "width:100%;height:100%;border:0;display:block;background:#fff");
    frame.name = name;
    frame.title = this.#texts.label;
    frame.allow = "payment; publickey-credentials-get";
    frame.src = "about:blank";
    this.#card(`width:min(${width}px,100%);height:min(${height}px,100%)`).append(frame, this.#closeButton());
    return frame;
  }

  /** A short note; with `action`, its button and one to leave. */
  note(text: string, action?: { label: string; run: () => void }): void {
    const card = this.#card("width:min(340px,100% - 40px);padding:32px 24px;text-align:center");
    const words = element("p", `margin:20px 0 0;color:#111827;${FONT}font-size:17px;font-weight:600`);
    words.textContent = text;
    words.setAttribute("role", "status");
    card.append(spinner(), words);
    if (!action) return;
    const button = this.#button(action.label, action.run, BUTTON);
    card.append(button, this.#closeButton());
    button.focus();
  }

  remove(): void {
    if (!this.#dialog.isConnected) return;
    this.#dialog.remove();
    document.documentElement.style.overflow = this.#scroll;
  }

  #card(style: string): HTMLElement {
    const card = element("div", CARD + style);
    this.#dialog.replaceChildren(card);
    return card;
  }

  #closeButton(): HTMLButtonElement {
    const button = this.#button("×", this.#onLeave, CLOSE);
    button.setAttribute("aria-label", this.#texts.close);
    return button;
  }

  #button(label: string, run: () => void, style: string): HTMLButtonElement {
    const button = element("button", FONT + style);
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", run);
    return button;
  }
}

const FONT = "border:0;font:16px/1.5 system-ui,'Apple SD Gothic Neo','Malgun Gothic',sans-serif;";

const DIALOG =
  "position:fixed;inset:0;width:100vw;height:100%;max-width:none;max-height:none;margin:0;padding:0;border:0;" +
  "z-index:2147483647;background:rgba(17,24,39,.56);display:flex;align-items:center;justify-content:center";

const CARD =
  "position:relative;box-sizing:border-box;background:#fff;border-radius:16px;overflow:hidden;word-break:keep-all;" +
  "box-shadow:0 24px 64px rgba(0,0,0,.28);";

const BUTTON =
  "display:block;width:100%;min-height:48px;margin-top:24px;border-radius:12px;background:#1f2937;color:#fff;font-weight:600;cursor:pointer";

const CLOSE =
  "position:absolute;top:8px;right:8px;width:40px;height:40px;padding:0;border-radius:20px;" +
  "background:rgba(255,255,255,.86);color:#374151;font-size:24px;line-height:40px;cursor:pointer";

const RING = "width:32px;height:32px;margin:0 auto;box-sizing:border-box;border:3px solid #e5e7eb;border-top-color:#1f2937;border-radius:50%";

function element<K extends keyof HTMLElementTagNameMap>(tag: K, style: string): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.style.cssText = style;
  return made;
}

function spinner(): HTMLElement {
  const ring = element("div", RING);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!still) ring.animate?.({ transform: ["none", "rotate(1turn)"] }, { duration: 900, iterations: Infinity });
  return ring;
}
