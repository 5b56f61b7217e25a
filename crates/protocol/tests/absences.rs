//! What may be taken for "there is no such payment", and what may not.

use paypair_protocol::{
    CallError, Method,
    payletter::{DateType, TransactionList},
    payletter_global::SalesList,
    payple::{self, LookupAnswer, codes},
    wire::Fields,
};

/// PAYCHK answers an error with this code: is it taken for an absence?
fn is_absence(code: &str) -> bool {
    let body = format!(r#"{{"PCD_PAY_RST":"error","PCD_PAY_CODE":"{code}","PCD_PAY_MSG":"?"}}"#);
    let lookup = payple::Lookup::from_fields(&Fields::from([
        ("PCD_CST_ID", "a"),
        ("PCD_CUST_KEY", "b"),
        ("PCD_AUTH_KEY", "c"),
        ("PCD_PAY_TYPE", "card"),
        ("PCD_PAY_OID", "o-1"),
        ("PCD_PAY_DATE", "20261121"),
    ]))
    .unwrap();
    match lookup.read(200, body.as_bytes()) {
        Ok(LookupAnswer::Absent(_)) => true,
        Err(CallError::Refused { gateway_code, .. }) => {
            assert_eq!(gateway_code, codes::bare(code));
            false
        }
        other => panic!("{code}: {other:?}"),
    }
}

#[test]
fn an_outage_or_a_refusal_of_our_access_is_no_absence() {
    for code in [
        // Our keys and our access.
        "AUTH0004",
        "CDAU9991",
        "ARSA0001",
        "BILL0002",
        "SPCD9991",
        "SPCD0004",
        // "Wrong access", and what is wrong with the question.
        "SPCD9998",
        "RPCD9998",
        "CDAU9998",
        "BILL0001",
        "CPCA9997",
        // The bank's maintenance, no link to the issuer, a service that cannot be used, "failed" without a why.
        "9998",
        "CPCA0018",
        "CPCA9998",
        "SPCD0007",
        "SPCD9999",
        "RPCD9999",
        "CPCA9999",
        "CDAU9999",
        // Of a payment that may well be there.
        "SPCD0014",
        "SPCD1001",
        "1103",
        "1156",
        "1115",
        // The test server's mark changes nothing.
        "[TEST]9998",
    ] {
        assert!(!is_absence(code), "{code}");
    }
}

#[test]
fn no_such_payment_a_decline_and_a_code_that_no_document_names_are_an_absence() {
    for code in [
        "",
        "PCHK0001",
        "1104",
        "1117",
        "BILL0003",
        "SPCD0009",
        "2101",
        "[TEST]1104",
    ] {
        assert!(is_absence(code), "{code}");
    }
}

#[test]
fn every_code_of_the_table_is_an_absence_only_if_it_says_that_nothing_was_done() {
    for row in codes::CODES {
        if is_absence(row.code) {
            assert_eq!(row.kind, codes::CodeKind::Declined, "{row:?}");
        }
        let access = row.kind == codes::CodeKind::Access;
        assert_eq!(codes::is_access(row.code), access, "{row:?}");
    }
}

#[test]
fn a_list_that_tells_of_more_rows_than_it_has_is_cut_short() {
    let list = TransactionList {
        merchant_id: "pay_test".into(),
        on: "20261121".into(),
        by: DateType::Transaction,
        method: None::<Method>,
        order_id: None,
    };
    for (body, cut) in [
        (
            r#"{"total_count":2,"list":[{"order_no":"a","tid":"t"}]}"#,
            true,
        ),
        (
            r#"{"total_count":"2","list":[{"order_no":"a","tid":"t"}]}"#,
            true,
        ),
        (r#"{"total_count":3,"list":[]}"#, true),
        (
            r#"{"total_count":1,"list":[{"order_no":"a","tid":"t"}]}"#,
            false,
        ),
        (
            r#"{"total_count":0,"list":[{"order_no":"a","tid":"t"}]}"#,
            false,
        ),
        (r#"{"total_count":"many","list":[]}"#, false),
        (r#"{"list":[]}"#, false),
    ] {
        let answer = list.read(200, body.as_bytes()).unwrap();
        assert_eq!(answer.is_cut_short(), cut, "{body}");
    }
    for (body, cut) in [
        (
            r#"{"data":{"rowcount":{"total":2},"datalist":[{"paytoken":"t"}]}}"#,
            true,
        ),
        (
            r#"{"data":{"rowcount":{"total":1},"datalist":[{"paytoken":"t"}]}}"#,
            false,
        ),
        (r#"{"data":{"rowcount":{"total":0},"datalist":[]}}"#, false),
        (r#"{"data":{"datalist":[]}}"#, false),
    ] {
        let answer = SalesList::default().read(200, body.as_bytes()).unwrap();
        assert_eq!(answer.is_cut_short(), cut, "{body}");
    }
}
