//! Payple: bank transfers, from the window to the cash receipt.

use crate::common::payple::{MARCH, charge, delete, look_up, payer, post, register};
use crate::common::payple_transfer::{
    act, cash_receipt, read, refund, register_account, send, transfer,
};
use crate::common::{self, Merchant, TestApp, refusal};
use paypair_protocol::Money;
use paypair_protocol::Secret;
use paypair_protocol::payple::{Confirm, ReceiptOrder, Repeat, TradeUse, TransferCharge};
use paypair_sandbox::Options;
use serde_json::json;

#[actix_web::test]
async fn a_window_takes_money_from_an_account() {
    let app = TestApp::start();
    let page = act(
        &app,
        "a",
        &[("PCD_PAY_WORK", "PAY"), ("PCD_TAXSAVE_FLAG", "Y")],
        "pay",
    )
    .await;
    let result = read(&page);
    assert_eq!(result.gateway_code.as_deref(), Some("BILL0000"));
    assert_eq!(result.gateway_message.as_deref(), Some("출금이체완료"));
    let account = result.bank_account.unwrap();
    assert_eq!(account.bank_code.as_deref(), Some("088"));
    assert_eq!(account.bank_name.as_deref(), Some("신한은행"));
    assert_eq!(account.account_number.unwrap().as_str(), "456-*******-123");
    assert!(result.cash_receipt.unwrap().is_done());
    assert!(result.card_name.is_none() && result.billing_key.is_some());
    let found = look_up(&app, "a").await.unwrap();
    assert_eq!(found.method.as_ref().unwrap().as_str(), "transfer");
    assert_eq!(found.amount, Some(Money::won(10_000)));
    let receipt = found.cash_receipt.as_ref().unwrap();
    assert!(receipt.asked && receipt.is_done() && receipt.receipt_no.is_some());
    assert_eq!(app.payment().await["method"], "transfer");
}

#[actix_web::test]
async fn a_request_is_confirmed_at_the_transfers_own_door() {
    let app = TestApp::start();
    let result = read(&act(&app, "a", &[], "pay").await);
    // The documents' example says that it is paid. It is not.
    assert_eq!(result.gateway_code.as_deref(), Some("BILL0000"));
    assert!(look_up(&app, "a").await.is_none());
    let url = result.confirm_url.unwrap();
    assert!(
        url.ends_with("/payple/php/PayConfirmAct.php?ACT_=PAYM"),
        "{url}"
    );
    let confirm = Confirm {
        merchant_id: "test".into(),
        merchant_key: Secret::new("abcd1234567890"),
        auth_key: result.auth_key.unwrap(),
        confirm_key: result.confirm_key.unwrap(),
        billing_key: None,
    };
    let elsewhere = "/payple/php/PayCardConfirmAct.php?ACT_=PAYM";
    let (status, body) = post(&app, elsewhere, &confirm.fields()).await;
    assert_eq!(refusal(confirm.read(status, body.as_bytes())), "AUTH0008");
    let path = app.path(&url);
    let (status, body) = post(&app, path, &confirm.fields()).await;
    assert_eq!(
        refusal(confirm.read(status, body.as_bytes())),
        "CPAY0003",
        "the payer belongs to it"
    );
    let confirm = Confirm {
        billing_key: result.billing_key,
        ..confirm
    };
    let (status, body) = post(&app, path, &confirm.fields()).await;
    let paid = confirm.read(status, body.as_bytes()).unwrap();
    assert_eq!(paid.gateway_code.as_deref(), Some("BILL0000"));
    assert_eq!(
        (paid.amount, paid.transaction_id.as_deref()),
        (Some(Money::won(10_000)), None)
    );
    assert!(paid.bank_account.is_some() && paid.cash_receipt.is_some());
    assert_eq!(app.payment().await["state"], "captured");
}

#[actix_web::test]
async fn a_window_refuses_little_money_and_no_account() {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let key = auth["AuthKey"].as_str().unwrap();
    let little = [("PCD_PAY_TYPE", "transfer"), ("PCD_PAY_TOTAL", "999")];
    let window = app.window(key, "a", &little).await;
    assert!(window.has("1,000원 이상") && !window.has("data-testid=\"pay\""));
    let window = app.window(key, "a", &[("PCD_PAY_TYPE", "transfer")]).await;
    let action = window.between("action=\"", "\"").to_owned();
    for (bank, number) in [("000", "456-1234567-123"), ("088", "1")] {
        let typed = [
            ("deed", "pay"),
            ("bank_code", bank),
            ("account_number", number),
        ];
        let page = app.post_form(&action, &typed).await;
        assert!(page.has("계좌번호를 바르게"), "{bank} {number}");
    }
    let declined = app.post_form(&action, &[("deed", "decline")]).await;
    assert_eq!(read(&declined).gateway_code.as_deref(), Some("CPAY0022"));
}

