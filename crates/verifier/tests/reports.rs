//! Lists: what the gateway lists stands beside what we know, and both agree with the gateway's own book.

use crate::common::{Setup, TestApp, control::faults, text};
use serde_json::{Value, json};

fn rows(answer: &Value) -> &Vec<Value> {
    answer["rows"]
        .as_array()
        .unwrap_or_else(|| panic!("{answer}"))
}

fn usd() -> Value {
    json!({ "amount": "12.50", "currency": "USD" })
}

/// Pays an order and gives its id.
async fn paid(app: &TestApp, gateway: &str, more: Value) -> String {
    let page = app.order(gateway, more).await;
    let outcome = page.pay("redirect").await;
    assert_eq!(outcome["status"], "paid", "{gateway}: {outcome}");
    page.order_id.clone()
}

async fn refund(app: &TestApp, order_id: &str, body: Value) {
    let path = format!("/orders/{order_id}/refund");
    let (status, outcome) = app.merchant("POST", &path, body).await;
    assert_eq!(status, 200, "{outcome}");
}

#[tokio::test]
async fn payletters_sales_of_a_day_agree_with_the_gateways_book() {
    let app = TestApp::start().await;
    let kept = paid(&app, "payletter", json!({})).await;
    let back = paid(&app, "payletter", json!({ "amount": "5000" })).await;
    refund(&app, &back, json!({})).await;
    app.order("payletter", json!({}))
        .await
        .press("redirect", "decline")
        .await;

    let (status, list) = app
        .get(&format!("/sales?gateway=payletter&on={}", app.today()))
        .await;
    assert_eq!(status, 200, "{list}");
    assert_eq!(
        (&list["count"], &list["by"]),
        (&json!(2), &json!("payment"))
    );
    assert_eq!(
        (&list["from"], &list["to"]),
        (&json!(app.today()), &json!(app.today()))
    );
    for (order_id, amount, status, state) in [
        (&kept, "10000", "paid", "paid"),
        (&back, "5000", "cancelled", "refunded"),
    ] {
        let row = rows(&list).iter().find(|row| row["orderId"] == **order_id);
        let row = row.unwrap_or_else(|| panic!("{order_id} in {list}"));
        let book = app.book(order_id).await;
        assert_eq!(row["transactionId"], book["transaction_id"]);
        assert_eq!(
            (&row["amount"], &book["amount"]),
            (&json!(amount), &json!(amount))
        );
        assert_eq!(
            (&row["status"], &row["ourState"], &row["ourOrderId"]),
            (&json!(status), &json!(state), &json!(order_id))
        );
        assert_eq!(
            (&row["currency"], &row["customerId"]),
            (&json!("KRW"), &json!("1001"))
        );
        assert!(
            text(&row["paidAt"]).starts_with(&format!("{}T", app.today())),
            "{row}"
        );
        assert!(text(&row["paidAt"]).ends_with("+09:00"), "{row}");
        assert_eq!(
            row["cancelledAt"].is_string(),
            status == "cancelled",
            "{row}"
        );
    }
}

