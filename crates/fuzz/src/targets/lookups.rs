//! Answers to our own lookups: whatever a gateway, or a proxy in front of it, answers, it is read or refused.

use paypair_ledger::Evidence;
use paypair_protocol::payletter::{DateType, Status, TransactionList};
use paypair_protocol::payletter_global::SalesList;
use paypair_protocol::payple::{Lookup, LookupAnswer};

/// No answer panics; none becomes a payment unless it says so in the gateway's own words.
pub(crate) fn run(data: &[u8]) {
    let status = Status {
        merchant_id: "pay_test".to_owned(),
        order_id: "order-1".to_owned(),
    };
    let list = TransactionList {
        merchant_id: "pay_test".to_owned(),
        on: "20261121".to_owned(),
        by: DateType::Transaction,
        method: None,
        order_id: None,
    };
    for code in [200, 201, 204, 302, 400, 403, 500, 502] {
        let _ = status.read(code, data);
        if let Ok(answer) = list.read(code, data) {
            answer
                .into_rows()
                .filter_map(|row| Evidence::payletter_row(&row, data))
                .for_each(named);
        }
        if let Ok(answer) = SalesList::default().read(code, data) {
            answer
                .into_rows()
                .filter_map(|row| Evidence::global_sale(&row, data))
                .for_each(named);
        }
        if let Some(lookup) = paychk()
            && let Ok(LookupAnswer::Found(payment)) = lookup.read(code, data)
        {
            assert!(!payment.order_id.is_empty());
        }
    }
}

/// A name that is missing is missing, not empty: an empty one would match another empty one.
fn named(evidence: Evidence) {
    assert!(evidence.gateway_order_id().is_none_or(|id| !id.is_empty()));
    assert!(evidence.transaction_id().is_none_or(|id| !id.is_empty()));
}

fn paychk() -> Option<Lookup> {
    let fields = paypair_protocol::wire::Fields::from_form(LOOKUP.as_bytes()).ok()?;
    Lookup::from_fields(&fields).ok()
}

const LOOKUP: &str = "PCD_CST_ID=test&PCD_CUST_KEY=abcd1234567890&PCD_AUTH_KEY=key&PCD_PAYCHK_FLAG=Y&PCD_PAY_TYPE=card&PCD_PAY_OID=order-1&PCD_PAY_DATE=20261121";
