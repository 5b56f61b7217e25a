//! A registration has no callback: the return that the browser brings is itself what is signed.

use serde_json::{Value, json};

use crate::common::TestApp;

fn registration() -> Value {
    json!({ "work": "register", "amount": null })
}

/// Attack: what is signed stands twice in the return, so that the hash is made of one value and another is taken.
#[tokio::test]
async fn a_registration_in_which_something_signed_stands_twice_registers_nothing() {
    let app = TestApp::start().await;
    for name in ["user_id", "billkey", "payhash"] {
        for (first, same) in [(true, false), (false, false), (false, true)] {
            let page = app.order("payletter", registration()).await;
            let handback = page.press("redirect", "pay").await;
            let (url, good) = handback.post();
            let mut twice = good.to_vec();
            let at = good.iter().position(|(have, _)| have == name).unwrap();
            let value = if same { &*good[at].1 } else { "somebody-elses" };
            let at = if first { 0 } else { good.len() };
            twice.insert(at, (name.to_owned(), value.to_owned()));
            assert_eq!(app.post_form(url, &twice).await.0, 303);

            let told = format!("{name}, first: {first}, same: {same}");
            assert_eq!(page.status(0).await["status"], "pending", "{told}");
            assert_eq!(app.count(&page.order_id, "result_refused").await, 1);
            let shown = app.show(&page.order_id).await;
            let rows = shown["timeline"].as_array().unwrap();
            let refused = rows.iter().find(|row| row["kind"] == "result_refused");
            assert_eq!(refused.unwrap()["note"], "field_duplicated", "{told}");
            assert_eq!(shown["attempts"][0]["billingKeyId"], Value::Null, "{told}");
        }
    }
    // The control: as it came, it registers.
    let page = app.order("payletter", registration()).await;
    assert_eq!(page.pay("redirect").await["status"], "registered");
}
