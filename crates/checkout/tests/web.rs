//! The typed API in a real browser, against a server made of answers.
#![cfg(all(target_arch = "wasm32", feature = "full"))]

use js_sys::Promise;
use paypair_checkout::browser::{pay, payple_object};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen(inline_js = "
const frame = document.createElement('iframe');
document.body.append(frame);

export const asked = [];
let shown = [];
let stop;

// A server that has one open order, which is paid once a result was handed in.
export function server() {
  asked.length = 0;
  let status = 'pending';
  globalThis.fetch = async (request, init) => {
    const url = typeof request === 'string' ? request : request.url;
    const what = new URL(url, location.href).pathname.split('/').pop();
    const body = typeof request === 'string' ? init?.body : await request.clone().text();
    asked.push(what + ' ' + (body ?? ''));
    if (what === 'prepare') {
      const launch = { kind: 'post', url: 'about:blank', fields: [['PCD_PAY_OID', 'order-1']] };
      return Response.json({ orderId: 'order-1', attempt: 1, launch, messageOrigin: location.origin, channel: 'c' });
    }
    if (what === 'result') status = 'paid';
    if (what === 'status') await new Promise((done) => setTimeout(done, 200));
    return Response.json({ orderId: 'order-1', status, state: status, attempt: 1, productName: '머그컵',
      amount: '1000', final: status === 'paid', billingKey: 'must not come through' });
  };
}

export function call(fields) {
  shown = [];
  stop = new AbortController();
  const view = {
    layout: 'layer', window: frame.contentWindow, standing: () => 'open', focus() {}, resize() {},
    post: () => shown.push('post'), go: () => shown.push('go'),
    checking: () => shown.push('checking'), done: () => shown.push('done'),
  };
  return { server: '/pay', orderId: 'order-1', clientSecret: 'cs_1', locale: 'ko', device: 'desktop', fields, view, signal: stop.signal,
    remember: () => shown.push('remember'), forget: () => shown.push('forget'), state: (state) => shown.push(state) };
}

export const abort = () => stop.abort();
// Long enough for another ask and another look.
export const later = () => new Promise((done) => setTimeout(done, 1500));
export const steps = () => shown.join(' ');
export const asks = () => asked.map((ask) => ask.split(' ')[0]).join(' ');
export const results = () => asked.filter((ask) => ask.startsWith('result')).join(' ');
export const object = (json) => JSON.parse(json);
export const json = (value) => JSON.stringify(value);

// The gateway's page speaks, and so does somebody else who is not it.
export async function speak() {
  while (!shown.includes('paying')) await new Promise((done) => setTimeout(done, 10));
  const word = (from) => `postMessage({ type: 'pay_result', data: { PCD_PAY_RST: 'success', from: '${from}' } }, '*')`;
  globalThis.eval(word('a stranger'));
  frame.contentWindow.eval('parent.' + word('the window'));
  frame.contentWindow.eval('parent.' + word('the window, again'));
}
")]
extern "C" {
    fn server();
    fn call(fields: &JsValue) -> JsValue;
    fn steps() -> String;
    fn asks() -> String;
    fn results() -> String;
    fn object(json: &str) -> JsValue;
    fn json(value: &JsValue) -> String;
    fn speak() -> Promise;
    fn abort();
    fn later() -> Promise;
}

fn start(fields: &str) -> JsFuture {
    server();
    JsFuture::from(pay(call(&object(fields)).unchecked_into()))
}

#[wasm_bindgen_test]
async fn only_our_window_is_heard_and_only_once() {
    let paid = start("{\"customerName\":\"홍길동\"}");
    JsFuture::from(speak()).await.unwrap();
    let outcome = json(&paid.await.unwrap());
    assert!(outcome.contains("\"status\":\"paid\""), "{outcome}");
    assert!(!outcome.contains("billingKey"), "{outcome}");
    assert_eq!(
        results(),
        "result {\"fields\":{\"PCD_PAY_RST\":\"success\",\"from\":\"the window\"}}"
    );
    assert_eq!(
        steps(),
        "remember post paying checking checking forget done"
    );
}

#[wasm_bindgen_test]
async fn an_aborted_payment_takes_its_window_away_and_asks_no_more() {
    let paid = start("{}");
    JsFuture::from(later()).await.unwrap();
    abort();
    paid.await.unwrap_err();
    let asked = asks();
    assert!(asked.starts_with("prepare status"), "{asked}");
    JsFuture::from(later()).await.unwrap();
    JsFuture::from(speak()).await.unwrap();
    assert_eq!(asks(), asked, "nothing is asked, nobody listens");
    assert_eq!(steps(), "remember post paying done");
}

#[wasm_bindgen_test]
async fn a_price_from_the_page_is_refused_before_anything_is_asked() {
    let error = json(&start("{\"amount\":\"1\"}").await.unwrap_err());
    assert!(
        error.contains("\"code\":\"field_owned_by_server\""),
        "{error}"
    );
    assert!(error.contains("\"field\":\"amount\""), "{error}");
    assert_eq!(asks(), "");
    assert_eq!(steps(), "done");
}

#[wasm_bindgen_test]
fn a_friendly_object_becomes_the_gateways() {
    let friendly =
        object("{\"method\":\"card\",\"work\":\"register\",\"customerId\":7,\"custom1\":null}");
    let built = payple_object(&friendly, "en").unwrap();
    assert_eq!(
        json(&built),
        "{\"PCD_PAY_TYPE\":\"card\",\"PCD_PAY_WORK\":\"AUTH\",\"PCD_PAYER_NO\":\"7\"}"
    );
    let error = json(&payple_object(&object("{\"custKey\":\"abcd\"}"), "en").unwrap_err());
    assert!(error.contains("secret_in_page"), "{error}");
}
