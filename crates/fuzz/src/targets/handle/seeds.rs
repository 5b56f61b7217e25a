//! What might come into the shop: a request for each address, and some that are forged or come again. The corpus is made of them.

use paypair_protocol::Gateway;
use paypair_sandbox::{Ending, Letter};
use paypair_verifier::RawRequest;
use serde_json::{Value, json};

use super::shop::{MOUNT, ORIGIN, TOKEN};
use super::stage::{Open, Pressed};

/// What the requests are made of.
pub(super) struct Known<'a> {
    /// Payple's two, Payletter's payment and card, Global's.
    pub(super) open: &'a [Open; 5],
    pub(super) pressed: &'a [Pressed; 5],
    pub(super) called: &'a Letter,
    pub(super) noticed: &'a Letter,
    pub(super) keys: &'a [String; 2],
    /// The paths of the launch pages of an order whose window is open, and of one that never had a window.
    pub(super) launch: &'a [String; 2],
    /// The secret of the latter.
    pub(super) new: &'a str,
}

pub(super) fn seeds(known: &Known<'_>) -> Vec<(String, Vec<u8>)> {
    let Known { open, pressed, .. } = known;
    let nothing = json!({});
    let [payple, _, payletter, _, global] = open;
    let page = |open: &Open, what, body: &Value| by_page(&open.id, &open.secret, what, body);
    let back = |nth: usize| match &pressed[nth].ending {
        Ending::Post { url, fields } => by_return(url, fields),
        other => panic!("{other:?}"),
    };
    // The order's number is not signed; the address is the order's own.
    let back_bare = match &pressed[3].ending {
        Ending::Post { url, fields } => {
            let others = fields.iter().filter(|(name, _)| name != "order_no");
            by_return(url, &others.cloned().collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    let called = &pressed[2].letters[0];
    let charge = json!({
        "orderId": "rent", "billingKeyId": known.keys[0], "customerId": "7", "amount": "9900", "productName": "cup",
    });
    let receipt = json!({ "purpose": "tax_deduction", "identity": { "phone": "010-2345-6789" } });
    let resolved = json!({ "operator": "kim", "resolution": "not_captured", "note": "looked" });
    let adopted = json!({
        "orderId": "moved", "gateway": "payletter", "method": "creditcard", "customerId": "7", "billingKey": "PLMOVED0001",
    });
    // Payple is asked whose a key is, and cannot be reached.
    let adopted_payple = json!({
        "orderId": "moved-payple", "gateway": "payple", "method": "card", "customerId": "7", "billingKey": "PPMOVED0001",
    });
    let order = json!({
        "orderId": "a", "gateway": "payple", "method": "card", "amount": "1000", "productName": "cup", "customer": { "id": "7" },
    });
    let old = json!({ "fields": {
        "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "01", "PCD_PAY_OID": "o-1", "PCD_RST_URL": "/old",
    } });
    let webhook = "PCD_PAY_RST=success&PCD_PAY_CODE=0000&PCD_PAY_TYPE=card&PCD_PAY_OID=open-payple&PCD_PAY_TOTAL=1000&PCD_PAY_TIME=20261107120000";
    let [launch, launch_new] = known.launch;
    let desktop = json!({ "layout": "layer", "device": "desktop" });
    let get = |path: &str| RawRequest::new("GET", path);
    let requests = [
        ("order", by_merchant("/orders", &order)),
        (
            "refund",
            by_merchant("/orders/paid-payletter/refund", &nothing),
        ),
        (
            "refund_part",
            by_merchant(
                "/orders/paid-global/refund",
                &json!({ "amount": "1.00", "refundId": "r1" }),
            ),
        ),
        (
            "refund_payple",
            by_merchant("/orders/paid-payple/refund", &json!({ "refundId": "r2" })),
        ),
        (
            "lookup",
            by_merchant("/orders/open-payletter/lookup", &nothing),
        ),
        (
            "cash_receipt",
            by_merchant("/orders/paid-payple/cash-receipt", &receipt),
        ),
        (
            "cash_receipt_cancel",
            by_merchant("/orders/paid-payple/cash-receipt/cancel", &receipt),
        ),
        (
            "resolve",
            by_merchant("/orders/open-payple/resolve", &resolved),
        ),
        (
            "receipt",
            by_merchant(
                "/orders/paid-payletter/receipt",
                &json!({ "kind": "receipt" }),
            ),
        ),
        ("charge", by_merchant("/charges", &charge)),
        (
            "charge_once",
            by_merchant("/charges", &charge).with_header("idempotency-key", "\"rent-of-november\""),
        ),
        ("adopt", by_merchant("/billing-keys", &adopted)),
        (
            "adopt_payple",
            by_merchant("/billing-keys", &adopted_payple),
        ),
        (
            "check_key",
            with_token(get(&format!("/billing-keys/{}?check=true", known.keys[0]))),
        ),
        (
            "delete_key",
            by_merchant(&format!("/billing-keys/{}/delete", known.keys[0]), &nothing),
        ),
        (
            "end_subscription",
            by_merchant("/subscriptions/monthly-global/cancel", &nothing),
        ),
        ("reconcile", by_merchant("/reconciliations", &nothing)),
        (
            "resolve_break",
            by_merchant(
                "/breaks/1/resolve",
                &json!({ "operator": "kim", "note": "looked" }),
            ),
        ),
        (
            "replay",
            by_merchant("/deliveries/webhook_1/replay", &nothing),
        ),
        (
            "sales",
            with_token(get(
                "/sales?gateway=payletter&from=2026-11-01&to=2026-11-07",
            )),
        ),
        ("events", with_token(get("/events?after=0&limit=10"))),
        ("show", with_token(get("/orders/open-payletter"))),
        (
            "prepare",
            page(
                payletter,
                "prepare",
                &json!({ "layout": "redirect", "device": "mobile" }),
            ),
        ),
        (
            "prepare_new",
            by_page("new-payletter", known.new, "prepare", &desktop),
        ),
        (
            "result",
            page(payple, "result", &result(&pressed[0].ending)),
        ),
        (
            "result_close",
            page(
                payple,
                "result",
                &json!({ "fields": { "PCD_PAY_RST": "close" } }),
            ),
        ),
        ("closed", page(global, "closed", &nothing)),
        ("launch", page(payple, "launch", &nothing)),
        (
            "status",
            get("/orders/open-payletter/status?wait=1")
                .with_header("origin", ORIGIN)
                .with_header("paypair-client-secret", &payletter.secret),
        ),
        (
            "old_page",
            RawRequest::new("POST", "/payple/auth")
                .with_header("origin", ORIGIN)
                .with_body(old.to_string()),
        ),
        ("launch_page", get(launch)),
        ("start_launch", RawRequest::new("POST", launch)),
        ("start_launch_new", RawRequest::new("POST", launch_new)),
        ("return_payple", back(1)),
        ("return_payletter", back(2)),
        ("return_card", back(3)),
        ("return_card_bare", back_bare),
        ("return_global", back(4)),
        (
            "webhook",
            RawRequest::new("POST", "/webhook/payple").with_body(webhook),
        ),
        ("callback", by_letter(called)),
        (
            "callback_bare",
            RawRequest::new("POST", "/callback/payletter").with_body(called.body.clone()),
        ),
        ("callback_again", by_letter(known.called)),
        (
            "callback_forged",
            RawRequest::new("POST", &path_of(&called.url))
                .with_body(called.body.replacen("1000", "1", 1)),
        ),
        ("notice", by_letter(&pressed[4].letters[0])),
        ("notice_again", by_letter(known.noticed)),
        (
            "notice_forged",
            by_letter(known.noticed)
                .with_body(known.noticed.body.replace("paid-global", "open-global")),
        ),
        (
            "preflight",
            RawRequest::new("OPTIONS", "/orders/x/prepare")
                .with_header("origin", "https://evil.example"),
        ),
        (
            "stranger",
            RawRequest::new("POST", "/orders")
                .with_header("authorization", "Bearer x")
                .with_body(order.to_string()),
        ),
    ];
    let text = |(name, request): (&str, RawRequest)| (name.to_owned(), text_of(&request));
    requests.into_iter().map(text).collect()
}

pub(super) fn with_token(request: RawRequest) -> RawRequest {
    request.with_header("authorization", &format!("Bearer {TOKEN}"))
}

pub(super) fn by_merchant(path: &str, body: &Value) -> RawRequest {
    with_token(RawRequest::new("POST", path)).with_body(body.to_string())
}

pub(super) fn by_page(id: &str, secret: &str, what: &str, body: &Value) -> RawRequest {
    RawRequest::new("POST", &format!("/orders/{id}/{what}"))
        .with_header("origin", ORIGIN)
        .with_header("paypair-client-secret", secret)
        .with_body(body.to_string())
}

pub(super) fn by_letter(letter: &Letter) -> RawRequest {
    let path = match letter.gateway {
        // Its address is set on the admin page.
        Gateway::PayletterGlobal => "/notice/payletter_global".to_owned(),
        _ => path_of(&letter.url),
    };
    RawRequest::new("POST", &path).with_body(letter.body.clone())
}

pub(super) fn by_return(url: &str, fields: &[(String, String)]) -> RawRequest {
    RawRequest::new("POST", &path_of(url)).with_body(form_of(fields))
}

/// What a window's message is handed in as.
pub(super) fn result(ending: &Ending) -> Value {
    let Ending::Message(message) = ending else {
        panic!("{ending:?}");
    };
    let message: Value = serde_json::from_str(message).expect("a message");
    let fields = message.get("data").unwrap_or(&message);
    json!({ "fields": fields })
}

pub(super) fn path_of(url: &str) -> String {
    let path = url.strip_prefix(MOUNT);
    path.unwrap_or_else(|| panic!("{url} is ours")).to_owned()
}

pub(super) fn form_of(fields: &[(String, String)]) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields).finish()
}

/// A request as an input.
fn text_of(request: &RawRequest) -> Vec<u8> {
    let query = request.query.as_ref().map(|query| format!("?{query}"));
    let mut text = format!(
        "{} {}{}\n",
        request.method,
        request.path,
        query.unwrap_or_default()
    );
    for (name, value) in &request.headers {
        text += &format!("{name}: {}\n", String::from_utf8_lossy(value));
    }
    text.push('\n');
    let mut text = text.into_bytes();
    text.extend_from_slice(&request.body);
    text
}
