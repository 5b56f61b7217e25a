// The control API of a running sandbox, call by call.

import type { Sandbox, SandboxCode } from "../package/sandbox.js";
import { PaypairError } from "../src/launcher/error.js";

export type Control = Omit<Sandbox, "url" | "gateways" | "close">;

export function control(url: string): Control {
  const get = (path: string) => call(`${url}/control/${path}`);
  const post = (path: string, body: unknown = {}) =>
    call(`${url}/control/${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return {
    script: async (script) => void (await post("script", script)),
    deliver: async (gateway, orderId) => (await post("deliver", { gateway, order_id: orderId })).delivered,
    book: () => get("book"),
    faults: async () => (await get("faults")).faults,
    options: () => get("options"),
    setOptions: (changes) => post("options", changes),
    advance: async (seconds) => (await post("clock", { advance_seconds: seconds })).now,
    deleteCard: async (billingKey) => void (await post("payple/delete_card", { billing_key: billingKey })),
    act: async (act, orderId) => void (await post(`payletter_global/${act}`, { order_id: orderId })),
    reset: async () => void (await post("reset")),
  };
}

// What it answers is the sandbox's word; its tests and ours hold it to the types.
async function call(url: string, init?: RequestInit): Promise<any> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw new PaypairError("sandbox_unreachable", `${url} does not answer`, { cause });
  });
  const answer = await response.json().catch(() => null);
  if (response.ok && answer) return answer;
  const { code = "answer_unreadable", message = `${url} answered ${response.status}` } = answer?.error ?? {};
  throw new PaypairError<SandboxCode>(code, message);
}
