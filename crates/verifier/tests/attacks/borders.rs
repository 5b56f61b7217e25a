//! Payletter's payhash joins its parts without separators and covers neither order nor nonce: the hash of one payment fits an
//! order of another customer and another amount, if a digit moves across the border.

use paypair_protocol::{Secret, hash::payhash};
use paypair_verifier::Network;
use serde_json::{Value, json};

use crate::common::{PAYMENT_KEY, Page, Setup, Tap, TestApp};

/// Pays one order whose callback never comes and keeps its return back; and gives the callback that its hash makes for the other order.
async fn shifted<N: Network>(app: &TestApp<N>, tap: &Tap, victim: &Page<'_, N>) -> Value {
    victim.prepare("redirect").await;
    let nonce = tap.custom();
    app.script("payletter", json!(["callback_never"])).await;
    let paid = app.order("payletter", json!({})).await;
    let seen = paid.press("redirect", "pay").await.fields();
    let (tid, hash) = (&seen["tid"], &seen["payhash"]);
    assert_eq!(app.captures(&paid.order_id).await.len(), 1);

    let of = |user: &str, amount: &str| {
        payhash(user, amount, tid, &Secret::new(PAYMENT_KEY)).to_upper_hex()
    };
    assert_eq!(&of("1001", "10000"), hash, "what was paid");
    assert_eq!(&of("100", "110000"), hash, "what was not");
    json!({
        "amount": 110_000, "custom_parameter": nonce, "order_no": victim.order_id, "payhash": hash,
        "pgcode": "creditcard", "tid": tid, "user_id": "100",
    })
}

fn dearer() -> Value {
    json!({ "customer": { "id": "100" }, "amount": "110000" })
}

/// Attack: a buyer pays 10,000 as customer 1001 and shows that signature for the order over 110,000 of customer 100.
#[tokio::test]
async fn a_shifted_border_that_fits_another_order_does_not_pay_it() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let victim = app.order("payletter", dearer()).await;
    let body = shifted(&app, &tap, &victim).await;
    let asked = tap.sent("transaction/list").len();
    let (status, _) = app.strangers_callback(body).await;
    assert_ne!(status, 200, "the list knows no such payment of this order");
    assert!(tap.sent("transaction/list").len() > asked, "it was asked");
    assert_eq!(victim.status(0).await["state"], "requested");
    assert_eq!(app.published(&victim.order_id, "payment.paid").await, 0);
    assert!(app.captures(&victim.order_id).await.is_empty());
}

#[tokio::test]
async fn without_a_list_a_shifted_border_that_fits_is_kept_and_believed_in_nothing() {
    let (app, tap) = TestApp::tapped(Setup {
        search_key: false,
        ..Setup::default()
    })
    .await;
    let victim = app.order("payletter", dearer()).await;
    let body = shifted(&app, &tap, &victim).await;
    let (status, answer) = app.strangers_callback(body.clone()).await;
    assert_eq!((status, &answer["code"]), (200, &json!(0)), "kept");
    assert_eq!(victim.status(0).await["state"], "requested");
    assert_eq!(app.published(&victim.order_id, "payment.paid").await, 0);
    assert!(app.captures(&victim.order_id).await.is_empty());
    // The control: it fits in every part. Nothing but the address, which no browser sees, stands against it.
    assert_eq!(app.callback(body).await.0, 200);
    assert_eq!(victim.status(2).await["status"], "paid");
}