#[tokio::test]
async fn todays_cancellation_of_an_older_payment_shows_by_settlement_only() {
    let app = TestApp::start().await;
    let order_id = paid(&app, "payletter", json!({})).await;
    let first = app.today();
    app.advance(24 * 60 * 60).await;
    refund(&app, &order_id, json!({})).await;
    let today = app.today();
    let ask = async |day: &str, by: &str| {
        let path = format!("/sales?gateway=payletter&on={day}&by={by}");
        app.get(&path).await.1
    };
    let by_payment = ask(&first, "payment").await;
    assert_eq!(rows(&by_payment)[0]["status"], "cancelled", "{by_payment}");
    assert_eq!(ask(&today, "payment").await["count"], 0);
    let by_settlement = ask(&today, "settlement").await;
    assert_eq!(
        (&by_settlement["count"], &rows(&by_settlement)[0]["status"]),
        (&json!(1), &json!("cancelled"))
    );
    assert_eq!(rows(&ask(&first, "settlement").await)[0]["status"], "paid");

    // What was paid and what went back, day by day.
    let path = format!("/settlement?gateway=payletter&from={first}&to={today}");
    let (status, settlement) = app.get(&path).await;
    assert_eq!(status, 200, "{settlement}");
    assert_eq!(settlement["by"], "day");
    let figures: Vec<_> = rows(&settlement)
        .iter()
        .map(|row| {
            [
                "settledOn",
                "count",
                "paid",
                "cancelledCount",
                "cancelled",
                "settled",
            ]
            .map(|name| text(&row[name]))
        })
        .collect();
    assert_eq!(
        figures,
        [
            [&first, "1", "10000", "0", "0", "10000"].map(str::to_owned),
            [&today, "0", "0", "1", "10000", "-10000"].map(str::to_owned),
        ]
    );
    let (_, by_payment) = app.get(&format!("{path}&by=payment")).await;
    assert_eq!(by_payment["count"], 2, "{by_payment}");
    assert_eq!(rows(&by_payment)[1]["ourOrderId"], order_id);
    let (_, by_method) = app.get(&format!("{path}&by=method")).await;
    assert_eq!(rows(&by_method)[0]["method"], "creditcard", "{by_method}");
}

#[tokio::test]
async fn a_virtual_account_is_paid_before_its_last_moment_and_not_after() {
    let app = TestApp::start().await;
    let account = async |days: i8| {
        let on: jiff::civil::Date = app.today().parse().unwrap();
        let on = on.checked_add(jiff::Span::new().days(days)).unwrap();
        let expires = json!({ "on": on.to_string(), "time": "18:30" });
        let more = json!({ "method": "virtualaccount", "options": { "accountExpires": expires } });
        let page = app.order("payletter", more).await;
        let outcome = page.pay("redirect").await;
        assert_eq!(outcome["status"], "awaiting_deposit", "{outcome}");
        page
    };
    let (paid, missed) = (account(3).await, account(1).await);
    app.advance(2 * 24 * 60 * 60).await;
    app.deliver("payletter", &paid.order_id).await;
    paid.wait_for("paid").await;

    // The day of the deposit, not of the account.
    let (_, list) = app
        .get(&format!("/sales?gateway=payletter&on={}", app.today()))
        .await;
    assert_eq!(list["count"], 1, "{list}");
    let row = &rows(&list)[0];
    let book = app.book(&paid.order_id).await;
    assert_eq!(
        (&row["orderId"], &row["ourState"], &row["transactionId"]),
        (
            &json!(paid.order_id),
            &json!("paid"),
            &book["transaction_id"]
        )
    );
    assert_eq!(
        (&book["state"], &row["amount"]),
        (&json!("captured"), &book["amount"])
    );

    // The gateway says "open" of an account that nobody paid into, so the schedule of lookups is walked to its end.
    app.until("the other account is given up", async || {
        app.advance(60 * 60).await;
        missed.status(1).await["status"] == "expired"
    })
    .await;
    assert_ne!(app.book(&missed.order_id).await["state"], "captured");
}

#[tokio::test]
async fn a_list_is_narrowed_by_order_method_and_client() {
    let second = r#"
        [[payletter.clients]]
        client_id = "pay_test_n"
        payment_key = "bmF2ZXItcGF5bWVudC1rZXk="
        search_key = "bmF2ZXItc2VhcmNoLWtleQ=="
        methods = ["naverpay"]"#;
    let app = TestApp::with(Setup {
        clients: second,
        sandbox: |options| {
            options.payletter_clients = vec![paypair_sandbox::PayletterClient {
                client_id: "pay_test_n".to_owned(),
                payment_key: "bmF2ZXItcGF5bWVudC1rZXk=".to_owned(),
                search_key: "bmF2ZXItc2VhcmNoLWtleQ==".to_owned(),
                methods: vec!["naverpay".to_owned()],
            }];
        },
        ..Setup::default()
    })
    .await;
    let card = paid(&app, "payletter", json!({})).await;
    let naver = paid(&app, "payletter", json!({ "method": "naverpay" })).await;
    let found = async |narrow: &str| -> Vec<String> {
        let path = format!("/sales?gateway=payletter&on={}{narrow}", app.today());
        let (status, list) = app.get(&path).await;
        assert_eq!(status, 200, "{list}");
        rows(&list)
            .iter()
            .map(|row| text(&row["orderId"]))
            .collect()
    };
    assert_eq!(found("").await, [&*card, &*naver], "every client's");
    assert_eq!(found("&clientId=pay_test_n").await, [&*naver]);
    assert_eq!(found("&clientId=pay_test").await, [&*card]);
    assert_eq!(found("&method=creditcard").await, [&*card]);
    assert_eq!(found(&format!("&orderId={naver}")).await, [&*naver]);
    let path = format!(
        "/sales?gateway=payletter&on={}&clientId=nobody",
        app.today()
    );
    let (status, answer) = app.get(&path).await;
    assert_eq!(status, 422);
    assert_eq!(
        faults(&answer),
        [("clientId".to_owned(), "field_not_allowed".to_owned())]
    );
}

