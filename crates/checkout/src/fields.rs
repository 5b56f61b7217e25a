//! Fields a page of the typed API may name: the extras of `pay`, and the friendly names of `paypleObject`.

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};
use core::str::FromStr;

use paypair_protocol::{Error, Locale, payple::Window};

/// What a page may add to a registered order: about the buyer and the window. All else in the table is the server's.
const PAGE_OWNS: [&str; 8] = [
    "customer_name",
    "customer_phone",
    "customer_email",
    "easy_method",
    "cash_receipt",
    "app_scheme",
    "custom1",
    "custom2",
];

/// Fields of the window that are in no table, because only the auth answer and the vendor's script write them.
const TOKENS: [&str; 4] = ["PCD_AUTH_KEY", "PCD_CST_ID", "PCD_PAY_HOST", "PCD_PAY_URL"];

/// A field that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// As the page named it.
    pub field: String,
    /// Why.
    pub cause: Cause,
}

/// Why a field was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The protocol's own rule.
    Rule(Error),
    /// Amount, order id, keys: a browser's word for them counts for nothing.
    OwnedByServer,
}

impl Wrong {
    fn new(field: &str, cause: Cause) -> Self {
        Self {
            field: field.to_owned(),
            cause,
        }
    }

    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match &self.cause {
            Cause::Rule(error) => error.code(),
            Cause::OwnedByServer => "field_owned_by_server",
        }
    }

    /// A sentence in the page's language.
    #[must_use]
    pub fn message(&self, locale: &str) -> String {
        let locale = Locale::from_str(locale).unwrap_or_default();
        match (&self.cause, locale) {
            (Cause::Rule(error), _) => locale.message(error),
            (Cause::OwnedByServer, Locale::En) => {
                "The server sets this value; do not send it from the page.".to_owned()
            }
            (Cause::OwnedByServer, Locale::Ko) => {
                "서버가 정하는 값입니다. 페이지에서 보내지 마세요.".to_owned()
            }
        }
    }
}

/// Checks the extras of a `pay` call by name. Their values are checked by the server, which knows the gateway.
///
/// # Errors
/// The first field that a page must not send.
pub fn check(given: &[(String, String)]) -> Result<(), Wrong> {
    let mut window = Window::new();
    for (name, value) in given {
        window
            .set(name, value)
            .map_err(|error| Wrong::new(name, Cause::Rule(error)))?;
        let row = Window::TABLE.field(name);
        let owned = row.is_some_and(|row| !PAGE_OWNS.contains(&row.name));
        if owned || TOKENS.contains(&name.as_str()) {
            return Err(Wrong::new(name, Cause::OwnedByServer));
        }
    }
    Ok(())
}

/// The window object's fields in wire order, or the first fault.
pub type Built = Result<Vec<(Cow<'static, str>, String)>, Wrong>;

/// Builds Payple's window object from friendly names, wire names, or both, and checks it by the table.
///
/// # Errors
/// The first field that the table refuses.
pub fn payple_object(given: &[(String, String)]) -> Built {
    let mut window = Window::new();
    for (name, value) in given {
        window
            .set(name, value)
            .map_err(|error| Wrong::new(name, Cause::Rule(error)))?;
    }
    match window.check().into_iter().next() {
        Some(fault) => Err(Wrong::new(fault.field, Cause::Rule(fault.error))),
        None => Ok(window.fields().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(given: &[(&str, &str)]) -> Vec<(String, String)> {
        given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn code(given: &[(&str, &str)]) -> &'static str {
        check(&pairs(given)).map_or_else(|wrong| wrong.code(), |()| "fine")
    }

    #[test]
    fn a_page_may_say_who_buys() {
        assert_eq!(
            code(&[
                ("customerName", "홍길동"),
                ("customer_phone", "01012345678"),
                ("custom1", "a")
            ]),
            "fine"
        );
        assert_eq!(
            code(&[("PCD_PAYER_NAME", "홍길동"), ("PCD_SOMETHING_NEW", "1")]),
            "fine"
        );
    }

    #[test]
    fn a_page_may_not_say_what_it_costs() {
        for name in [
            "amount",
            "PCD_PAY_TOTAL",
            "orderId",
            "PCD_PAY_OID",
            "PCD_RST_URL",
            "PCD_AUTH_KEY",
            "PCD_CST_ID",
        ] {
            assert_eq!(code(&[(name, "1000")]), "field_owned_by_server", "{name}");
        }
    }

    #[test]
    fn a_server_key_in_the_page_is_refused() {
        for name in ["custKey", "PCD_CUST_KEY", "refundKey", "PLKEY"] {
            assert_eq!(
                code(&[(name, "abcd1234567890")]),
                "secret_in_page",
                "{name}"
            );
        }
    }

    #[test]
    fn a_misspelt_name_is_not_sent_in_silence() {
        assert_eq!(code(&[("customerNmae", "홍길동")]), "name_unknown");
    }

    #[test]
    fn sentences_come_in_the_pages_language() {
        let wrong = check(&pairs(&[("amount", "1")])).unwrap_err();
        assert_ne!(wrong.message("ko"), wrong.message("en"));
        assert_eq!(wrong.field, "amount");
    }

    #[test]
    fn friendly_names_become_the_gateways() {
        let given = pairs(&[
            ("method", "card"),
            ("work", "confirm_then_pay"),
            ("cardFlow", "one_time"),
            ("productName", "머그컵"),
            ("amount", "12,000"),
            ("PCD_USER_DEFINE1", "{\"a\":\"b\"}"),
        ]);
        let built = payple_object(&given).unwrap();
        let built: Vec<_> = built
            .iter()
            .map(|(wire, value)| (wire.as_ref(), value.as_str()))
            .collect();
        assert_eq!(
            built,
            [
                ("PCD_PAY_TYPE", "card"),
                ("PCD_PAY_WORK", "CERT"),
                ("PCD_CARD_VER", "02"),
                ("PCD_PAY_GOODS", "머그컵"),
                ("PCD_PAY_TOTAL", "12000"),
                ("PCD_USER_DEFINE1", "{\"a\":\"b\"}"),
            ]
        );
    }

    #[test]
    fn a_friendly_object_is_checked_by_the_table() {
        let wrong = payple_object(&pairs(&[
            ("method", "card"),
            ("work", "pay_now"),
            ("amount", "99"),
        ]))
        .unwrap_err();
        assert_eq!(
            (wrong.field.as_str(), wrong.code()),
            ("product_name", "field_missing")
        );
    }
}
