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
    for said in [slip, misplaced] {
        assert!(!said.contains("abcd1234567890"), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}
