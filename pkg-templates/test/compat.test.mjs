import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const source = fileURLToPath(new URL("../src/dropin/compat.ts", import.meta.url));
const { outputFiles } = await build({ entryPoints: [source], bundle: true, format: "esm", write: false, logLevel: "error" });
const { authUrl, ended } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);

test("the auth file is found by the old rules, and absolute URLs are believed", () => {
  for (const [object, url] of [
    [{ payple_auth_file: "/pg/auth" }, "/pg/auth"],
    [{ payple_auth_file: "auth.php", payple_dir_path: "/shop" }, "/shop/cPayPayple/auth.php"],
    [{ payple_auth_file: "", payple_dir_path: "/shop" }, "/shop/cPayPayple/payple_payAuth.html"],
    [{}, "/cPayPayple/payple_payAuth.html"],
    [{ payple_auth_file: "https://api.example.com/auth" }, "https://api.example.com/auth"],
  ]) {
    assert.equal(authUrl(object), url);
  }
});

test("an object without a file of its own asks whom the tag names, and a client key the sandbox of the script", () => {
  const gateway = "http://localhost:8081/payple";
  for (const [object, auth, url] of [
    [{ clientKey: "k" }, "/pg/auth", "/pg/auth"],
    [{ clientKey: "k" }, "", "http://localhost:8081/payple/js/v1/auth"],
    [{ clientKey: "k", payple_auth_file: "/own" }, "/pg/auth", "/own"],
    [{}, "/pg/auth", "/pg/auth"],
    [{}, "", "/cPayPayple/payple_payAuth.html"],
  ]) {
    assert.equal(authUrl(object, auth, gateway), url);
  }
});

test("an end without the gateway stands under both names, over what the page had", () => {
  const own = { PCD_PAY_OID: "o", PCD_PAY_RST: "success" };
  assert.deepEqual(ended(own, "close", "words"), {
    ...{ PCD_PAY_OID: "o", PCD_PAY_RST: "close" },
    ...{ PCD_PAY_RESULT: "close", PCD_PAY_MSG: "words" },
  });
});
