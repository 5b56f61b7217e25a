// How another app comes back. The same rules as the Rust core's `app_return.rs`.

import { hasControl, hostAndPath, lowerCase, splitScheme, trim } from "./url-text.js";

/** The domains of the gateways' pages, with everything below them. */
const GATEWAY_DOMAINS = ["payletter.com", "payple.kr"];

/** Any app can send such a link, so only https pages of these domains are answered. */
export function appReturnPage(
  url: string,
  prefix: string,
  { domains = GATEWAY_DOMAINS }: { domains?: readonly string[] } = {},
): string | null {
  const text = trim(url);
  const head = prefix.replace(/\/+$/, "");
  if (!head || lowerCase(text.slice(0, head.length)) !== lowerCase(head)) return null;
  const page = text.slice(head.length).replace(/^\/+/, "");
  const parts = splitScheme(page);
  const host = parts && hostAndPath(parts[1])?.host;
  if (!parts || !host || hasControl(page)) return null;
  const ours = domains.some((domain) => host === domain || host.endsWith(`.${domain}`));
  // A sandbox on this machine has no certificate.
  const scheme = lowerCase(parts[0]);
  const safe = scheme === "https" || (scheme === "http" && host === "localhost");
  return ours && safe ? page : null;
}