#[tokio::test]
async fn globals_sales_and_settlement_agree_with_the_gateways_book() {
    let app = TestApp::start().await;
    let kept = paid(&app, "payletter_global", usd()).await;
    let back = paid(&app, "payletter_global", usd()).await;
    let part = paid(&app, "payletter_global", usd()).await;
    refund(&app, &back, json!({})).await;
    refund(&app, &part, json!({ "amount": "2.50", "refundId": "r1" })).await;
    let first = app.today();
    let (status, list) = app
        .get(&format!(
            "/sales?gateway=payletter_global&from={first}&to={first}"
        ))
        .await;
    assert_eq!((status, &list["count"]), (200, &json!(3)), "{list}");
    for (order_id, status, state) in [
        (&kept, "paid", "paid"),
        (&back, "cancelled", "refunded"),
        (&part, "partly_cancelled", "partially_refunded"),
    ] {
        let row = rows(&list)
            .iter()
            .find(|row| row["orderId"] == **order_id)
            .unwrap();
        assert_eq!(
            (&row["status"], &row["ourState"]),
            (&json!(status), &json!(state)),
            "{row}"
        );
        assert_eq!(
            row["transactionId"],
            app.book(order_id).await["transaction_id"]
        );
        assert_eq!(
            (&row["amount"], &row["currency"]),
            (&json!("12.50"), &json!("USD"))
        );
    }

    app.advance(24 * 60 * 60).await;
    let path = format!("/settlement?gateway=payletter_global&from={first}&to={first}");
    let (status, settlement) = app.get(&path).await;
    assert_eq!(status, 200, "{settlement}");
    let row = &rows(&settlement)[0];
    assert_eq!(
        (
            &settlement["by"],
            &row["settledOn"],
            &row["method"],
            &row["state"]
        ),
        (
            &json!("method"),
            &json!(first),
            &json!("PLCreditCard"),
            &json!("settled")
        )
    );
    // 3 × 12.50 less 12.50 and 2.50.
    assert_eq!(
        (&row["paid"], &row["currency"]),
        (&json!("22.50"), &json!("USD")),
        "{row}"
    );
    assert!(
        row["settled"].is_string() && row["totalFee"].is_string(),
        "{row}"
    );
    let (_, details) = app.get(&format!("{path}&by=payment")).await;
    let of_kept = app.book(&kept).await;
    assert!(
        rows(&details)
            .iter()
            .any(|row| row["transactionId"] == of_kept["transaction_id"]),
        "{details}"
    );
    assert!(
        rows(&details).iter().any(|row| row["paid"] == "-2.50"),
        "{details}"
    );
    let (_, held) = app
        .get(&format!("{path}&state=held&currency=settlement"))
        .await;
    assert_eq!(held["count"], 0);
}

