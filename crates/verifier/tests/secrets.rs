//! Rule 14: keys never reach logs, errors, answers or Debug. Alone in its file: it listens to the whole process's tracing.

use std::{
    io,
    sync::{Arc, Mutex},
};

use crate::common::{
    Fate, Handback, MERCHANT_KEY, PAYMENT_KEY, REFUND_KEY, SEARCH_KEY, Setup, TOKEN, TestApp,
    keys::GATEWAYS,
};
use paypair_ledger::Store;
use paypair_verifier::{AdoptedKey, Config};
use serde_json::json;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn rule_14_no_key_is_ever_printed() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();

    let (app, tap) = TestApp::tapped(Setup {
        patience: 2,
        ..Setup::default()
    })
    .await;
    let mut answers = Vec::new();
    let mut billing_keys = Vec::new();
    for gateway in GATEWAYS {
        let id = app.key(gateway).await;
        let view = app.verifier.store().billing_key_view(&id).await.unwrap();
        let view = view.unwrap();
        billing_keys.push(view.key.clone().unwrap().expose().to_owned());
        answers.push(format!("{view:?}"));
        for (nth, fault) in ["charge_declined", "charge_answer_lost", "refund_refused"]
            .into_iter()
            .enumerate()
        {
            app.script_times(gateway, json!([fault]), 1).await;
            let order_id = format!("{nth}of{}", gateway.len());
            let (_, outcome) = app.charge(gateway, &id, &order_id, json!({})).await;
            answers.push(outcome.to_string());
            answers.push(app.refund(&order_id, json!({})).await.1.to_string());
            answers.push(app.show(&order_id).await.to_string());
        }
        app.advance(10).await;
        app.comes_to(&format!("1of{}", gateway.len()), "paid").await;
        tap.befall("PUSERDEL", Fate::Lost, 1);
        for path in [
            format!("/billing-keys/{id}/delete"),
            "/billing-keys".to_owned(),
        ] {
            let body = json!({ "gateway": gateway, "billingKey": billing_keys.last() });
            answers.push(app.merchant("POST", &path, body).await.1.to_string());
        }
        let list = app.get("/billing-keys?customerId=1001").await.1;
        answers.push(list.to_string());
        let adopted: AdoptedKey = serde_json::from_value(json!({
            "gateway": gateway, "method": "card", "customerId": "1001", "billingKey": billing_keys.last(),
        }))
        .unwrap();
        answers.push(format!("{adopted:?}"));
    }
    for (gateway, fault) in [
        ("payple", "confirm_answer_lost"),
        ("payple", "wrong_amount"),
        ("payple", "auth_unavailable"),
        ("payletter", "callback_bad_hash"),
        ("payletter", "lookup_unavailable"),
    ] {
        app.script_times(gateway, json!([fault]), 2).await;
        let page = app.order(gateway, json!({})).await;
        let (status, prepared) = page.post("prepare", json!({ "layout": "popup" })).await;
        answers.push(prepared.to_string());
        if status == 200 {
            match app.press(&prepared["launch"], "pay").await {
                Handback::Post { url, fields } => {
                    answers.push(app.post_form(&url, &fields).await.2)
                }
                other => panic!("{other:?}"),
            }
        }
        answers.push(page.status(1).await.to_string());
        answers.push(app.show(&page.order_id).await.to_string());
    }
    answers.push(json!(app.events().await).to_string());
    answers.push(format!("{:?}", app.verifier.config()));
    let (_, refused) = app
        .merchant(
            "POST",
            "/orders",
            json!({ "gateway": "payple", "merchant_key": MERCHANT_KEY }),
        )
        .await;
    answers.push(refused.to_string());

    assert!(
        tap.sent("auth.php")
            .iter()
            .any(|body| body.contains(MERCHANT_KEY)),
        "the canary was in the air"
    );
    let printed = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(printed.len() > 1000, "something was logged");
    assert!(
        tap.sent("autopay")
            .iter()
            .any(|body| body.contains(&billing_keys[1])),
        "and so was that of a card"
    );
    let keys = [MERCHANT_KEY, REFUND_KEY, PAYMENT_KEY, SEARCH_KEY, TOKEN];
    for key in keys
        .into_iter()
        .chain(billing_keys.iter().map(String::as_str))
    {
        assert!(!printed.contains(key), "a key is in the log");
        for answer in &answers {
            assert!(!answer.contains(key), "a key is in {answer}");
        }
    }
}

