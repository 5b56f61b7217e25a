//! Options of an order: each arrives at the gateway, and each that the gateway or the method does not have is refused by name.

use crate::common::{self, Handback, Setup, Tap, TestApp, control::faults, keys::code};
use paypair_protocol::{Secret, hash::notice_hash};
use serde_json::{Value, json};

const PAYPAL: &str = "PaypalExpressCheckout";

/// What the last request for a window said.
fn sent(tap: &Tap) -> Value {
    serde_json::from_str(tap.sent("request").last().unwrap()).unwrap()
}

fn usd(method: &str, options: Value) -> Value {
    json!({ "method": method, "amount": "12.50", "currency": "USD", "options": options })
}

#[tokio::test]
async fn payletters_options_arrive() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let options = json!({
        "taxFreeAmount": 1000, "taxAmount": "818", "receiptEmail": "tax@example.com",
        "recurring": true, "showCashReceipt": true, "keyIn": true, "cupDeposit": "300",
        "serviceName": "온달", "inApp": { "returnUrl": "ondal://ISPSuccess/", "cancelUrl": "ondal://ISPCancel/" },
    });
    let page = app.order("payletter", json!({ "options": options })).await;
    page.prepare("redirect").await;
    let body = sent(&tap);
    for (name, value) in [
        ("taxfree_amount", json!(1000)),
        ("tax_amount", json!(818)),
        ("email_flag", json!("Y")),
        ("email_addr", json!("tax@example.com")),
        ("autopay_flag", json!("Y")),
        ("receipt_flag", json!("Y")),
        ("keyin_flag", json!("Y")),
        ("disposable_cup_deposit", json!(300)),
        ("service_name", json!("온달")),
        ("inapp_flag", json!("Y")),
        ("app_return_url", json!("ondal://ISPSuccess/")),
        ("app_cancel_url", json!("ondal://ISPCancel/")),
    ] {
        assert_eq!(body[name], value, "{name} of {body}");
    }
}

#[tokio::test]
async fn without_options_nothing_of_them_is_sent() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.order("payletter", json!({ "options": {} }))
        .await
        .prepare("redirect")
        .await;
    let body = sent(&tap);
    for name in ["tax_amount", "inapp_flag", "receipt_flag", "expire_date"] {
        assert_eq!(body[name], Value::Null, "{name}");
    }
    assert_eq!(
        (&body["service_name"], &body["email_addr"]),
        (&json!("paypair"), &json!("buyer@example.com")),
        "what is configured, and the customer's own address"
    );
}

#[tokio::test]
async fn a_virtual_account_takes_deposits_until_its_last_moment() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    app.advance(0).await;
    let on = jiff::civil::Date::strptime("%Y-%m-%d", app.today()).unwrap();
    let on = on.checked_add(jiff::Span::new().days(3)).unwrap();
    let expires = json!({ "on": on.to_string(), "time": "18:30" });
    let more = json!({ "method": "virtualaccount", "options": { "accountExpires": expires } });
    let page = app.order("payletter", more).await;
    let outcome = page.pay("redirect").await;
    let day = on.strftime("%Y%m%d").to_string();
    let body = sent(&tap);
    assert_eq!(
        (&body["expire_date"], &body["expire_time"]),
        (&json!(day), &json!("1830"))
    );
    assert_eq!(outcome["status"], "awaiting_deposit", "{outcome}");
    let told = common::text(&outcome["virtualAccount"]["expiresAt"]);
    assert!(told.starts_with(&day), "{outcome}");
}

