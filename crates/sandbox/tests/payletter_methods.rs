//! Payletter: what is particular to a method.

use crate::common::payletter::{ask, list, order, press, press_with, refund};
use crate::common::{self, Merchant, PAYMENT_KEY, TestApp, fields, refusal};
use paypair_protocol::payletter::{Callback, DateType, Expiry, InApp, PaymentRequest, Return};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Money, Secret};
use serde_json::json;

#[actix_web::test]
async fn naver_and_smile_come_back_under_another_name() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    for (asked, made) in [
        ("naverpay", "navercard"),
        ("naverpay", "naverpoint"),
        ("smilepay", "smilecash"),
    ] {
        let token = ask(&app, &order(&merchant, made, asked)).await.unwrap();
        let (_, back) = press_with(&app, &token, "pay", ("made_as", made))
            .await
            .handback();
        assert_eq!(Return::read(&fields(&back)).method.unwrap().as_str(), made);
        let body = Fields::from_json(merchant.got().pop().unwrap().as_bytes()).unwrap();
        let callback = Callback::verify(&body, &Secret::new(PAYMENT_KEY)).unwrap();
        assert_eq!(callback.method.as_str(), made);
        let rows = list(&app, "20260305", DateType::Transaction).await;
        assert_eq!(rows.last().unwrap().method.as_str(), made);
        refund(&app, (asked, &callback.transaction_id), 1000, false)
            .await
            .unwrap();
    }
}

#[actix_web::test]
async fn some_methods_never_come_to_the_cancel_url() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    for method in ["lpay", "naverpay", "samsungpay"] {
        let token = ask(&app, &order(&merchant, method, method)).await.unwrap();
        assert!(
            press(&app, &token, "cancel").await.has("돌아가지 않습니다"),
            "{method}"
        );
    }
    let token = ask(&app, &order(&merchant, "a", "creditcard"))
        .await
        .unwrap();
    assert!(
        press(&app, &token, "cancel").await.0.is_empty(),
        "a redirect"
    );
}

#[actix_web::test]
async fn an_in_app_payment_comes_back_behind_the_apps_prefix() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let in_app = InApp {
        return_url: Some("shop_app://ISPSuccess".into()),
        cancel_url: Some("shop_app://ISPCancel/".into()),
    };
    let asked = PaymentRequest {
        in_app: Some(in_app),
        ..order(&merchant, "a", "creditcard")
    };
    let token = ask(&app, &asked).await.unwrap();
    let fields = [("token", &*token), ("deed", "pay")];
    let link = app.redirect("/payletter/pgsvc/hub.asp", &fields).await;
    let url = link.strip_prefix("shop_app://ISPSuccess/").unwrap();
    assert!(
        merchant.got().is_empty(),
        "nothing is paid before the webview is back"
    );
    let page = common::Page(app.get(app.path(url)).await.1);
    assert_eq!(page.handback().0, asked.return_url);
    assert_eq!(merchant.got().len(), 1);
    let token = ask(
        &app,
        &PaymentRequest {
            order_id: "b".into(),
            ..asked
        },
    )
    .await
    .unwrap();
    let link = app
        .redirect(
            "/payletter/pgsvc/hub.asp",
            &[("token", &token), ("deed", "cancel")],
        )
        .await;
    let url = link.strip_prefix("shop_app://ISPCancel/").unwrap();
    app.get(app.path(url)).await;
    assert_eq!(app.payment().await["order_id"], "a");
}

#[actix_web::test]
async fn an_account_expires() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let expires = Some(Expiry {
        on: "20260306".into(),
        time: Some("1200".into()),
    });
    let asked = PaymentRequest {
        expires,
        ..order(&merchant, "a", "virtualaccount")
    };
    let token = ask(&app, &asked).await.unwrap();
    let (_, back) = press(&app, &token, "pay").await.handback();
    let account = Return::read(&fields(&back)).virtual_account.unwrap();
    assert_eq!(
        (
            account.expires_on.as_deref(),
            account.expires_time.as_deref()
        ),
        (Some("20260306"), Some("1200"))
    );
    app.advance(24 * 60 * 60).await;
    assert_eq!(app.payment().await["state"], "expired");
    assert!(press(&app, &token, "deposit").await.has("입금 기한"));
    let deliver = json!({ "gateway": "payletter", "order_id": "a" });
    assert_eq!(app.post_json("/control/deliver", &deliver).await.0, 404);
    assert!(merchant.got().is_empty());
}

#[actix_web::test]
async fn what_a_method_does_not_take_is_refused() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let base = |method| order(&merchant, "a", method);
    for wrong in [
        PaymentRequest {
            recurring: true,
            ..base("toss")
        },
        PaymentRequest {
            key_in: true,
            ..base("kakaopay")
        },
        PaymentRequest {
            cup_deposit: Some(Money::won(300)),
            ..base("payco")
        },
        PaymentRequest {
            amount: Money::won(99),
            ..base("creditcard")
        },
        PaymentRequest {
            service_name: None,
            ..base("ssgpay")
        },
    ] {
        assert_eq!(refusal(ask(&app, &wrong).await), "2001", "{wrong:?}");
    }
}

#[actix_web::test]
async fn chai_gives_billing_keys_in_the_mobile_window_alone() {
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    let window = async |token: &str, location: &str| {
        let path = format!("/payletter/pgsvc/hub.asp?location={location}&token={token}");
        app.get(&path).await.1.contains("data-testid=\"pay\"")
    };
    let once = ask(&app, &order(&merchant, "once", "chai")).await.unwrap();
    assert!(window(&once, "online").await && window(&once, "mobile").await);
    let recurring = PaymentRequest {
        recurring: true,
        ..order(&merchant, "monthly", "chai")
    };
    let monthly = ask(&app, &recurring).await.unwrap();
    assert!(!window(&monthly, "online").await);
    assert!(window(&monthly, "mobile").await);
    let card = PaymentRequest {
        recurring: true,
        ..order(&merchant, "card", "creditcard")
    };
    let card = ask(&app, &card).await.unwrap();
    assert!(window(&card, "online").await);
}

#[actix_web::test]
async fn an_order_number_may_be_used_again() {
    // Recorded: the gateway does not mind. Who compares orders by their number alone is wrong.
    let (app, merchant) = (TestApp::start(), Merchant::answering("{\"code\":0}"));
    for _ in 0..2 {
        let token = ask(&app, &order(&merchant, "same", "creditcard"))
            .await
            .unwrap();
        press(&app, &token, "pay").await;
    }
    let rows = list(&app, "20260305", DateType::Transaction).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.order_id == "same"));
    assert_ne!(rows[0].transaction_id, rows[1].transaction_id);
}
