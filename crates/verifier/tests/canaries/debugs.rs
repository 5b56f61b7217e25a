//! What a careless programmer would print.

use std::time::Duration;

use paypair_ledger::Store;
use paypair_verifier::{
    CashReceiptWish, GatewayCall, NewCharge, NewOrder, OrderQuestion, UrlOrderSource,
};
use serde_json::json;

use super::{
    birds::{EMAIL, NAME, PHONE, RECEIPT_PHONE, TOLD_KEY},
    shop::Shop,
};
use crate::common::MERCHANT_KEY;

pub(crate) async fn printed(shop: &Shop<'_>) {
    let (app, net) = (shop.app, shop.net);
    let told = app.verifier.store().events_after(0, 1000).await.unwrap();
    net.take("Debug of the events", format!("{told:?}"));
    let config = app.verifier.config();
    net.take("Debug of the configuration", format!("{config:?}"));
    let source = config.order_source.as_ref().map(UrlOrderSource::new);
    assert!(matches!(source, Some(Some(_))));
    net.take("Debug of the order source", format!("{source:?}"));
    let fields = [
        ("PCD_PAYER_HP", PHONE),
        ("PCD_PAYER_EMAIL", EMAIL),
        ("PCD_PAYER_ID", TOLD_KEY),
    ];
    let question = OrderQuestion {
        order_id: Some("order0".to_owned()),
        fields: fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
    };
    net.take("Debug of a question", format!("{question:?}"));
    let order: Result<NewOrder, _> = serde_json::from_value(json!({
        "gateway": "payple", "method": "card", "amount": "100", "productName": "a",
        "customer": { "id": "1001", "name": NAME, "phone": PHONE, "email": EMAIL },
    }));
    net.take("Debug of an order to be", format!("{order:?}"));
    let charge: Result<NewCharge, _> = serde_json::from_value(json!({
        "billingKeyId": "bk_1", "customerId": "1001", "customer": { "name": NAME, "phone": PHONE, "email": EMAIL },
        "options": {
            "billingAddress": { "city": EMAIL, "line1": EMAIL },
            "paypalBuyer": {
                "firstName": NAME, "lastName": NAME, "phone": PHONE, "country": "KR", "joinedAt": "2026-01-01",
            },
        },
    }));
    assert!(order.is_ok() && charge.is_ok(), "{:?}", charge.err());
    net.take("Debug of a charge to be", format!("{charge:?}"));
    let receipt: Result<CashReceiptWish, _> = serde_json::from_value(json!({
        "purpose": "tax_deduction", "identity": { "phone": RECEIPT_PHONE },
    }));
    assert!(receipt.is_ok());
    net.take("Debug of a receipt to be", format!("{receipt:?}"));
    let call = GatewayCall::post(
        format!("https://user.example/?key={MERCHANT_KEY}")
            .parse()
            .unwrap(),
        "text/plain",
        EMAIL.into(),
        Duration::from_secs(1),
    );
    net.take("Debug of a call", format!("{call:?}"));
}