#[tokio::test]
async fn payples_options_stand_in_the_window() {
    let app = TestApp::start().await;
    let options = json!({
        "taxable": true, "taxAmount": "909", "custom1": "a", "custom2": "나", "showCashReceipt": true,
        "recurring": true, "appScheme": "myshop://",
    });
    let page = app.order("payple", json!({ "options": options })).await;
    let prepared = page.prepare("layer").await;
    let fields: Vec<(String, String)> =
        serde_json::from_value(prepared["launch"]["fields"].clone()).unwrap();
    for (name, value) in [
        ("PCD_PAY_ISTAX", "Y"),
        ("PCD_PAY_TAXTOTAL", "909"),
        ("PCD_USER_DEFINE1", "a"),
        ("PCD_USER_DEFINE2", "나"),
        ("PCD_TAXSAVE_FLAG", "Y"),
        ("PCD_CARD_VER", "01"),
        ("PCD_APP_SCHEME", "myshop://"),
    ] {
        let found = fields.iter().find(|(have, _)| have == name);
        assert_eq!(found.map(|(_, value)| &**value), Some(value), "{name}");
    }
}

#[tokio::test]
async fn globals_options_arrive() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let options = json!({
        "recurring": true, "serviceName": "ondal", "payInfo": "more",
        "billingAddress": { "city": "Seoul", "country": "410", "line1": "1 Main", "postcode": "04524" },
    });
    let page = app
        .order("payletter_global", usd("PLCreditCard", options))
        .await;
    page.prepare("popup").await;
    let body = sent(&tap);
    for (name, value) in [
        ("recurringtype", "Y"),
        ("servicename", "ondal"),
        ("payinfo", "more"),
        ("billaddrcity", "Seoul"),
        ("billaddrcountry", "410"),
        ("billaddrline1", "1 Main"),
        ("billaddrpostcode", "04524"),
    ] {
        assert_eq!(body[name], value, "{name} of {body}");
    }
    assert_eq!(body["paypalrecurrflag"], Value::Null, "a card is no PayPal");
}

#[tokio::test]
async fn paypals_options_arrive() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let options = json!({
        "paypalBuyer": {
            "firstName": "Gil-dong", "lastName": "Hong", "phone": "01012345678", "country": "KR",
            "joinedAt": "2024-01-02T03:04:05+09:00",
        },
        "subscription": { "interval": "month", "every": 3, "cycles": 4 },
        "cancelToReturnUrl": true,
    });
    let page = app.order("payletter_global", usd(PAYPAL, options)).await;
    page.prepare("popup").await;
    let body = sent(&tap);
    for (name, value) in [
        ("paypalisppflag", "Y"),
        ("payerfirstname", "Gil-dong"),
        ("payerlastname", "Hong"),
        ("payerphone", "01012345678"),
        ("payercountrycode", "KR"),
        ("payercreatedate", "2024-01-02T03:04:05+09:00"),
        ("recurringtype", "Y"),
        ("intervaltype", "3"),
        ("intervalcnt", "3"),
        ("totalcycles", "4"),
        ("paypalcnlurlflag", "Y"),
    ] {
        assert_eq!(body[name], value, "{name} of {body}");
    }
    // A cancelled PayPal payment comes back, because it was asked to.
    let handback = page.press("popup", "cancel").await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    page.wait_for("cancelled").await;
}

#[tokio::test]
async fn paypal_agrees_with_an_amount_and_without() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app
        .order(
            "payletter_global",
            usd(PAYPAL, json!({ "recurring": true })),
        )
        .await;
    assert_eq!(page.pay("popup").await["status"], "paid");
    let body = sent(&tap);
    assert_eq!(
        (&body["paypalrecurrflag"], &body["recurringtype"]),
        (&json!("Y"), &json!("Y"))
    );
    assert_eq!(body["amount"], json!(12.50));
    let more = json!({ "method": PAYPAL, "work": "register", "amount": null });
    let page = app.order("payletter_global", more).await;
    let outcome = page.pay("popup").await;
    assert_eq!(outcome["status"], "registered", "{outcome}");
    let body = sent(&tap);
    assert_eq!(
        (
            &body["amount"],
            &body["currency"],
            &body["paypalrecurrflag"]
        ),
        (&Value::Null, &Value::Null, &json!("Y"))
    );
}