#[actix_web::test]
async fn an_account_is_charged_freely_and_once_a_month() {
    let app = TestApp::start();
    let key = register_account(&app).await;
    let paid = send(&app, transfer(&key, "free", Repeat::Freely))
        .await
        .unwrap();
    assert_eq!(paid.gateway_code.as_deref(), Some("BILL0000"));
    assert_eq!(paid.repeat, Some(Repeat::Freely));
    assert!(paid.bank_account.is_some());
    assert!(!paid.cash_receipt.as_ref().unwrap().asked);
    let with_receipt = TransferCharge {
        receipt: Some(ReceiptOrder {
            trade_use: TradeUse::Company,
            holder_number: Some("1208800000".into()),
        }),
        ..transfer(&key, "march", MARCH)
    };
    let paid = send(&app, with_receipt).await.unwrap();
    assert_eq!(paid.repeat, Some(MARCH));
    assert!(paid.cash_receipt.as_ref().unwrap().is_done());
    for (order, code) in [
        (transfer(&key, "march2", MARCH), "CPAY0202"),
        (transfer(&key, "free", Repeat::Freely), "1103"),
    ] {
        assert_eq!(refusal(send(&app, order).await), code);
    }
    let mut little = transfer(&key, "little", Repeat::Freely);
    little.charge.amount = Money::won(999);
    assert_eq!(refusal(send(&app, little).await), "1110");
    app.script("payple", "poor", json!(["charge_declined"]))
        .await;
    let poor = transfer(&key, "poor", Repeat::Freely);
    assert_eq!(refusal(send(&app, poor).await), "SPAY0012");
}

#[actix_web::test]
async fn cards_and_accounts_have_their_own_doors() {
    let app = TestApp::start();
    let (account, card) = (register_account(&app).await, register(&app, "card").await);
    let by_card = common::payple::send(&app, charge(&account, "a", Repeat::Freely)).await;
    assert_eq!(refusal(by_card), "SPCD0011");
    let by_account = send(&app, transfer(&card, "a", Repeat::Freely)).await;
    assert_eq!(refusal(by_account), "SPAY0005");
    let monthly = send(&app, transfer(&card, "a", MARCH)).await;
    assert_eq!(refusal(monthly), "CPAY0004");
    let owner = payer(&app, &account).await.unwrap();
    assert_eq!(owner.method.as_ref().unwrap().as_str(), "transfer");
    assert_eq!(owner.card_name.as_deref(), Some("신한은행"));
    assert_eq!(owner.issuer_code.as_deref(), Some("088"));
    delete(&app, &account).await.unwrap();
    let gone = send(&app, transfer(&account, "b", Repeat::Freely)).await;
    assert_eq!(refusal(gone), "SPAY0005");
    assert_eq!(refusal(payer(&app, &account).await), "CPCA0003");
}

#[actix_web::test]
async fn a_cash_receipt_is_issued_once_and_taken_back() {
    let app = TestApp::start();
    let key = register_account(&app).await;
    send(&app, transfer(&key, "a", Repeat::Freely))
        .await
        .unwrap();
    let all = ("a", 10_000);
    let missing = cash_receipt(&app, &key, all, true).await;
    assert_eq!(refusal(missing), "TSRG0004");
    let more = cash_receipt(&app, &key, ("a", 10_001), false).await;
    assert_eq!(refusal(more), "TSRG0005");
    let unknown = cash_receipt(&app, &key, ("b", 10_000), false).await;
    assert_eq!(refusal(unknown), "TSRG0002");
    let issued = cash_receipt(&app, &key, all, false).await.unwrap();
    assert_eq!(
        (issued.amount, issued.order_id.as_deref()),
        (Some(Money::won(10_000)), Some("a"))
    );
    let found = look_up(&app, "a").await.unwrap();
    assert_eq!(
        found.cash_receipt.as_ref().unwrap().receipt_no,
        issued.receipt_no
    );
    let again = cash_receipt(&app, &key, all, false).await;
    assert_eq!(refusal(again), "TSRG0003");
    cash_receipt(&app, &key, all, true).await.unwrap();
    let card = register(&app, "card").await;
    let paid = charge(&card, "c", Repeat::Freely);
    common::payple::send(&app, paid).await.unwrap();
    let of_card = cash_receipt(&app, &card, ("c", 10_000), false).await;
    assert_eq!(refusal(of_card), "TSRG0002", "cards have slips");
}

#[actix_web::test]
async fn a_refund_takes_the_cash_receipt_back_or_says_that_it_did_not() {
    let app = TestApp::start();
    let key = register_account(&app).await;
    app.script("payple", "b", json!(["cash_receipt_stays"]))
        .await;
    for (order_id, taken_back) in [("a", true), ("b", false)] {
        send(&app, transfer(&key, order_id, Repeat::Freely))
            .await
            .unwrap();
        cash_receipt(&app, &key, (order_id, 10_000), false)
            .await
            .unwrap();
        let refunded = refund(&app, order_id).await.unwrap();
        assert_eq!(refunded.amount, Some(Money::won(10_000)));
        assert_eq!(refunded.method.as_ref().unwrap().as_str(), "transfer");
        let receipt = refunded.cash_receipt.as_ref().unwrap();
        assert_eq!(receipt.is_done(), taken_back, "{receipt:?}");
    }
}

#[actix_web::test]
async fn transfers_are_told_by_webhook() {
    let merchant = Merchant::answering("OK");
    let app = TestApp::start_with(Options {
        payple_webhook: Some(merchant.url.clone()),
        ..Options::default()
    });
    act(&app, "a", &[("PCD_PAY_WORK", "PAY")], "pay").await;
    merchant.called(1).await;
    let body = &merchant.got()[0];
    assert!(
        body.contains("BILL0000") && body.contains("\"PCD_PAY_BANK\":\"088\""),
        "{body}"
    );
}
