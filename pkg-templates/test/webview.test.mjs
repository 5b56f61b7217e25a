import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { appRows, appTable } from "../webview-data.mjs";

const source = fileURLToPath(new URL("../src/webview.ts", import.meta.url));
const options = { bundle: true, format: "esm", write: false, logLevel: "error", plugins: [appTable] };
const { outputFiles } = await build({ entryPoints: [source], ...options });
const { appReturnPage, escapeUrl, inAppBrowser, resolveNavigation } = await import(
  `data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`
);

const golden = (name) => JSON.parse(readFileSync(new URL(`../../tests/golden/${name}.json`, import.meta.url), "utf8"));

test("every link is resolved as the Rust core resolves it", () => {
  const { navigation } = golden("navigation");
  assert.ok(navigation.length > 100);
  for (const { why, url, android, ios } of navigation) {
    assert.deepEqual(resolveNavigation(url, { platform: "android" }), android, `android, ${why}: ${url}`);
    assert.deepEqual(resolveNavigation(url, { platform: "ios" }), ios, `ios, ${why}: ${url}`);
  }
});

test("apps come back to a page of the gateway or to none", () => {
  for (const { why, url, prefix, page } of golden("navigation").appReturn) {
    assert.equal(appReturnPage(url, prefix), page, why);
  }
  const here = "http://localhost:8081/a";
  assert.equal(appReturnPage(`shop://ISPSuccess/${here}`, "shop://ISPSuccess", { domains: ["localhost"] }), here);
});

test("the whole table is in it", () => {
  assert.ok(appRows().length > 120);
  for (const [scheme, packageName] of appRows()) {
    if (!scheme) continue;
    const found = resolveNavigation(`${scheme}://pay`, { platform: "android" });
    assert.equal(found.kind, "app", scheme);
    assert.equal(found.package ?? "", packageName, scheme);
  }
});

test("nothing dangerous is ever opened, whatever is put together", () => {
  const pieces = [
    ...["intent:", "javascript:", "DATA:", "file:", "content:", "about:", "market:", "itms-apps:", "https:", "//", "/", "a.example"],
    ...["play.google.com/store/apps/details?id=", "com.kakao.talk", "#", "#Intent;", "scheme=", "package=", "component=", "SEL;"],
    ...["S.browser_fallback_url=", "https%3A%2F%2Fa.example", "javascript%3Aalert(1)", ";", "end", "%", "%0A", "\n", "\0", " ", "@"],
  ];
  let seed = 7;
  const next = (below) => (seed = (seed * 48271) % 2147483647) % below;
  const isPage = (url) => /^https?:\/\//i.test(url);
  for (let round = 0; round < 20_000; round += 1) {
    const url = Array.from({ length: next(12) }, () => pieces[next(pieces.length)]).join("");
    const found = resolveNavigation(url, { platform: round % 2 ? "android" : "ios" });
    if (found.kind === "app") {
      assert.doesNotMatch(found.url, /^(javascript|vbscript|data|file|content|intent|about|blob):|[\0-\x1f\x7f]|#Intent;/i, url);
      assert.ok(found.storeUrl === undefined || isPage(found.storeUrl), url);
      assert.ok(found.fallbackUrl === undefined || isPage(found.fallbackUrl), url);
    }
    if (found.kind === "fallback") assert.ok(isPage(found.url), url);
  }
});

test("a page cannot keep the app busy with a long link", () => {
  const long = " ".repeat(300_000);
  const from = performance.now();
  for (const url of [`kakaotalk://${long}a`, `intent://a${long}b#Intent;S.x=${long}a;scheme=x;end`, `${"a.".repeat(150_000)}:`]) {
    resolveNavigation(url, { platform: "android" });
    appReturnPage(url, "kakaotalk://");
  }
  assert.ok(performance.now() - from < 1_000);
});

test("apps with a browser of their own are known by their user agent, and left where there is a way", () => {
  const { url, agents, urls } = golden("in_app_browsers");
  for (const { id, agent, escape } of agents) {
    assert.equal(inAppBrowser(agent)?.id ?? null, id, agent);
    assert.equal(escapeUrl(url, agent), escape, agent);
  }
  for (const { why, url, agent, escape } of urls) assert.equal(escapeUrl(url, agent), escape, why);
});