#[tokio::test]
async fn a_buyer_may_choose_the_method_in_globals_window() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let mut more = usd("", json!({}));
    more["method"] = Value::Null;
    let page = app.order("payletter_global", more).await;
    let prepared = page.prepare("redirect").await;
    assert_eq!(sent(&tap)["pginfo"], Value::Null);
    let typed = [("pginfo", "PLCreditCard")];
    let handback = app.press_typing(&prepared["launch"], "pay", &typed).await;
    let (url, fields) = handback.post();
    app.post_form(url, fields).await;
    let outcome = page.wait_for("paid").await;
    assert!(
        common::text(&outcome["method"]).contains("CreditCard"),
        "{outcome}"
    );
}

#[tokio::test]
async fn a_pin_has_no_expected_amount() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let more =
        json!({ "method": "MOLzGold-MOLPoints", "amount": null, "options": { "pin": true } });
    let page = app.order("payletter_global", more.clone()).await;
    page.prepare("popup").await;
    let body = sent(&tap);
    assert_eq!(
        (&body["pinflag"], &body["amount"]),
        (&json!("Y"), &Value::Null)
    );
    // What the PIN was worth is what was paid, once; another amount for the same payment is looked into.
    let (status, _) = app.notice(&notice(&page.order_id, "5", "t1")).await;
    assert_eq!(status, 200);
    let outcome = page.wait_for("paid").await;
    assert_eq!(
        (&outcome["amount"], &outcome["currency"]),
        (&json!("5.00"), &json!("USD")),
        "{outcome}"
    );
    app.notice(&notice(&page.order_id, "500", "t1")).await;
    let outcome = page.status(0).await;
    assert_eq!(outcome["amount"], "5.00", "{outcome}");
    // An order with an amount is not so generous.
    let other = app
        .order(
            "payletter_global",
            usd("MOLzGold-MOLPoints", json!({ "pin": true })),
        )
        .await;
    other.prepare("popup").await;
    app.notice(&notice(&other.order_id, "5", "t2")).await;
    assert_ne!(other.status(1).await["status"], "paid");
}

#[tokio::test]
async fn what_a_pin_is_worth_is_what_was_paid() {
    let app = TestApp::start().await;
    let more =
        json!({ "method": "MOLzGold-MOLPoints", "amount": null, "options": { "pin": true } });
    let page = app.order("payletter_global", more).await;
    let prepared = page.prepare("popup").await;
    app.press(&prepared["launch"], "pay").await;
    let outcome = page.wait_for("paid").await;
    assert_eq!(
        (&outcome["amount"], &outcome["currency"]),
        (&json!("10.00"), &json!("USD")),
        "{outcome}"
    );
}

