//! A buyer who seemed to leave PayPal's window, opened another, and agreed in both: PayPal would charge two subscriptions every month.

use paypair_ledger::{AttemptKey, Event, Reason, Store};
use paypair_verifier::{Environment, Network};
use serde_json::{Value, json};

use super::{OK, monthly, renewal, resolve, show, with_payments};
use crate::common::{Fate, Page, Setup, TestApp, text};

/// Two windows of one order, both open at PayPal: what opens each.
async fn two_windows(page: &Page<'_, impl Network>) -> [Value; 2] {
    let first = page.prepare("redirect").await;
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    let key = AttemptKey::new(page.order_id.clone(), 1);
    let store = page.app.verifier.store();
    store.apply(key, left, page.app.clock.now()).await.unwrap();
    let second = page.prepare("redirect").await;
    [first, second].map(|prepared| prepared["launch"].clone())
}

/// The buyer agrees in a window.
async fn agree(page: &Page<'_, impl Network>, launch: &Value) {
    let handback = page.app.press(launch, "pay").await;
    let (url, fields) = handback.post();
    page.app.post_form(url, fields).await;
}

/// Waits until an attempt of the order is in this state.
async fn comes_to(page: &Page<'_, impl Network>, no: usize, state: &str) {
    page.app
        .until(state, async || {
            let shown = page.app.show(&page.order_id).await;
            shown["attempts"][no - 1]["state"] == state
        })
        .await;
}

/// What PayPal answers when it is to charge the subscription of this attempt once more: 409 if it has ended.
async fn renew(page: &Page<'_, impl Network>, no: usize) -> u16 {
    let shown = page.app.show(&page.order_id).await;
    let name = text(&shown["attempts"][no - 1]["gatewayOrderId"]);
    page.app.act("renew", &name).await
}

async fn cancel(page: &Page<'_, impl Network>) -> Value {
    let path = format!("/subscriptions/{}/cancel", page.order_id);
    let (status, shown) = page.app.merchant("POST", &path, json!({})).await;
    assert_eq!(status, 200, "{shown}");
    shown
}

/// Both windows were paid in, and nothing goes back by itself: two agreements stand.
async fn agreed_twice(app: &TestApp) -> Page<'_> {
    let page = app.order("payletter_global", monthly()).await;
    let [first, second] = two_windows(&page).await;
    agree(&page, &second).await;
    comes_to(&page, 2, "paid").await;
    agree(&page, &first).await;
    comes_to(&page, 1, "discrepant").await;
    page
}

fn by_hand() -> Setup {
    Setup {
        extra: "auto_refund = false",
        ..Setup::default()
    }
}

#[tokio::test]
async fn to_cancel_a_subscription_ends_every_agreement_that_was_made_for_it() {
    let app = TestApp::with(by_hand()).await;
    let page = agreed_twice(&app).await;
    assert_eq!(show(&app, &page.order_id).await["state"], "active");
    assert_eq!(cancel(&page).await["state"], "cancelled");
    assert_eq!([renew(&page, 1).await, renew(&page, 2).await], [409, 409]);
    assert_eq!(app.called("subscription/cancel").await, 2);
    let told = app.published(&page.order_id, "billing_key.deleted").await;
    assert_eq!(told, 2);
    assert_eq!(cancel(&page).await["state"], "cancelled");
    assert_eq!(app.called("subscription/cancel").await, 2, "each once");
}

#[tokio::test]
async fn a_subscription_is_cancelled_when_nothing_of_it_goes_on() {
    let app = TestApp::with(by_hand()).await;
    let page = agreed_twice(&app).await;
    let shown = app.show(&page.order_id).await;
    let keys = [0, 1].map(|at| text(&shown["attempts"][at]["billingKeyId"]));
    for (ended, state, left) in [(1, "active", 0), (0, "cancelled", 1)] {
        let path = format!("/billing-keys/{}/delete", keys[ended]);
        let (_, key) = app.merchant("POST", &path, json!({})).await;
        assert_eq!(key["state"], "deleted", "{key}");
        let shown = show(&app, &page.order_id).await;
        assert_eq!(shown["state"], state, "{shown}");
        assert_eq!(shown["billingKeyId"], keys[left], "{shown}");
    }
}

/// Whichever of the two was paid first is kept; the other is given back, and with it goes what PayPal would charge next month.
#[tokio::test]
async fn the_second_of_two_agreements_is_given_back_and_ended() {
    for kept in [1, 2] {
        let app = TestApp::start().await;
        let page = app.order("payletter_global", monthly()).await;
        let id = &page.order_id;
        let launches = two_windows(&page).await;
        let other = 3 - kept;
        agree(&page, &launches[kept - 1]).await;
        comes_to(&page, kept, "paid").await;
        agree(&page, &launches[other - 1]).await;
        comes_to(&page, other, "refunded").await;
        app.until("the other agreement is ended", async || {
            app.published(id, "billing_key.deleted").await == 1
        })
        .await;

        let shown = show(&app, id).await;
        let key = &app.show(id).await["attempts"][kept - 1]["billingKeyId"];
        assert_eq!(
            (&shown["state"], &shown["billingKeyId"]),
            (&json!("active"), key),
            "{shown}"
        );
        assert_eq!(renew(&page, other).await, 409, "PayPal charges it no more");
        assert_eq!(renew(&page, kept).await, 200);
        with_payments(&app, id, 2).await;
        let renewed = app.show(&format!("{id}-r1")).await;
        let rows = renewed["timeline"].as_array().unwrap();
        let flagged = |row: &Value| row["note"] == "renewal_after_the_end";
        assert!(!rows.iter().any(flagged), "{renewed}");

        assert_eq!(cancel(&page).await["state"], "cancelled");
        assert_eq!(renew(&page, kept).await, 409);
        assert_eq!(app.called("subscription/cancel").await, 2, "each once");
    }
}

