// URLs as text: app schemes may hold `_`, and React Native's URL is no parser. The same rules as the Rust core's `url_text.rs`.

/** The scheme and what follows its colon. Unlike RFC 3986 it may hold `_`, as `shinhan-sr-ansimclick_samsungpay` does. */
export function splitScheme(url: string): [scheme: string, rest: string] | undefined {
  const scheme = /^[A-Za-z][A-Za-z0-9+._-]*(?=:)/.exec(url)?.[0];
  return scheme === undefined ? undefined : [scheme, url.slice(scheme.length + 1)];
}

/** Without the spaces and controls around it, which browsers take away too. */
export function trim(url: string): string {
  // By hand: a pattern would try every run of spaces inside, and a page may send a hundred thousand.
  let from = 0;
  let to = url.length;
  while (from < to && url.charCodeAt(from) <= 32) from += 1;
  while (to > from && url.charCodeAt(to - 1) <= 32) to -= 1;
  return url.slice(from, to);
}

/** A control inside: a browser would drop it, and `java\nscript:` would run. */
export const hasControl = (url: string) => /[\0-\x1f\x7f]/.test(url);

/** Host and path of a URL after its `http:`; none without a host. User name and port are left out. */
export function hostAndPath(rest: string): { host: string; path: string } | undefined {
  if (!rest.startsWith("//")) return undefined;
  const [authority, tail] = cut(rest.slice(2), /[/?#\\]/);
  const name = authority.slice(authority.lastIndexOf("@") + 1);
  // An IPv6 address has colons of its own, and is no store.
  const host = name.startsWith("[") ? name : cut(name, /:/)[0];
  return host ? { host: lowerCase(host), path: cut(tail, /[?#]/)[0] } : undefined;
}

/** The value of `id` in the query, if it names a package. */
export function packageInQuery(url: string): string | undefined {
  const query = cut(cut(url, /#/)[0], /\?/)[1].slice(1);
  const pair = query.split("&").find((pair) => pair.startsWith("id="));
  return pair && isPackage(pair.slice(3)) ? pair.slice(3) : undefined;
}

/** The number in `/id839333328`, as links to the App Store have it. */
export function numberInPath(url: string): string | undefined {
  const part = cut(url, /[?#]/)[0].split("/").find((part) => /^id[0-9]+$/.test(part));
  return part?.slice(2);
}

/** Is this an Android package: two names or more, joined by dots? */
export const isPackage = (text: string) => /^[A-Za-z0-9][A-Za-z0-9_]*(\.[A-Za-z0-9][A-Za-z0-9_]*)+$/.test(text);

/** Is it http or https? */
export const isWeb = (scheme: string) => /^https?$/i.test(scheme);

/** Percent signs read once. What is not clean stays as it is. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Of A to Z alone: other letters have no business in schemes and hosts. */
export const lowerCase = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** Before the first of these characters, and from it on. */
function cut(text: string, marks: RegExp): [before: string, from: string] {
  const at = text.search(marks);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}