#[tokio::test]
async fn questions_that_make_no_sense_are_refused() {
    let app = TestApp::start().await;
    let refused = async |path: &str| {
        let (status, answer) = app.get(path).await;
        assert_eq!(status, 422, "{path}: {answer}");
        faults(&answer)
    };
    let one = |field: &str, code: &str| vec![(field.to_owned(), code.to_owned())];
    let sales = "/sales?gateway=payletter";
    assert_eq!(
        refused("/sales?on=2026-11-21").await,
        one("gateway", "field_missing")
    );
    assert_eq!(
        refused("/sales?gateway=paypal&on=2026-11-21").await,
        one("gateway", "field_not_allowed")
    );
    assert_eq!(
        refused(sales).await,
        [one("from", "field_missing"), one("to", "field_missing")].concat()
    );
    assert_eq!(
        refused(&format!("{sales}&on=20261121")).await,
        one("on", "field_not_date")
    );
    assert_eq!(
        refused(&format!("{sales}&from=2026-13-01&to=x")).await,
        [one("from", "field_not_date"), one("to", "field_not_date")].concat()
    );
    assert_eq!(
        refused(&format!("{sales}&from=2026-01-01&to=2026-02-01")).await,
        one("to", "range_too_long")
    );
    assert_eq!(
        refused(&format!("{sales}&on=2026-01-01&from=2026-01-01")).await,
        one("on", "field_invalid")
    );
    assert_eq!(
        refused(&format!("{sales}&on=2026-01-01&by=moon")).await,
        one("by", "field_not_allowed")
    );
    assert_eq!(
        refused("/settlement?gateway=payletter_global&on=2026-01-01&by=day").await,
        one("by", "field_not_allowed")
    );
    assert_eq!(
        refused("/sales?gateway=payletter_global&on=2026-01-01&method=nothing").await,
        one("method", "field_not_allowed")
    );
    for what in ["sales", "settlement"] {
        let (status, answer) = app
            .get(&format!("/{what}?gateway=payple&on=2026-01-01"))
            .await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (422, &json!("not_offered")),
            "Payple has no list"
        );
        let url = format!("{}/pay/{what}?gateway=payletter&on=2026-01-01", app.shop);
        assert_eq!(app.http.get(url).send().await.unwrap().status(), 401);
    }
}

#[tokio::test]
async fn what_the_lists_lack_is_said_plainly() {
    let app = TestApp::with(Setup {
        search_key: false,
        ..Setup::default()
    })
    .await;
    let (status, answer) = app
        .get(&format!("/sales?gateway=payletter&on={}", app.today()))
        .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (422, &json!("gateway_not_configured")),
        "a list needs the SEARCH key"
    );
    assert!(answer.to_string().contains("search_key"), "{answer}");
    app.switch(json!({ "private_api": false })).await;
    let (status, answer) = app
        .get(&format!(
            "/sales?gateway=payletter_global&on={}",
            app.today()
        ))
        .await;
    assert_eq!(
        (status, &answer["error"]["gatewayCode"]),
        (502, &json!("993")),
        "{answer}"
    );
}

#[tokio::test]
async fn a_lookup_asks_the_gateway_now() {
    let app = TestApp::start().await;
    let page = app.order("payletter", json!({})).await;
    let path = format!("/orders/{}/lookup", page.order_id);
    let (status, outcome) = app.merchant("POST", &path, Value::Null).await;
    assert_eq!((status, &outcome["attempt"]), (200, &json!(0)), "{outcome}");
    app.script("payletter", json!(["callback_never"])).await;
    let handback = page.press("redirect", "pay").await;
    drop(handback);
    let (status, outcome) = app.merchant("POST", &path, Value::Null).await;
    assert_eq!(
        (status, &outcome["status"]),
        (200, &json!("paid")),
        "{outcome}"
    );
    let (status, answer) = app
        .merchant("POST", "/orders/nobody/lookup", Value::Null)
        .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (404, &json!("order_unknown"))
    );
    // A cancellation on the gateway's own page is found the same way.
    let global = app.order("payletter_global", usd()).await;
    assert_eq!(global.pay("redirect").await["status"], "paid");
    let path = format!("/orders/{}/lookup", global.order_id);
    let (_, outcome) = app.merchant("POST", &path, Value::Null).await;
    assert_eq!(outcome["status"], "paid");
}
