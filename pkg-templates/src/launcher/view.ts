import type { Shown } from "./layout.js";
import { openOverlay, type Overlay } from "./overlay.js";
import type { Texts } from "./texts.js";
import { openBlank, type Size } from "./window.js";

/** What stands since the click: a payment window, wherever it is, and the overlay. What steers it comes later (`steer.ts`). */
export interface Stand {
  readonly layout: Shown;
  /** The browsing context the gateway's page lives in; `null` when that is this page itself. */
  readonly window: Window | null;
  /** The same for forms. */
  readonly name: string;
  readonly frame?: HTMLIFrameElement;
  /** The buyer has closed it by our own button. */
  left: boolean;
  focus(): void;
  /** Closes the window alone. */
  shut(): void;
  /** The gateway's page is finished; the server is being asked. */
  checking(): void;
  /** Everything is taken away again. */
  done(): void;
}

/** Opens a view at once. A refused popup becomes a redirect, unless the caller would rather know. */
export function openView(layout: Shown, texts: Texts, size: Size = { width: 480, height: 720 }): Stand {
  if (layout === "layer") return openLayer(texts, size);
  return (layout === "popup" && openPopup(texts, size)) || openRedirect(texts);
}

/** `null` when the browser refuses a window. */
export function openPopup(texts: Texts, size: Size): Stand | null {
  const name = uniqueName();
  const window = openBlank(name, size);
  if (!window) return null;
  const focus = () => window.focus();
  const shut = () => window.close();
  const overlay = openOverlay(texts, () => {
    stand.left = true;
    shut();
  });
  overlay.note(texts.paying, { label: texts.show, run: focus });
  const stand = over(overlay, texts, { layout: "popup", window, name, focus, shut });
  return stand;
}

function openLayer(texts: Texts, { width, height }: Size): Stand {
  const name = uniqueName();
  const overlay = openOverlay(texts, () => {
    stand.left = true;
  });
  const frame = overlay.frame(name, width, height);
  const stand = over(overlay, texts, { layout: "layer", window: frame.contentWindow, name, frame, focus: () => frame.focus() });
  return stand;
}

function openRedirect(texts: Texts): Stand {
  const overlay = openOverlay(texts, nothing);
  overlay.note(texts.leaving);
  return over(overlay, texts, { layout: "redirect", window: null, name: "_self" });
}

const over = (overlay: Overlay, texts: Texts, own: Pick<Stand, "layout" | "window" | "name"> & Partial<Stand>): Stand => ({
  left: false,
  focus: nothing,
  shut: nothing,
  checking() {
    this.shut();
    overlay.note(texts.checking);
  },
  done() {
    this.shut();
    overlay.remove();
  },
  ...own,
});

export const nothing = () => {};

/** A name of its own for each window: a form must never land in a window left over from another payment. */
const uniqueName = () => `paypair_${Math.random().toString(36).slice(2)}`;
