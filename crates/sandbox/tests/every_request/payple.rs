//! Payple's requests, right and broken.

use paypair_protocol::payple::{self, Purpose};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Method, Money, Secret};
use serde_json::json;

use crate::Proof;
use crate::common::TestApp;
use crate::common::payple::{
    MARCH, REFUND_KEY, charge as card_charge, pay as card_pay, register, tokens,
};

pub(crate) async fn all(proof: &mut Proof) {
    payple_auth(proof).await;
    payple_charges(proof).await;
    payple_lookups_refunds_and_payers(proof).await;
    payple_transfers_receipts_and_links(proof).await;
    payple_window_and_confirm(proof).await;
}

/// Payple answers 200 to everything.
async fn payple_takes(app: &TestApp, path: &str, fields: &Fields) -> bool {
    let (_, body) = crate::common::payple::post(app, path, fields).await;
    body.contains("\"PCD_PAY_RST\":\"success\"") || body.contains("\"result\":\"success\"")
}

async fn payple_auth(proof: &mut Proof) {
    let app = TestApp::start();
    let pairs = [
        ("cst_id", "test"),
        ("custKey", "abcd1234567890"),
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_TYPE", "card"),
    ];
    let sends = async |fields: &Fields| payple_takes(&app, "/payple/php/auth.php", fields).await;
    proof
        .refuses("Auth", &Fields::from(pairs), &payple::Auth::TABLE, sends)
        .await;
}

async fn payple_charges(proof: &mut Proof) {
    let app = TestApp::start();
    let billing_key = register(&app, "card").await;
    for repeat in [MARCH, payple::Repeat::Freely] {
        let charge = card_charge(&billing_key, "a", repeat);
        let (tokens, path) = tokens(&app, charge.purpose()).await;
        let order_id = format!("{:?}", charge.purpose());
        let charge = payple::Charge {
            tokens,
            order_id,
            ..charge
        };
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        proof
            .refuses("Charge", &charge.fields(), &payple::Charge::TABLE, sends)
            .await;
    }
}

async fn payple_lookups_refunds_and_payers(proof: &mut Proof) {
    let app = TestApp::start();
    card_pay(&app, "paid").await;
    let (order_id, paid_on) = ("paid".to_owned(), "20260305".to_owned());
    let (lookup_tokens, path) = tokens(&app, Purpose::Lookup).await;
    let lookup = payple::Lookup {
        tokens: lookup_tokens,
        method: Method::from("card"),
        order_id: order_id.clone(),
        paid_on: paid_on.clone(),
    };
    let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
    proof
        .refuses("Lookup", &lookup.fields(), &payple::Lookup::TABLE, sends)
        .await;
    let (refund_tokens, path) = tokens(&app, Purpose::Refund).await;
    let refund = payple::Refund {
        tokens: refund_tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id,
        paid_on,
        amount: Money::won(10_000),
        tax_amount: None,
    };
    let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
    proof
        .refuses("Refund", &refund.fields(), &payple::Refund::TABLE, sends)
        .await;
    let billing_key = register(&app, "card").await;
    for (name, purpose) in [
        ("PayerLookup", Purpose::Payer),
        ("PayerDelete", Purpose::PayerDelete),
    ] {
        let (tokens, path) = tokens(&app, purpose).await;
        let payer = payple::PayerLookup {
            tokens,
            billing_key: billing_key.clone(),
            customer_id: Some("7".into()),
        };
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        proof
            .refuses(name, &payer.fields(), &payple::PayerLookup::TABLE, sends)
            .await;
    }
}

