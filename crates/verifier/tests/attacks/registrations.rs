//! A registration has no callback: the return that the browser brings is itself what is signed.

use serde_json::{Value, json};

use crate::common::{Handback, Page, TestApp};

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

/// What a return says without what is not signed: whose order it is.
fn bare(handback: &Handback) -> Vec<(String, String)> {
    let fields = handback.post().1.iter();
    let signed = fields.filter(|(name, _)| !["order_no", "custom_parameter"].contains(&&**name));
    signed.cloned().collect()
}

/// It is known what came, the order gave no key, and the merchant was told of none.
async fn gave_no_key(app: &TestApp, page: &Page<'_>, told: &str) {
    let shown = app.show(&page.order_id).await;
    assert_eq!(shown["attempts"][0]["billingKeyId"], Value::Null, "{told}");
    assert_eq!(app.count(&page.order_id, "sighted").await, 1, "{told}");
    let told_of = app.published(&page.order_id, "billing_key.registered");
    assert_eq!(told_of.await, 0, "{told}");
    assert_ne!(page.status(0).await["status"], "registered", "{told}");
}

/// Attack: another customer's good return is posted to where this order's comes in. Who it was signed for is signed.
#[tokio::test]
async fn another_customers_return_registers_nothing_at_this_orders_address() {
    let app = TestApp::start().await;
    let more = json!({ "work": "register", "amount": null, "customer": { "id": "2002" } });
    let other = app.order("payletter", more).await;
    let others = other.press("redirect", "pay").await;
    let page = app.order("payletter", registration()).await;
    let own = page.press("redirect", "pay").await;
    assert_eq!(app.post_form(own.post().0, &bare(&others)).await.0, 303);
    gave_no_key(&app, &page, "bare").await;
    assert_eq!(page.status(0).await["state"], "discrepant");
    // The control: where it belongs, it registers, bare as it is.
    let (url, _) = others.post();
    assert_eq!(app.post_form(url, &bare(&others)).await.0, 303);
    assert_eq!(other.status(0).await["status"], "registered");
}

/// A buyer brings the return of one order of his own to another of his. It names its order; without that it is his own card all the same.
#[tokio::test]
async fn ones_own_return_at_another_order_of_ones_own_gives_no_other_key() {
    let app = TestApp::start().await;
    let first = app.order("payletter", registration()).await;
    let firsts = first.press("redirect", "pay").await;
    let (url, good) = firsts.post();
    assert_eq!(app.post_form(url, good).await.0, 303);
    let key = app.key_of(&first.order_id).await;

    let page = app.order("payletter", registration()).await;
    let own = page.press("redirect", "pay").await;
    assert_eq!(app.post_form(own.post().0, good).await.0, 303);
    gave_no_key(&app, &page, "whole").await;

    let page = app.order("payletter", registration()).await;
    let own = page.press("redirect", "pay").await;
    assert_eq!(app.post_form(own.post().0, &bare(&firsts)).await.0, 303);
    assert_eq!(page.status(0).await["status"], "registered");
    assert_eq!(app.key_of(&page.order_id).await, key, "the same card");
}

/// Attack: the order's number, which is not signed, is another's.
#[tokio::test]
async fn a_registration_that_names_another_order_registers_nothing() {
    let app = TestApp::start().await;
    let other = app.order("payletter", registration()).await;
    other.press("redirect", "pay").await;
    let page = app.order("payletter", registration()).await;
    let own = page.press("redirect", "pay").await;
    let (url, good) = own.post();
    let mut fields = good.to_vec();
    let named = fields.iter_mut().find(|(name, _)| name == "order_no");
    named.unwrap().1.clone_from(&other.order_id);
    assert_eq!(app.post_form(url, &fields).await.0, 303);
    for page in [&page, &other] {
        let shown = app.show(&page.order_id).await;
        assert_eq!(shown["attempts"][0]["billingKeyId"], Value::Null);
    }
    gave_no_key(&app, &page, "another's number").await;
    assert_eq!(other.status(0).await["status"], "pending");
}
