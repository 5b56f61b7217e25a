import type { Call } from "#core";
import type { Outcome } from "../../package/index.js";
import { ask } from "./http.js";
import type { Trouble } from "./failed.js";
import { pause } from "./steer.js";

/** As much of a payment as the launch page needs. */
type About = Pick<Call, "server" | "orderId" | "clientSecret" | "locale" | "view"> & Partial<Pick<Call, "signal" | "deadline" | "state">> & {
  /** Milliseconds after which what the server knows is told, with the payment left alone. */
  patience?: number;
};

/**
 * The way without wasm: the server's launch page takes the buyer through, and the server is asked for the outcome.
 * The page cannot be framed, so a layer becomes a move of the whole page; `resume()` picks it up on the result page.
 */
export async function payByLaunchPage(about: About): Promise<Outcome> {
  const { launchUrl } = await askAbout<{ launchUrl: string }>(about, "launch", "POST");
  const { view } = about;
  if (view.layout === "popup") {
    view.go(launchUrl);
    return awaitOutcome(about);
  }
  location.assign(launchUrl);
  await restored();
  return awaitOutcome({ ...about, view: { ...view, standing: () => "left" } });
}

const LOST: readonly unknown[] = ["server_unreachable", "answer_unreadable"];

/** Back from the launch page by the browser's own button, with everything as it was. */
const restored = () =>
  new Promise<void>((resolve) => addEventListener("pageshow", ({ persisted }) => persisted && resolve()));

/** Asks until the server knows. A window that is gone gets one more answer's time, a lost connection two minutes. */
export async function awaitOutcome(about: About): Promise<Outcome> {
  const { view, deadline = Infinity, patience = Infinity } = about;
  const began = Date.now();
  const end = began + deadline;
  let gone = false;
  for (let missed = 0; ; missed++) {
    try {
      const standing = view.standing();
      const seen = Date.now() > end || standing === "left" || (standing === "closed" && document.hasFocus());
      if (seen && !gone) {
        gone = true;
        view.checking();
        about.state?.("checking");
      }
      if (gone) await askAbout(about, "closed", "POST");
      const outcome = await askAbout<Outcome>(about, `status?wait=${gone ? 8 : 5}`);
      if (outcome.status !== "pending" || gone || Date.now() > began + patience) return outcome;
      missed = 0;
    } catch (error) {
      // A proxy's page, or an answer that broke off, is as good as none.
      const { code, retryable } = error as Trouble;
      const lost = (retryable || LOST.includes(code)) && !about.signal?.aborted;
      if (!lost || missed > 120) throw error;
      await pause(1000);
    }
  }
}

function askAbout<T>({ server, orderId, clientSecret, locale, signal }: About, what: string, method?: string): Promise<T> {
  return ask<T>(`${server}/orders/${encodeURIComponent(orderId)}/${what}`, locale, { secret: clientSecret, method, signal });
}
