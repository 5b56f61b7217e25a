//! Amounts: read as a decimal by digits, never as a float.

use paypair_protocol::{Currency, Money};

/// What is read is written so that it reads the same again, and its value is that of the digits.
pub(crate) fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for currency in [Currency::KRW, Currency::USD] {
        let Ok(money) = Money::parse(text, &currency) else {
            continue;
        };
        assert_eq!(
            Money::parse(&money.to_wire(), &currency),
            Ok(money),
            "{text}"
        );
        assert!(
            text.bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.'),
            "{text}"
        );
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let decimals = if currency == Currency::KRW { 0 } else { 2 };
        let kept = fraction
            .get(..fraction.len().min(decimals))
            .unwrap_or_default();
        let digits = format!("{whole}{kept:0<decimals$}");
        assert_eq!(digits.parse::<u64>(), Ok(money.minor), "{text}");
        let beyond = fraction.get(kept.len()..).unwrap_or_default();
        assert!(
            beyond.bytes().all(|byte| byte == b'0'),
            "{text} lost decimals"
        );
    }
}