/// A notice of a payment, signed as the gateway does.
fn notice(order_id: &str, amount: &str, token: &str) -> Vec<(String, String)> {
    let sent = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let sent = sent.unwrap().as_secs().to_string();
    let key = Secret::new("PL_Merchant");
    let hash = notice_hash("PL_Merchant", "USD", order_id, amount, "1001", &sent, &key);
    [
        ("notifytype", "1"),
        ("storeid", "PL_Merchant"),
        ("storeorderno", order_id),
        ("currency", "USD"),
        ("payamt", amount),
        ("payerid", "1001"),
        ("paytoken", token),
        ("pginfo", "MOLzGold-MOLPoints"),
        ("timestamp", &sent),
        ("hash", &hash.to_lower_hex()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

#[tokio::test]
async fn an_option_that_is_not_offered_is_refused_by_name() {
    let app = TestApp::start().await;
    let buyer = json!({
        "firstName": "a", "lastName": "b", "phone": "1", "country": "KR", "joinedAt": "2024-01-02",
    });
    let terms = json!({ "interval": "month" });
    for (gateway, method, name, value) in [
        ("payple", "card", "taxFreeAmount", json!("10")),
        ("payple", "card", "receiptEmail", json!("a@example.com")),
        ("payple", "card", "keyIn", json!(true)),
        ("payple", "card", "inApp", json!({})),
        ("payple", "card", "serviceName", json!("x")),
        ("payple", "card", "cupDeposit", json!(300)),
        (
            "payple",
            "card",
            "accountExpires",
            json!({ "on": "2099-01-01" }),
        ),
        ("payple", "card", "subscription", terms.clone()),
        ("payletter", "creditcard", "taxable", json!(true)),
        ("payletter", "creditcard", "appScheme", json!("x://")),
        ("payletter", "creditcard", "custom1", json!("x")),
        ("payletter", "creditcard", "custom2", json!("x")),
        (
            "payletter",
            "creditcard",
            "accountExpires",
            json!({ "on": "2099-01-01" }),
        ),
        ("payletter", "creditcard", "pin", json!(true)),
        ("payletter", "creditcard", "payInfo", json!("x")),
        ("payletter", "creditcard", "billingAddress", json!({})),
        ("payletter", "creditcard", "cancelToReturnUrl", json!(true)),
        ("payletter_global", "PLCreditCard", "taxAmount", json!("1")),
        (
            "payletter_global",
            "PLCreditCard",
            "showCashReceipt",
            json!(true),
        ),
        ("payletter_global", "PLCreditCard", "paypalBuyer", buyer),
        ("payletter_global", "PLCreditCard", "subscription", terms),
        (
            "payletter_global",
            "PLCreditCard",
            "cancelToReturnUrl",
            json!(true),
        ),
    ] {
        let mut order = json!({
            "gateway": gateway, "method": method, "amount": "10000", "productName": "a",
            "customer": { "id": "1001", "email": "buyer@example.com" }, "options": {},
        });
        order["options"][name] = value;
        let (status, answer) = app.merchant("POST", "/orders", order).await;
        assert_eq!(status, 422, "{gateway} {name}: {answer}");
        let refused = (format!("options.{name}"), "option_not_offered".to_owned());
        assert!(
            faults(&answer).contains(&refused),
            "{gateway} {name}: {answer}"
        );
    }
}

#[tokio::test]
async fn every_rule_of_a_value_is_told_at_once_under_the_callers_names() {
    let app = TestApp::start().await;
    let refused = async |more: Value| {
        let mut order = json!({
            "gateway": "payletter", "method": "creditcard", "amount": "10000", "productName": "a",
            "customer": { "id": "1001", "email": "buyer@example.com" },
        });
        for (name, value) in more.as_object().unwrap() {
            order[name] = value.clone();
        }
        let (status, answer) = app.merchant("POST", "/orders", order).await;
        assert_eq!(status, 422, "{answer}");
        assert_eq!(answer["error"]["code"], "fields_invalid");
        let mut faults = faults(&answer);
        faults.sort();
        faults
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let own = |(field, code): &(&str, &str)| ((*field).to_owned(), (*code).to_owned());
        pairs.iter().map(own).collect()
    };

    let options = json!({ "taxAmount": "x", "cupDeposit": 20_000, "receiptEmail": "nobody", "taxable": true });
    assert_eq!(
        refused(json!({ "amount": "50", "options": options })).await,
        pairs(&[
            ("amount", "amount_too_small"),
            ("options.cupDeposit", "field_invalid"),
            ("options.receiptEmail", "field_not_email"),
            ("options.taxAmount", "amount_malformed"),
            ("options.taxable", "option_not_offered"),
        ])
    );
    for (expires, field) in [
        (json!({ "on": "20990101" }), "options.accountExpires.on"),
        (json!({ "on": "2001-01-01" }), "options.accountExpires.on"),
        (
            json!({ "on": "2099-01-01", "time": "25:00" }),
            "options.accountExpires.time",
        ),
    ] {
        let more = json!({ "method": "virtualaccount", "options": { "accountExpires": expires } });
        assert_eq!(refused(more).await, pairs(&[(field, "field_invalid")]));
    }
    for (method, options, field) in [
        ("toss", json!({ "recurring": true }), "options.recurring"),
        ("kakaopay", json!({ "keyIn": true }), "options.keyIn"),
        ("book", json!({ "cupDeposit": "100" }), "options.cupDeposit"),
    ] {
        let more = json!({ "method": method, "options": options });
        assert_eq!(
            refused(more).await,
            pairs(&[(field, "field_not_for_method")]),
            "{method}"
        );
    }
    let paypal = |options: Value| json!({ "gateway": "payletter_global", "method": PAYPAL, "amount": "12.50", "currency": "USD", "options": options });
    let terms = |interval: &str, every: u16, cycles: u16| {
        paypal(
            json!({ "subscription": { "interval": interval, "every": every, "cycles": cycles } }),
        )
    };
    let every = pairs(&[("options.subscription.every", "field_out_of_range")]);
    assert_eq!(refused(terms("year", 2, 0)).await, every);
    assert_eq!(refused(terms("month", 13, 0)).await, every);
    assert_eq!(refused(terms("day", 0, 0)).await, every);
    assert_eq!(
        refused(terms("week", 1, 1)).await,
        pairs(&[("options.subscription.cycles", "field_out_of_range")])
    );
    let buyer = json!({ "firstName": "", "lastName": "b", "phone": "1", "country": "KOR", "joinedAt": "2024-01-02" });
    assert_eq!(
        refused(paypal(json!({ "paypalBuyer": buyer }))).await,
        pairs(&[
            ("options.paypalBuyer.country", "field_too_long"),
            ("options.paypalBuyer.firstName", "field_missing"),
        ])
    );
    let unknown = json!({ "unknown": 1 });
    assert_eq!(
        refused(json!({ "options": unknown })).await,
        pairs(&[("unknown", "field_unknown")])
    );
}

#[tokio::test]
async fn other_options_are_another_order() {
    let app = TestApp::start().await;
    let page = app
        .order("payletter", json!({ "options": { "keyIn": true } }))
        .await;
    let order = |key_in: bool| {
        json!({
            "orderId": page.order_id, "gateway": "payletter", "method": "creditcard", "amount": "10000",
            "productName": "스탠드 조명", "options": { "keyIn": key_in },
            "customer": { "id": "1001", "name": "홍길동", "email": "buyer@example.com" },
        })
    };
    assert_eq!(app.merchant("POST", "/orders", order(true)).await.0, 200);
    assert_eq!(app.merchant("POST", "/orders", order(false)).await.0, 409);
}

#[tokio::test]
async fn where_the_window_never_comes_back_the_page_and_the_clock_end_it() {
    let app = TestApp::start().await;
    for method in ["lpay", "samsungpay", "naverpay"] {
        let page = app.order("payletter", json!({ "method": method })).await;
        let Handback::Nothing = page.press("popup", "cancel").await else {
            panic!("{method} does not reach cancel_url");
        };
        let (_, closed) = page.post("closed", json!({})).await;
        assert_eq!(closed["status"], "pending", "{method}: {closed}");
        let again = page.prepare("popup").await;
        assert_eq!(again["attempt"], 1, "the same window, while it lives");
    }
    app.advance(31 * 60).await;
    let page = app.order("payletter", json!({ "method": "lpay" })).await;
    page.prepare("popup").await;
    app.advance(31 * 60).await;
    let again = page.prepare("popup").await;
    assert_eq!(
        again["attempt"], 2,
        "a window whose time is over keeps nobody out"
    );
}

#[tokio::test]
async fn options_that_this_version_cannot_read_open_no_window() {
    let app = TestApp::start().await;
    let options = json!({ "options": { "taxFreeAmount": "1000" } });
    let page = app.order("payletter", options).await;
    // A later version wrote an option that this one does not know.
    let file = app.folder.path().join("test.sqlite3");
    let file = rusqlite::Connection::open(file).unwrap();
    let newer = json!({ "options": r#"{"taxFreeAmount":"1000","carbonTax":"1"}"# }).to_string();
    let changed = file.execute(
        "UPDATE merchant_order SET extra = ?1 WHERE id = ?2",
        (newer, &page.order_id),
    );
    assert_eq!(changed.unwrap(), 1);
    let (status, answer) = page.post("prepare", json!({ "layout": "popup" })).await;
    assert_eq!(
        (status, &*code(&answer)),
        (500, "options_unreadable"),
        "{answer}"
    );
    assert_eq!(app.called("payments/request").await, 0);
    assert_eq!(app.show(&page.order_id).await["attempts"], json!([]));
}
