//! What the old callback gets to see.

use alloc::{borrow::ToOwned, string::String, vec::Vec};

use paypair_protocol::{Status, payple::keys};

/// Fields of a `PCD_` result, in order.
pub type Fields = Vec<(String, String)>;

/// Sets a field in its old place, or at the end.
pub fn put(fields: &mut Fields, name: &str, value: &str) {
    match fields.iter_mut().find(|(have, _)| have == name) {
        Some((_, slot)) => value.clone_into(slot),
        None => fields.push((name.to_owned(), value.to_owned())),
    }
}

/// Fills in how it went, under the real name and under the one that copied snippets test.
pub fn mark(fields: &mut Fields, outcome: &str) {
    put(fields, keys::OUTCOME, outcome);
    put(fields, keys::OUTCOME_IN_OLD_SNIPPETS, outcome);
}

/// An end without the gateway: the page's own fields and a reason.
#[must_use]
pub fn ended(mut fields: Fields, outcome: &str, message: &str) -> Fields {
    mark(&mut fields, outcome);
    put(&mut fields, keys::GATEWAY_MESSAGE, message);
    fields
}

/// The gateway's result with the *server's* decision in it.
///
/// Without confirm key and confirm URL, so that old code cannot confirm a second time. `pending` and everything
/// unclear is `error` here: the old contract has no word for it, and only `paid` may look like success.
#[must_use]
pub fn decided(mut fields: Fields, order_id: &str, status: Status, reason: Option<&str>) -> Fields {
    fields.retain(|(name, _)| name != keys::CONFIRM_KEY && name != keys::CONFIRM_URL);
    let outcome = match status {
        Status::Paid | Status::Registered => "success",
        Status::Cancelled => "close",
        _ => "error",
    };
    mark(&mut fields, outcome);
    put(&mut fields, keys::ORDER_ID, order_id);
    match (status, reason) {
        (Status::Cancelled, _) => put(&mut fields, keys::GATEWAY_MESSAGE, keys::CLOSED_MESSAGE),
        (Status::Paid | Status::Registered, _) => {}
        (_, Some(reason)) => put(&mut fields, keys::GATEWAY_MESSAGE, reason),
        (_, None) => put(
            &mut fields,
            keys::GATEWAY_MESSAGE,
            "결제 결과를 확인하고 있습니다. 다시 결제하지 마세요.",
        ),
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(given: &[(&str, &str)]) -> Fields {
        given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn value<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
        fields
            .iter()
            .find(|(have, _)| have == name)
            .map(|(_, value)| value.as_str())
    }

    const SUCCESS: [(&str, &str); 4] = [
        ("PCD_PAY_RST", "success"),
        ("PCD_PAY_MSG", "카드승인완료"),
        ("PCD_PAY_REQKEY", "key"),
        (
            "PCD_PAY_COFURL",
            "https://cpay.payple.kr/php/PayCardConfirmAct.php",
        ),
    ];

    #[test]
    fn a_decided_result_cannot_be_confirmed_again() {
        let decided = decided(fields(&SUCCESS), "o-1", Status::Paid, None);
        assert_eq!(value(&decided, "PCD_PAY_RST"), Some("success"));
        assert_eq!(value(&decided, "PCD_PAY_OID"), Some("o-1"));
        assert_eq!(value(&decided, "PCD_PAY_REQKEY"), None);
        assert_eq!(value(&decided, "PCD_PAY_COFURL"), None);
    }

    #[test]
    fn only_evidence_looks_like_success() {
        use Status::*;
        for status in [
            AwaitingDeposit,
            Pending,
            Declined,
            Cancelled,
            Expired,
            InDoubt,
            Review,
        ] {
            let decided = decided(fields(&SUCCESS), "o-1", status, None);
            assert_ne!(
                value(&decided, "PCD_PAY_RST"),
                Some("success"),
                "{status:?}"
            );
            assert_ne!(
                value(&decided, "PCD_PAY_RESULT"),
                Some("success"),
                "{status:?}"
            );
            assert_ne!(
                value(&decided, "PCD_PAY_MSG"),
                Some("카드승인완료"),
                "{status:?}"
            );
        }
    }

    #[test]
    fn a_closed_window_says_the_words_that_merchants_compare() {
        let closed = decided(Fields::new(), "o-1", Status::Cancelled, Some("buyer"));
        assert_eq!(value(&closed, "PCD_PAY_RST"), Some("close"));
        assert_eq!(
            value(&closed, "PCD_PAY_MSG"),
            Some("결제를 종료하였습니다.")
        );
    }
}