/// Nobody waits for the answer, so nobody would ask again.
#[tokio::test]
async fn an_end_whose_call_is_lost_or_never_leaves_is_asked_for_until_it_is_one() {
    for (fate, times) in [(Fate::Lost, 1), (Fate::Astray, 3), (Fate::Unsent, 4)] {
        let (app, tap) = TestApp::tapped(Setup::default()).await;
        let page = app.order("payletter_global", monthly()).await;
        let [first, second] = two_windows(&page).await;
        tap.befall("subscription/cancel", fate, times);
        agree(&page, &second).await;
        comes_to(&page, 2, "paid").await;
        agree(&page, &first).await;
        comes_to(&page, 1, "refunded").await;
        app.until("it was tried", async || tap.left() <= 1).await;
        // What is not written down yet has no next try, and the clock would go by without one.
        app.until("the next try has its time", async || {
            let key = AttemptKey::new(&page.order_id, 1);
            let attempt = app.verifier.store().attempt(key).await.unwrap().unwrap();
            let key = attempt.billing_key.unwrap();
            key.next_check_at.is_some() || key.deleted_at.is_some()
        })
        .await;
        for _ in 0..3 {
            app.advance(300).await;
            app.looked_up(&page.order_id).await;
        }
        app.until("it is ended", async || {
            app.published(&page.order_id, "billing_key.deleted").await == 1
        })
        .await;
        assert_eq!(tap.left(), 0, "{fate:?}");
        assert_eq!(renew(&page, 1).await, 409, "{fate:?}");
        assert_eq!(show(&app, &page.order_id).await["state"], "active");
    }
}

/// A shop whose list nobody may ask.
async fn without_list() -> TestApp {
    TestApp::with(Setup {
        assumptions: "global_sales_list_permitted = false",
        ..Setup::default()
    })
    .await
}

/// A named person says that this attempt was paid, and is told why that settles nothing.
async fn barred(page: &Page<'_, impl Network>, no: u32) -> String {
    let word = json!({ "operator": "김민지", "resolution": "captured", "attempt": no });
    let path = format!("/orders/{}/resolve", page.order_id);
    let (status, answer) = page.app.merchant("POST", &path, word).await;
    assert_eq!(status, 409, "{answer}");
    text(&answer["error"]["code"])
}

/// The notice of the window that was left cannot be believed by itself, nor put in review beside the next one.
#[tokio::test]
async fn what_was_paid_in_the_window_that_was_left_a_person_books_once_the_other_has_ended() {
    let app = without_list().await;
    let page = app.order("payletter_global", monthly()).await;
    let [first, second] = two_windows(&page).await;
    agree(&page, &first).await;
    let told = async || app.published(&page.order_id, "payment.discrepant").await == 1;
    app.until("the merchant is told", told).await;
    assert_eq!(barred(&page, 1).await, "other_attempt_live");
    agree(&page, &second).await;
    comes_to(&page, 2, "pending_review").await;
    assert_eq!(barred(&page, 1).await, "other_attempt_open");
    let word = json!({ "operator": "김민지", "resolution": "captured", "attempt": 2 });
    let path = format!("/orders/{}/resolve", page.order_id);
    let (status, resolved) = app.merchant("POST", &path, word).await;
    assert_eq!((status, &resolved["state"]), (200, &json!("paid")));
    assert_eq!(barred(&page, 1).await, "order_already_paid");

    // Nobody comes back to the second window.
    let page = app.order("payletter_global", monthly()).await;
    let [first, _] = two_windows(&page).await;
    agree(&page, &first).await;
    let told = async || app.published(&page.order_id, "payment.discrepant").await == 1;
    app.until("the merchant is told", told).await;
    let left = Event::BuyerCancelled {
        reason: Reason::new("buyer_cancelled"),
    };
    let second = AttemptKey::new(page.order_id.clone(), 2);
    let store = app.verifier.store();
    store.apply(second, left, app.clock.now()).await.unwrap();
    let (status, resolved) = resolve(&app, &page.order_id, "captured").await;
    assert_eq!(
        (status, &resolved["state"], &resolved["settledBy"]),
        (200, &json!("paid"), &json!("operator")),
        "{resolved}"
    );
    assert_eq!(app.published(&page.order_id, "payment.paid").await, 1);
    assert_eq!(show(&app, &page.order_id).await["state"], "active");
}

/// The name in a notice is not signed: one that is known to be another order's books nothing.
#[tokio::test]
async fn a_payment_of_another_order_is_not_booked_by_a_persons_word() {
    let app = without_list().await;
    let mut pages = Vec::new();
    for key in ["TPL_Merchant20261121000011", "TPL_Merchant20261121000012"] {
        let page = app.order("payletter_global", monthly()).await;
        page.prepare("redirect").await;
        let mut notice = renewal(&page.order_id, "12.5", "1001", key);
        let name = notice.iter_mut().find(|(name, _)| name == "paytoken");
        name.unwrap().1 = "one-token".to_owned();
        let (status, body) = app.notice(&notice).await;
        assert_eq!((status, &*body), OK);
        pages.push(page);
    }
    let (status, resolved) = resolve(&app, &pages[0].order_id, "captured").await;
    assert_eq!((status, &resolved["state"]), (200, &json!("paid")));
    assert_eq!(barred(&pages[1], 1).await, "transaction_id_taken");
}
