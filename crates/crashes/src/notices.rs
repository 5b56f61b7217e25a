//! Orders that a gateway's callback pays: Payletter's.

use paypair_ledger::{Evidence, Order, Timestamp};
use paypair_protocol::payletter::Callback;
use paypair_protocol::wire::Fields;
use paypair_protocol::{Gateway, Secret, Work, hash};

use crate::orders::{PRICE, order};

/// An order that is paid at the window, of which the gateway tells.
pub fn notice_order(id: &str, now: Timestamp) -> Order {
    Order {
        gateway: Gateway::Payletter,
        merchant_id: "pay_test".to_owned(),
        method: "creditcard".into(),
        work: Work::PayNow,
        card_flow: None,
        ..order(id, now)
    }
}

/// The callback about the attempt that was begun with this nonce; none if the protocol does not believe it.
pub fn called_back(gateway_order: &str, nonce: &str) -> Option<Evidence> {
    let key = Secret::new("key");
    let (price, payment) = (PRICE.minor, format!("t-{gateway_order}"));
    let hash = hash::payhash(b"7", price.to_string(), &payment, &key).to_upper_hex();
    let body = format!(
        r#"{{"user_id":"7","amount":{price},"tid":"{payment}","order_no":"{gateway_order}","pgcode":"creditcard",
        "custom_parameter":"{nonce}","payhash":"{hash}"}}"#
    );
    let fields = Fields::from_json(body.as_bytes()).ok()?;
    let callback = Callback::verify(&fields, &key).ok()?;
    Some(Evidence::payletter_callback(&callback, body.as_bytes()))
}
