//! The object an old page hands to `PaypleCpayAuthCheck`, read the way Payple's own script read it.

use alloc::{string::String, vec::Vec};

use paypair_protocol::{Currency, Money, payple::Window};

/// An object read: the window's fields, and what was left out of it.
#[derive(Debug)]
pub struct PageObject {
    /// What goes to the window.
    pub window: Window,
    /// Names of server keys that the page carried. They are not sent.
    pub stripped: Vec<String>,
}

/// Why the script stops with an alert before it opens anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFault {
    /// Not a number.
    Malformed,
    /// Under what a card may be charged.
    UnderCardMinimum,
    /// Under what may be transferred.
    UnderTransferMinimum,
}

impl AmountFault {
    /// The original script's words.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Malformed => "결제금액 형식이 바르지 않습니다.",
            Self::UnderCardMinimum => "결제금액은 100원 이상 이어야 합니다.",
            Self::UnderTransferMinimum => "결제금액은 1,000원 이상 이어야 합니다.",
        }
    }
}

impl PageObject {
    /// Reads the object's entries. What only the script reads, and what no window knows, stays behind.
    #[must_use]
    pub fn read(entries: Vec<(String, String)>) -> Self {
        let mut read = Self {
            window: Window::new(),
            stripped: Vec::new(),
        };
        for (name, value) in entries {
            if !EMPTY_SLOTS.contains(&value.as_str()) {
                read.take(name, &unescape(&value));
            }
        }
        read
    }

    fn take(&mut self, name: String, value: &str) {
        use paypair_protocol::Error;

        // An empty key is a slot of a template, not a secret.
        if self.window.set(&name, value) == Err(Error::SecretInPage) && !value.is_empty() {
            self.stripped.push(name);
        }
    }

    /// The original's amount rule. A registration (`AUTH`) moves no money and is not asked.
    ///
    /// # Errors
    /// What to say in the alert.
    pub fn check_amount(&self) -> Result<(), AmountFault> {
        if !matches!(self.window.get("PCD_PAY_WORK"), Some("CERT" | "PAY")) {
            return Ok(());
        }
        let amount = self.window.get("PCD_PAY_TOTAL").unwrap_or_default();
        let amount = Money::parse(amount, &Currency::KRW).map_err(|_| AmountFault::Malformed)?;
        match self.window.get("PCD_PAY_TYPE") {
            Some("transfer") if amount.minor < 1_000 => Err(AmountFault::UnderTransferMinimum),
            _ if amount.minor < 100 => Err(AmountFault::UnderCardMinimum),
            _ => Ok(()),
        }
    }
}

/// The original wrote values into HTML unescaped, so merchants learned to write `&quot;` themselves. Their objects
/// mean the character: the entities it takes to write an attribute are read once.
fn unescape(value: &str) -> String {
    let mut read = String::with_capacity(value.len());
    let mut parts = value.split('&');
    read.extend(parts.next());
    for part in parts {
        let entity = ENTITIES
            .iter()
            .find_map(|(entity, character)| Some((character, part.strip_prefix(entity)?)));
        match entity {
            Some((character, rest)) => {
                read.push(*character);
                read.push_str(rest);
            }
            None => {
                read.push('&');
                read.push_str(part);
            }
        }
    }
    read
}

/// What a template prints where it has no value.
const EMPTY_SLOTS: [&str; 2] = ["undefined", "null"];

const ENTITIES: [(&str, char); 5] = [
    ("quot;", '"'),
    ("amp;", '&'),
    ("lt;", '<'),
    ("gt;", '>'),
    ("#39;", '\''),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn object(given: &[(&str, &str)]) -> PageObject {
        PageObject::read(
            given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    fn amount(kind: &str, work: &str, total: &str) -> Result<(), AmountFault> {
        object(&[
            ("PCD_PAY_TYPE", kind),
            ("PCD_PAY_WORK", work),
            ("PCD_PAY_TOTAL", total),
        ])
        .check_amount()
    }

    #[test]
    fn what_only_the_script_reads_is_never_posted() {
        let read = object(&[
            ("payple_auth_file", "/a"),
            ("payple_dir_path", "/b"),
            ("clientKey", "k"),
            ("PCD_PAY_OID", "o"),
        ]);
        let names: Vec<_> = read
            .window
            .fields()
            .iter()
            .map(|(name, _)| name.as_ref())
            .collect();
        assert_eq!(names, ["PCD_PAY_OID"]);
    }

    #[test]
    fn a_template_without_a_value_sends_nothing() {
        let read = object(&[
            ("PCD_PAYER_HP", "undefined"),
            ("PCD_PAYER_EMAIL", "null"),
            ("PCD_PAYER_NAME", "nullable"),
        ]);
        assert_eq!(read.window.fields().len(), 1);
        assert_eq!(read.window.get("PCD_PAYER_NAME"), Some("nullable"));
    }

    #[test]
    fn server_keys_are_stripped_and_named() {
        let read = object(&[
            ("custKey", "abcd1234567890"),
            ("PCD_REFUND_KEY", "r"),
            ("PCD_PAY_OID", "o"),
        ]);
        assert_eq!(read.stripped, ["custKey", "PCD_REFUND_KEY"]);
        assert_eq!(read.window.fields().len(), 1);
    }

    #[test]
    fn amounts_follow_the_old_script() {
        assert_eq!(amount("card", "CERT", "1,000"), Ok(()));
        assert_eq!(amount("card", "PAY", "101"), Ok(()));
        assert_eq!(
            amount("card", "PAY", "99"),
            Err(AmountFault::UnderCardMinimum)
        );
        assert_eq!(
            amount("transfer", "PAY", "999"),
            Err(AmountFault::UnderTransferMinimum)
        );
        assert_eq!(amount("card", "CERT", ""), Err(AmountFault::Malformed));
        assert_eq!(amount("card", "CERT", "만원"), Err(AmountFault::Malformed));
        assert_eq!(amount("card", "CERT", "-1000"), Err(AmountFault::Malformed));
        assert_eq!(amount("card", "AUTH", ""), Ok(()));
    }

    #[test]
    fn entities_that_merchants_wrote_by_hand_are_read_once() {
        let read = object(&[
            ("PCD_USER_DEFINE1", "{&quot;a&quot;:1}"),
            ("PCD_PAY_GOODS", "A&B &amp;lt; &copy;"),
        ]);
        assert_eq!(read.window.get("PCD_USER_DEFINE1"), Some("{\"a\":1}"));
        assert_eq!(read.window.get("PCD_PAY_GOODS"), Some("A&B &lt; &copy;"));
    }
}