/// A settings file with a slip of the finger beside a key: the error says where, not what stands there.
#[test]
fn an_unreadable_setting_is_placed_and_not_shown() {
    let error = |toml: &str| Config::from_toml(toml).unwrap_err().to_string();
    let slip = error("[payple]\nmerch}ant_key = \"abcd1234567890\"\n");
    assert!(
        slip.contains("line 2, column 6") && slip.contains("expected"),
        "{slip}"
    );
    let misplaced = error("env = \"abcd1234567890\"\n");
    assert!(
        misplaced.contains("env") && misplaced.contains("sandbox"),
        "{misplaced}"
    );
    let misspelt = error("[payple]\nmerchant_id = \"test\"\nmerchnt_key = \"abcd1234567890\"\n");
    assert!(
        misspelt.contains(" payple.merchnt_key: there is no such field; known are "),
        "{misspelt}"
    );
    for said in [slip, misplaced, misspelt] {
        assert!(!said.contains("abcd1234567890"), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}

/// Every setting there is, with something in it that may stand in its place by mistake: an address with a token, a key alone.
#[test]
fn what_stands_in_a_setting_is_not_shown_whatever_is_wrong_with_it() {
    const WHOLE: &str = r#"
public_url = "https://shop.example/pay"
env = "sandbox"
merchant_token = "a-token-of-thirty-two-characters"
previous_merchant_token = "the-token-of-before-that-is-long"
previous_merchant_token_until = "2026-12-01"
allowed_origins = ["https://shop.example"]
page_origin = "https://shop.example"
result_page = "/result.html"
database = "paypair.sqlite3"
trusted_proxies = ["10.0.0.0/8"]
notification_senders = ["10.0.0.0/8"]
patience_seconds = 20
auto_refund = true
sandbox_url = "http://localhost:8081"
package_dir = "pkg"
[payple]
merchant_id = "test"
merchant_key = "a-merchant-key"
refund_key = "a-refund-key"
[payletter]
service_name = "paypair"
[[payletter.clients]]
client_id = "pay_test"
payment_key = "a-payment-key"
search_key = "a-search-key"
methods = ["creditcard"]
[payletter_global]
store_id = "PL_Merchant"
api_key = "an-api-key"
service_name = "paypair"
[order_source]
url = "https://shop.example/orders"
token = "a-token-of-thirty-two-characters"
private_address = false
[webhook]
url = "http://127.0.0.1:8080/webhooks"
secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
previous_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
previous_secret_until = "2026-12-01"
timeout_seconds = 15
allowed_networks = ["127.0.0.1/32"]
[reconciliation]
at = "05:00"
[assumptions]
absent_after_minutes = 60
global_sales_list_permitted = true
"#;
    Config::from_toml(WHOLE).unwrap();
    let key = "7365263782635";
    let slips = [
        format!("\"{key}\""),
        key.to_owned(),
        format!("-{key}.5"),
        format!("[\"{key}\"]"),
        format!("{{ a{key} = 1 }}"),
        format!("\"https://shop.example:99999/hook?token={key}\""),
        format!("\"https://shop:{key}@:80/\""),
        format!("\"https:/2shop.{key}:34567890\""),
        format!("\"{key}\nstrange\""),
        format!("\"{key}"),
    ];
    let lines: Vec<&str> = WHOLE.lines().collect();
    let mut refused = 0;
    for (no, line) in lines.iter().enumerate() {
        let Some((name, value)) = line.split_once(" = ") else {
            continue;
        };
        let instead = slips.iter().map(|slip| format!("{name} = {slip}"));
        // Name and value the wrong way around, and a value with no name.
        let around = [
            format!("{key} = \"{name}\""),
            format!("k{key} = {value}"),
            key.to_owned(),
            format!("[{key}]"),
            format!("{line}\n{key} = 1\n{key} = 2"),
            format!("{line}\n\"`{key}`\" = 1\n\"`{key}`\" = 2"),
        ];
        for slip in instead.chain(around) {
            let mut file = lines.clone();
            file[no] = &slip;
            if let Err(error) = Config::from_toml(&file.join("\n")) {
                refused += 1;
                let said = error.to_string();
                assert!(!said.contains(key), "{slip}: {said}");
                assert!(!said.contains('\n'), "{slip}: {said}");
            }
        }
    }
    assert!(refused > 300, "{refused}");
}
