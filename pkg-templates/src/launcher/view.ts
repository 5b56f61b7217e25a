import { postForm } from "./form.js";
import type { Shown } from "./layout.js";
import { Overlay } from "./overlay.js";
import type { Texts } from "./texts.js";

/** `closed` is what `window.closed` says, which lies under COOP; `left` is what the buyer did before our eyes. */
export type Standing = "open" | "closed" | "left";

/** A payment window, wherever it stands. Opened in the click, handed to the core, which tells it what to do. */
export interface View {
  readonly layout: Shown;
  /** The browsing context the gateway's page lives in; `null` when that is this page itself. */
  readonly window: Window | null;
  standing(): Standing;
  post(action: string, fields: [string, string][]): void;
  go(url: string): void;
  focus(): void;
  resize(height: number): void;
  /** The gateway's page is finished; the server is being asked. */
  checking(): void;
  /** Everything is taken away again. */
  done(): void;
}

export interface Size {
  width: number;
  height: number;
}

/** Opens a view at once. A refused popup becomes a redirect, unless the caller would rather know. */
export function openView(layout: Shown, texts: Texts, size: Size = { width: 480, height: 720 }): View {
  if (layout === "layer") return openLayer(texts, size);
  if (layout === "redirect") return openRedirect(texts);
  return openPopup(texts, size) ?? openRedirect(texts);
}

/** `null` when the browser refuses a window. */
export function openPopup(texts: Texts, { width, height }: Size): View | null {
  const name = uniqueName();
  const left = Math.round(screenX + (outerWidth - width) / 2);
  const top = Math.round(screenY + Math.max(0, (outerHeight - height) / 2));
  const popup = open("about:blank", name, `popup,width=${width},height=${height},left=${left},top=${top}`);
  if (!popup || popup.closed) return null;
  let gone = false;
  const overlay = new Overlay(texts, () => {
    gone = true;
    popup.close();
  });
  overlay.note(texts.paying, { label: texts.show, run: () => popup.focus(), leave: true });
  return {
    layout: "popup",
    window: popup,
    standing: () => (gone ? "left" : popup.closed ? "closed" : "open"),
    post: (action, fields) => postForm(action, fields, name),
    go: (url) => popup.location.replace(url),
    focus: () => popup.focus(),
    resize: () => {},
    checking: () => {
      popup.close();
      overlay.note(texts.checking);
    },
    done: () => {
      popup.close();
      overlay.remove();
    },
  };
}

function openLayer(texts: Texts, { width, height }: Size): View {
  const name = uniqueName();
  let left = false;
  const overlay = new Overlay(texts, () => {
    left = true;
  });
  const frame = overlay.frame(name, width, height);
  return {
    layout: "layer",
    window: frame.contentWindow,
    standing: () => (left ? "left" : "open"),
    post: (action, fields) => postForm(action, fields, name),
    go: (url) => frame.contentWindow?.location.replace(url),
    focus: () => frame.focus(),
    resize: (wanted) => {
      if (wanted > 0) frame.parentElement!.style.height = `min(${wanted}px, 100%)`;
    },
    checking: () => overlay.note(texts.checking),
    done: () => overlay.remove(),
  };
}

function openRedirect(texts: Texts): View {
  const overlay = new Overlay(texts, () => {});
  overlay.note(texts.leaving);
  return {
    layout: "redirect",
    window: null,
    standing: () => "open",
    post: (action, fields) => postForm(action, fields),
    go: (url) => location.assign(url),
    focus: () => {},
    resize: () => {},
    checking: () => overlay.note(texts.checking),
    done: () => overlay.remove(),
  };
}

/** For a page that only asks what became of a payment. */
export function noView(): View {
  const nothing = () => {};
  return {
    ...{ layout: "redirect", window: null, standing: () => "open" as const, post: nothing, go: nothing },
    ...{ focus: nothing, resize: nothing, checking: nothing, done: nothing },
  };
}

/** A name of its own for each window: a form must never land in a window left over from another payment. */
const uniqueName = () => `paypair_${Date.now().toString(36)}_${Math.random().toString(36).slice(2)}`;
