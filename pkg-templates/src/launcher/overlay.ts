import type { Texts } from "./texts.js";

/**
 * The modal dialog over the page: the payment frame, or a note while the window stands elsewhere.
 * Styles go through the CSSOM, which a strict `style-src` allows; `<dialog>` keeps the focus inside,
 * answers Escape and leaves nothing behind.
 */
export class Overlay {
  readonly #dialog = element("dialog", {
    ...{ position: "fixed", inset: "0", width: "100vw", height: "100dvh", maxWidth: "none", maxHeight: "none" },
    ...{ margin: "0", padding: "0", border: "0", zIndex: "2147483647", background: "rgba(17, 24, 39, .56)" },
    ...{ display: "flex", alignItems: "center", justifyContent: "center", overflow: "hidden" },
  });
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
    const frame = element("iframe", { width: "100%", height: "100%", border: "0", display: "block", background: "#fff" });
    frame.name = name;
    frame.title = this.#texts.label;
    frame.allow = "payment; publickey-credentials-get";
    frame.src = "about:blank";
    const card = this.#card({ width: `min(${width}px, 100%)`, height: `min(${height}px, 100%)` });
    card.append(frame, this.#closeButton());
    return frame;
  }

  /** A short note; with `action`, its button and one to leave. */
  note(text: string, action?: { label: string; run: () => void }): void {
    const card = this.#card({ width: "min(340px, calc(100% - 40px))", padding: "32px 24px", textAlign: "center" });
    const words = element("p", { margin: "20px 0 0", font: FONT, fontSize: "17px", fontWeight: "600", color: "#111827" });
    words.textContent = text;
    words.setAttribute("role", "status");
    card.append(spinner(), words);
    if (!action) return;
    const button = element("button", BUTTON);
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", action.run);
    card.append(button);
    card.append(this.#closeButton());
    button.focus();
  }

  remove(): void {
    if (!this.#dialog.isConnected) return;
    this.#dialog.remove();
    document.documentElement.style.overflow = this.#scroll;
  }

  #card(style: Partial<CSSStyleDeclaration>): HTMLElement {
    const card = element("div", {
      ...{ position: "relative", boxSizing: "border-box", background: "#fff", borderRadius: "16px" },
      ...{ overflow: "hidden", boxShadow: "0 24px 64px rgba(0, 0, 0, .28)", wordBreak: "keep-all" },
      ...style,
    });
    this.#dialog.replaceChildren(card);
    return card;
  }

  #closeButton(): HTMLButtonElement {
    const button = element("button", {
      ...{ position: "absolute", top: "8px", right: "8px", width: "40px", height: "40px", padding: "0", border: "0" },
      ...{ borderRadius: "20px", background: "rgba(255, 255, 255, .86)", color: "#374151", cursor: "pointer" },
      ...{ font: FONT, fontSize: "24px", lineHeight: "40px" },
    });
    button.type = "button";
    button.textContent = "×";
    button.setAttribute("aria-label", this.#texts.close);
    button.addEventListener("click", this.#onLeave);
    return button;
  }
}

const FONT = "16px/1.5 system-ui, 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif";

const BUTTON = {
  ...{ display: "block", width: "100%", minHeight: "48px", marginTop: "24px", padding: "0 16px", border: "0" },
  ...{ borderRadius: "12px", background: "#1f2937", color: "#fff", font: FONT, fontWeight: "600", cursor: "pointer" },
};

function element<K extends keyof HTMLElementTagNameMap>(tag: K, style: Partial<CSSStyleDeclaration>) {
  const made = document.createElement(tag);
  Object.assign(made.style, style);
  return made;
}

function spinner(): HTMLElement {
  const ring = element("div", {
    ...{ width: "32px", height: "32px", margin: "0 auto", boxSizing: "border-box", borderRadius: "50%" },
    ...{ border: "3px solid #e5e7eb", borderTopColor: "#1f2937" },
  });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!still) ring.animate?.([{ transform: "none" }, { transform: "rotate(1turn)" }], { duration: 900, iterations: Infinity });
  return ring;
}
