//! What a page hands over and what a payment window sends back.

use paypair_checkout::fields::{check, payple_object};
use paypair_checkout::object::PageObject;
use paypair_protocol::Gateway;
use paypair_protocol::payple::WindowResult;
use paypair_protocol::wire::Fields;
use paypair_reader::read_return;

/// A page's object: server keys never go on, under whatever name they stand.
pub(crate) fn object(data: &[u8]) {
    let Ok(fields) = Fields::from_json(data) else {
        return;
    };
    let entries = fields
        .iter()
        .map(|(name, value)| {
            (
                name.to_owned(),
                value.text().unwrap_or_default().into_owned(),
            )
        })
        .collect::<Vec<_>>();
    let _ = check(&entries);
    if let Ok(built) = payple_object(&entries) {
        assert!(built.iter().all(|(name, _)| !is_key(name)));
    }
    let read = PageObject::read(entries);
    let _ = read.check_amount();
    assert!(read.window.fields().iter().all(|(name, _)| !is_key(name)));
}

/// A window's message: what is told to a page names no key.
pub(crate) fn message(data: &[u8]) {
    for fields in [Fields::from_json(data), Fields::from_form(data)]
        .into_iter()
        .flatten()
    {
        let _ = WindowResult::read(&fields);
        for gateway in [
            Gateway::Payple,
            Gateway::Payletter,
            Gateway::PayletterGlobal,
        ] {
            let told = read_return(gateway, &fields);
            assert!(told.names().all(|name| !SECRET.contains(&name)));
        }
    }
}

fn is_key(name: &str) -> bool {
    matches!(
        name.to_ascii_lowercase().as_str(),
        "custkey" | "pcd_cust_key" | "pcd_refund_key" | "plkey"
    )
}

const SECRET: [&str; 4] = ["authKey", "confirmKey", "billingKey", "confirmUrl"];
