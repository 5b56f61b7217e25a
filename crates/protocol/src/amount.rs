//! Money: a whole number of the currency's smallest unit. There are no floats near it.

use alloc::string::String;

use crate::{Currency, Error, text};

/// An amount in one currency.
///
/// ```
/// use paypair_protocol::{Currency, Money};
/// let price = Money::parse("12.5", &Currency::USD)?;
/// assert_eq!((price.minor, price.to_wire().as_str()), (1250, "12.50"));
/// assert_eq!(Money::won(10_000).to_wire(), "10000");
/// # Ok::<(), paypair_protocol::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Money {
    /// How many of the smallest unit (won, cent).
    pub minor: u64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in won.
    #[must_use]
    pub const fn won(minor: u64) -> Self {
        Self {
            minor,
            currency: Currency::KRW,
        }
    }

    /// Reads a plain decimal: digits, then at most one point with digits.
    ///
    /// No sign, no thousands mark, no exponent, no leading zeros (`0` and `0.5` are fine): the domestic hash has no
    /// separators, so `test` + `1000` and `test1` + `000` sign alike, and only the first is an amount. Zeros at the
    /// end say nothing (`1000.00` won is 1000), other decimals beyond the currency's are refused.
    pub fn parse(text: &str, currency: &Currency) -> Result<Self, Error> {
        let decimals = currency.decimals();
        let mut minor: u64 = 0;
        let mut whole_digits = 0_usize;
        let mut fraction_digits = None::<u32>;
        let mut kept_decimals = 0_u32;
        for byte in text.bytes() {
            match (byte, fraction_digits) {
                (b'.', None) if whole_digits > 0 => fraction_digits = Some(0),
                (b'0'..=b'9', None) => {
                    if whole_digits > 0 && minor == 0 {
                        return Err(Error::AmountMalformed); // a leading zero
                    }
                    whole_digits += 1;
                    minor = push_digit(minor, byte)?;
                }
                (b'0'..=b'9', Some(seen)) => {
                    fraction_digits = Some(seen.saturating_add(1));
                    if seen < decimals {
                        kept_decimals += 1;
                        minor = push_digit(minor, byte)?;
                    } else if byte != b'0' {
                        return Err(Error::AmountTooPrecise { decimals });
                    }
                }
                _ => return Err(Error::AmountMalformed),
            }
        }
        if whole_digits == 0 || fraction_digits == Some(0) {
            return Err(Error::AmountMalformed);
        }
        for _ in kept_decimals..decimals {
            minor = push_digit(minor, b'0')?;
        }
        Ok(Self {
            minor,
            currency: *currency,
        })
    }

    /// The spelling that is sent: `10000`, `12.50`.
    #[must_use]
    pub fn to_wire(&self) -> String {
        let mut digits = text::digits(self.minor);
        let decimals = self.currency.decimals() as usize;
        if decimals > 0 {
            while digits.len() <= decimals {
                digits.insert(0, '0');
            }
            digits.insert(digits.len() - decimals, '.');
        }
        digits
    }

    /// Is this nothing at all?
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.minor == 0
    }
}

impl core::fmt::Display for Money {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.to_wire())?;
        f.write_str(" ")?;
        f.write_str(self.currency.as_str())
    }
}

impl core::fmt::Debug for Money {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// Stores keep amounts in signed columns, so nothing above `i64::MAX` is an amount.
fn push_digit(minor: u64, digit: u8) -> Result<u64, Error> {
    minor
        .checked_mul(10)
        .and_then(|tens| tens.checked_add(u64::from(digit - b'0')))
        .filter(|sum| *sum <= i64::MAX.unsigned_abs())
        .ok_or(Error::AmountTooLarge)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd(text: &str) -> Result<u64, Error> {
        Money::parse(text, &Currency::USD).map(|money| money.minor)
    }

    #[test]
    fn plain_decimals_are_read() {
        for (text, minor) in [
            ("0", 0),
            ("0.5", 50),
            ("1", 100),
            ("1.00", 100),
            ("12.5", 1250),
            ("12.5000", 1250),
        ] {
            assert_eq!(usd(text), Ok(minor), "{text}");
        }
        assert_eq!(
            Money::parse("1000.00", &Currency::KRW),
            Ok(Money::won(1000))
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "", "+1", "-1", "01", "00", "1,000", "1.", ".5", "1.2.3", "1e3", " 1", "1 ", "١",
            "NaN", "0x1",
        ] {
            assert_eq!(usd(text), Err(Error::AmountMalformed), "{text}");
        }
        assert_eq!(usd("1.005"), Err(Error::AmountTooPrecise { decimals: 2 }));
        assert_eq!(
            Money::parse("1.5", &Currency::KRW),
            Err(Error::AmountTooPrecise { decimals: 0 })
        );
        assert_eq!(usd("99999999999999999999"), Err(Error::AmountTooLarge));
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(minor in 0..=i64::MAX.unsigned_abs(), dollars: bool) {
            let money = Money { minor, currency: if dollars { Currency::USD } else { Currency::KRW } };
            prop_assert_eq!(Money::parse(&money.to_wire(), &money.currency), Ok(money));
        }

        #[test]
        fn no_text_panics(text in "\\PC*", dollars: bool) {
            let currency = if dollars { Currency::USD } else { Currency::KRW };
            if let Ok(money) = Money::parse(&text, &currency) {
                prop_assert!(text.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
                prop_assert_eq!(Money::parse(&money.to_wire(), &currency), Ok(money));
            }
        }

        #[test]
        fn more_digits_are_more_money(a in 0_u64..1_000_000_000, b in 0_u64..1_000_000_000) {
            let read = |n: u64| Money::parse(&Money { minor: n, currency: Currency::USD }.to_wire(), &Currency::USD);
            prop_assert_eq!(a < b, read(a).unwrap().minor < read(b).unwrap().minor);
        }
    }
}
