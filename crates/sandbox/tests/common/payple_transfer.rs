//! A merchant's server before Payple, where a bank account pays.

use paypair_protocol::payple::{
    CashReceipt, CashReceiptDone, Charge, Payment, Purpose, Refund, Refunded, Repeat, TradeUse,
    TransferCharge, WindowResult,
};
use paypair_protocol::proof::Answered;
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Money, Secret};
use serde_json::{Value, json};

use super::payple::{REFUND_KEY, charge, post, tokens};
use super::{Page, TestApp};

/// Opens a window for an account and presses a button.
pub async fn act(app: &TestApp, order_id: &str, changes: &[(&str, &str)], deed: &str) -> Page {
    let auth = app.auth(json!({})).await;
    let transfer = [("PCD_PAY_TYPE", "transfer"), ("PCD_CARD_VER", "")];
    let changes = [&transfer[..], changes].concat();
    let key = auth["AuthKey"].as_str().unwrap();
    let window = app.window(key, order_id, &changes).await;
    assert!(
        window.has("name=\"bank_code\" value=\"011\""),
        "{}",
        window.0
    );
    let fields = [
        ("deed", deed),
        ("bank_code", "088"),
        ("account_number", "456-1234567-123"),
    ];
    app.post_form(window.between("action=\"", "\""), &fields)
        .await
}

pub fn read(page: &Page) -> WindowResult {
    let Value::Object(data) = page.message()["data"].clone() else {
        panic!("no result");
    };
    let mut fields = Fields::new();
    for (name, value) in &data {
        fields.push(name, value.as_str().unwrap());
    }
    WindowResult::read(&fields)
}

pub async fn register_account(app: &TestApp) -> Secret {
    let page = act(app, "account", &[("PCD_PAY_WORK", "AUTH")], "pay").await;
    read(&page).billing_key.unwrap()
}

pub fn transfer(billing_key: &Secret, order_id: &str, repeat: Repeat) -> TransferCharge {
    TransferCharge {
        charge: charge(billing_key, order_id, repeat),
        receipt: None,
    }
}

pub async fn send(app: &TestApp, order: TransferCharge) -> Result<Answered<Payment>, CallError> {
    let (tokens, path) = tokens(app, order.purpose()).await;
    let order = TransferCharge {
        charge: Charge {
            tokens,
            ..order.charge
        },
        ..order
    };
    let (status, body) = post(app, &path, &order.fields()).await;
    order.read(status, body.as_bytes())
}

pub async fn refund(app: &TestApp, order_id: &str) -> Result<Answered<Refunded>, CallError> {
    let (tokens, path) = tokens(app, Purpose::Refund).await;
    let refund = Refund {
        tokens,
        refund_key: Secret::new(REFUND_KEY),
        order_id: order_id.into(),
        paid_on: "20260305".into(),
        amount: Money::won(10_000),
        tax_amount: None,
    };
    let (status, body) = post(app, &path, &refund.fields()).await;
    refund.read(status, body.as_bytes())
}

pub async fn cash_receipt(
    app: &TestApp,
    billing_key: &Secret,
    (order_id, amount): (&str, u64),
    cancel: bool,
) -> Result<Answered<CashReceiptDone>, CallError> {
    let purpose = if cancel {
        Purpose::CashReceiptCancel
    } else {
        Purpose::CashReceipt
    };
    let (tokens, path) = tokens(app, purpose).await;
    let receipt = CashReceipt {
        tokens,
        cancel,
        billing_key: billing_key.clone(),
        order_id: order_id.into(),
        amount: Money::won(amount),
        trade_use: TradeUse::Personal,
        holder_number: "01012345678".into(),
    };
    let (status, body) = post(app, &path, &receipt.fields()).await;
    receipt.read(status, body.as_bytes())
}
