import { postForm } from "./form.js";
import { nothing, type Stand } from "./view.js";

/**
 * `left`: the buyer closed it for certain. `closed`: the browser says so, and was right about this window before.
 * `severed`: the browser has said so ever since the window left for the gateway, as it does for any window that
 * COOP cuts off: it tells nothing.
 */
export type Standing = "open" | "closed" | "severed" | "left";

/** A window that stands, with what the core tells it to do. */
export interface View extends Stand {
  standing(): Standing;
  post(action: string, fields: [string, string][]): void;
  go(url: string): void;
  resize(height: number): void;
}

/** Puts the rest of a view onto what the click has opened. */
export function steer(stand: Stand): View {
  const { layout, window, name, frame } = stand;
  const popup = layout === "popup" ? window : null;
  let away: Promise<void> | undefined;
  let arrived = false;
  const depart = () => {
    if (popup)
      away ??= untilAway(popup).then((seen) => {
        arrived = seen;
      });
  };
  return Object.assign(stand, {
    standing: (): Standing => {
      if (stand.left) return "left";
      if (!popup?.closed) return "open";
      // Nothing but the buyer can close a window that has not gone anywhere yet.
      if (!away) return "left";
      return arrived ? "closed" : "severed";
    },
    post: (action: string, fields: [string, string][]) => {
      postForm(action, fields, name);
      depart();
    },
    go: (url: string) => {
      if (window) window.location.replace(url);
      else location.assign(url);
      depart();
    },
    resize: (wanted: number) => {
      if (frame?.parentElement && wanted > 0) frame.parentElement.style.height = `min(${wanted}px, 100%)`;
    },
    shut: () => (popup && away ? void shut(popup) : popup?.close()),
  });
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

/** For a page that only asks what became of a payment. */
export const noView: Stand = {
  ...{ layout: "redirect", window: null, name: "_self", left: false },
  ...{ focus: nothing, shut: nothing, checking: nothing, done: nothing },
};
