import { postForm } from "./form.js";
import type { Shown } from "./layout.js";
import { openOverlay } from "./overlay.js";
import type { Texts } from "./texts.js";
import { openBlank, type Size } from "./window.js";

/**
 * `left`: the buyer closed it for certain. `closed`: the browser says so, and was right about this window before.
 * `severed`: the browser has said so ever since the window left for the gateway, as it does for any window that
 * COOP cuts off: it tells nothing.
 */
export type Standing = "open" | "closed" | "severed" | "left";

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

/** Opens a view at once. A refused popup becomes a redirect, unless the caller would rather know. */
export function openView(layout: Shown, texts: Texts, size: Size = { width: 480, height: 720 }): View {
  if (layout === "layer") return openLayer(texts, size);
  if (layout === "redirect") return openRedirect(texts);
  return openPopup(texts, size) ?? openRedirect(texts);
}

/** `null` when the browser refuses a window. */
export function openPopup(texts: Texts, size: Size): View | null {
  const name = uniqueName();
  const popup = openBlank(name, size);
  if (!popup) return null;
  let left = false;
  const overlay = openOverlay(texts, () => {
    left = true;
    popup.close();
  });
  overlay.note(texts.paying, { label: texts.show, run: () => popup.focus() });
  let away: Promise<void> | undefined;
  let arrived = false;
  const depart = () => {
    away ??= untilAway(popup).then((seen) => {
      arrived = seen;
    });
  };
  const shutIt = () => (away ? void shut(popup) : popup.close());
  return {
    layout: "popup",
    window: popup,
    standing: () => {
      if (left) return "left";
      if (!popup.closed) return "open";
      // Nothing but the buyer can close a window that has not gone anywhere yet.
      if (!away) return "left";
      return arrived ? "closed" : "severed";
    },
    post: (action, fields) => {
      postForm(action, fields, name);
      depart();
    },
    go: (url) => {
      popup.location.replace(url);
      depart();
    },
    focus: () => popup.focus(),
    resize: nothing,
    checking: () => {
      shutIt();
      overlay.note(texts.checking);
    },
    done: () => {
      shutIt();
      overlay.remove();
    },
  };
}

/**
 * Closes a window that may just be changing from the gateway's site to ours: a `close()` that meets the change can leave a
 * dead window standing. So it gets a second to stand still; the return page, once there, closes itself when it is heard.
 */
async function shut(popup: Window): Promise<void> {
  for (let tries = 0; tries < 20 && !popup.closed && !isBack(popup); tries++) await pause(50);
  for (let tries = 0; tries < 8 && !popup.closed; tries++) await pause(50);
  popup.close();
}

/** On a page of ours again, and loaded. */
function isBack(popup: Window): boolean {
  try {
    return popup.location.href !== "about:blank" && popup.document.readyState === "complete";
  } catch {
    return false;
  }
}

export const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whether the window was seen open on another page. It never is when COOP cuts it off on the way. */
async function untilAway(popup: Window): Promise<boolean> {
  while (!popup.closed) {
    try {
      if (popup.location.href !== "about:blank") return true;
    } catch {
      return true;
    }
    await pause(40);
  }
  return false;
}

function openLayer(texts: Texts, { width, height }: Size): View {
  const name = uniqueName();
  let left = false;
  const overlay = openOverlay(texts, () => {
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
    done: overlay.remove,
  };
}

function openRedirect(texts: Texts): View {
  const overlay = openOverlay(texts, nothing);
  overlay.note(texts.leaving);
  return {
    ...noView,
    post: postForm,
    go: (url) => location.assign(url),
    checking: () => overlay.note(texts.checking),
    done: overlay.remove,
  };
}

export const nothing = () => {};

/** For a page that only asks what became of a payment. */
export const noView: View = {
  layout: "redirect",
  window: null,
  standing: () => "open",
  post: nothing,
  go: nothing,
  focus: nothing,
  resize: nothing,
  checking: nothing,
  done: nothing,
};

/** A name of its own for each window: a form must never land in a window left over from another payment. */
const uniqueName = () => `paypair_${Math.random().toString(36).slice(2)}`;
