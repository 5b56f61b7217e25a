//! What is paid from: a card, or a bank account.

use jiff::Timestamp;

use crate::core::clock::korean;
use crate::core::wire::Form;

/// The card or the account that is paid from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Means {
    pub(crate) name: String,
    /// Masked.
    pub(crate) number: String,
    /// Only a bank has one.
    pub(super) bank_code: Option<&'static str>,
}

impl Means {
    /// `PCD_PAY_TYPE`.
    pub(super) const fn method(&self) -> &'static str {
        if self.bank_code.is_some() {
            "transfer"
        } else {
            "card"
        }
    }

    /// From what the buyer typed; `None` if that is no account.
    pub(super) fn typed_account(form: &Form) -> Option<Self> {
        let digits: String = form
            .get("account_number")
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let chosen = |(code, _): &&(&str, &str)| *code == form.get("bank_code");
        let (code, name) = BANKS.iter().find(chosen)?;
        (10..=14).contains(&digits.len()).then(|| Self {
            name: (*name).to_owned(),
            number: format!("{}-*******-{}", &digits[..3], &digits[digits.len() - 3..]),
            bank_code: Some(code),
        })
    }

    /// From what the buyer typed; `None` if that is no card.
    pub(super) fn typed_card(form: &Form, now: Timestamp) -> Option<Self> {
        let digits: String = form
            .get("card_number")
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let month: i8 = form.get("card_month").parse().ok()?;
        let year: u8 = form.get("card_year").parse().ok()?;
        let today = korean(now);
        let expired = (2000 + i16::from(year), month) < (today.year(), today.month());
        let valid = (14..=16).contains(&digits.len()) && (1..=12).contains(&month) && !expired;
        valid.then(|| Self {
            name: issuer(&digits).to_owned(),
            number: format!("{}-****-****-{}", &digits[..4], &digits[digits.len() - 4..]),
            bank_code: None,
        })
    }

    pub(super) fn of_app(form: &Form) -> Self {
        let name = Some(form.get("card_company"))
            .filter(|name| !name.is_empty())
            .unwrap_or("신한카드");
        Self {
            name: name.to_owned(),
            number: "4890-****-****-1004".into(),
            bank_code: None,
        }
    }
}

/// Banks whose accounts are taken here; three digits, as the documents have them.
pub(crate) const BANKS: [(&str, &str); 6] = [
    ("011", "NH농협은행"),
    ("004", "국민은행"),
    ("020", "우리은행"),
    ("081", "하나은행"),
    ("088", "신한은행"),
    ("090", "카카오뱅크"),
];

fn issuer(digits: &str) -> &'static str {
    match digits.as_bytes().first() {
        Some(b'3') => "현대카드",
        Some(b'4') => "신한카드",
        Some(b'5') => "KB국민카드",
        Some(b'9') => "BC카드",
        _ => "삼성카드",
    }
}