async fn payple_transfers_receipts_and_links(proof: &mut Proof) {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let of_account = [("PCD_PAY_TYPE", "transfer"), ("PCD_PAY_WORK", "AUTH")];
    let key = auth["AuthKey"].as_str().unwrap();
    let window = app.window(key, "account", &of_account).await;
    let typed = [
        ("deed", "pay"),
        ("bank_code", "088"),
        ("account_number", "456-1234567-123"),
    ];
    let action = window.between("action=\"", "\"");
    let result = app.post_form(action, &typed).await.message();
    let billing_key = Secret::new(result["data"]["PCD_PAYER_ID"].as_str().unwrap());
    for repeat in [MARCH, payple::Repeat::Freely] {
        let mut transfer = payple::TransferCharge {
            charge: card_charge(&billing_key, "a", repeat),
            receipt: Some(payple::ReceiptOrder {
                trade_use: payple::TradeUse::Company,
                holder_number: Some("1208800000".into()),
            }),
        };
        let (tokens, path) = tokens(&app, transfer.purpose()).await;
        transfer.charge.order_id = format!("{:?}", transfer.purpose());
        transfer.charge.tokens = tokens;
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        let table = &payple::TransferCharge::TABLE;
        proof
            .refuses("TransferCharge", &transfer.fields(), table, sends)
            .await;
    }
    let bare = payple::TransferCharge {
        charge: card_charge(&billing_key, "bare", payple::Repeat::Freely),
        receipt: None,
    };
    let (bare_tokens, path) = tokens(&app, bare.purpose()).await;
    let mut bare = bare;
    bare.charge.tokens = bare_tokens;
    assert!(payple_takes(&app, &path, &bare.fields()).await);
    for cancel in [false, true] {
        let receipt = |tokens| payple::CashReceipt {
            tokens,
            cancel,
            billing_key: billing_key.clone(),
            order_id: "bare".into(),
            amount: Money::won(10_000),
            trade_use: payple::TradeUse::Personal,
            holder_number: "01012345678".into(),
        };
        let purpose = if cancel {
            Purpose::CashReceiptCancel
        } else {
            Purpose::CashReceipt
        };
        let (tokens, path) = tokens(&app, purpose).await;
        let sends = async |fields: &Fields| payple_takes(&app, &path, fields).await;
        let table = &payple::CashReceipt::TABLE;
        proof
            .refuses("CashReceipt", &receipt(tokens).fields(), table, sends)
            .await;
    }
    let (tokens, path) = tokens(&app, Purpose::Link).await;
    let link = payple::LinkRequest {
        tokens,
        method: Method::from("transfer+card"),
        product_name: "회비".into(),
        amount: Money::won(10_000),
        card_flow: None,
        taxable: Some(true),
        tax_amount: Some(Money::won(10)),
        cash_receipt: true,
        expires_at: Some("2026123123".into()),
    };
    let sends = async |fields: &Fields| {
        let (_, body) = crate::common::payple::post(&app, &path, fields).await;
        body.contains("\"PCD_LINK_RST\":\"success\"")
    };
    proof
        .refuses(
            "LinkRequest",
            &link.fields(),
            &payple::LinkRequest::TABLE,
            sends,
        )
        .await;
}

async fn payple_window_and_confirm(proof: &mut Proof) {
    let app = TestApp::start();
    let auth = app.auth(json!({})).await;
    let auth_key = auth["AuthKey"].as_str().unwrap();
    let opened = Fields::from([
        ("PCD_AUTH_KEY", auth_key),
        ("PCD_PAY_TYPE", "card"),
        ("PCD_PAY_WORK", "CERT"),
        ("PCD_CARD_VER", "01"),
        ("PCD_PAY_GOODS", "상품"),
        ("PCD_PAY_TOTAL", "10000"),
        ("PCD_PAY_OID", "a"),
        ("PCD_REGULER_FLAG", "Y"),
        ("PCD_PAY_YEAR", "2026"),
        ("PCD_PAY_MONTH", "03"),
    ]);
    let sends = async |fields: &Fields| {
        let pairs: Vec<_> = fields
            .iter()
            .map(|(name, value)| (name, value.text().unwrap()))
            .collect();
        let pairs: Vec<_> = pairs
            .iter()
            .map(|(name, value)| (*name, &**value))
            .collect();
        app.post_form("/payple/index.php?ACT_=PAYM", &pairs)
            .await
            .has("data-testid=\"pay\"")
    };
    proof
        .refuses("Window", &opened, &payple::Window::TABLE, sends)
        .await;
    let window = app.window(auth_key, "a", &[]).await;
    let data = app.press(&window, "pay").await.message()["data"].clone();
    let of = |name: &str| data[name].as_str().unwrap().to_owned();
    let right = Fields::from([
        ("PCD_CST_ID", "test".to_owned()),
        ("PCD_CUST_KEY", "abcd1234567890".to_owned()),
        ("PCD_AUTH_KEY", of("PCD_AUTH_KEY")),
        ("PCD_PAY_REQKEY", of("PCD_PAY_REQKEY")),
        ("PCD_PAYER_ID", of("PCD_PAYER_ID")),
    ]);
    let url = of("PCD_PAY_COFURL");
    let sends = async |fields: &Fields| payple_takes(&app, app.path(&url), fields).await;
    proof
        .refuses("Confirm", &right, &payple::Confirm::TABLE, sends)
        .await;
}
