//! Card numbers, which have no unmasked form here.

use alloc::string::String;

/// A masked card number, as text to show.
///
/// The gateways mask in a dozen ways (`1111-****-****-2222`, `457973******1234`, `12345678 ** ** 1234`). What they send
/// is kept; should a gateway ever send a whole number, its middle is masked before anybody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardNumber(String);

impl CardNumber {
    /// Takes what the gateway sent.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let masked = digits < 13; // the shortest whole card number has 13
        let mut seen = 0;
        let shown = text
            .chars()
            .map(|character| {
                if masked || !character.is_ascii_digit() {
                    return character;
                }
                seen += 1;
                if seen <= 6 || seen + 4 > digits {
                    character
                } else {
                    '*'
                }
            })
            .collect();
        Self(shown)
    }

    /// Takes the number of a bank account. Those are shorter than cards' and masked by the gateway with stars; one
    /// without any is masked here.
    #[must_use]
    pub fn of_account(text: &str) -> Self {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let masked = text.contains('*');
        let mut seen = 0;
        let shown = text
            .chars()
            .map(|character| {
                if masked || !character.is_ascii_digit() {
                    return character;
                }
                seen += 1;
                if seen <= 3 || seen + 3 > digits {
                    character
                } else {
                    '*'
                }
            })
            .collect();
        Self(shown)
    }

    /// The masked number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Display for CardNumber {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_number_is_kept_and_a_whole_one_is_masked() {
        for text in [
            "1111-****-****-2222",
            "12345678 ** ** 1234",
            "************6156",
        ] {
            assert_eq!(CardNumber::new(text).as_str(), text);
        }
        assert_eq!(
            CardNumber::new("4111-1111-1111-1234").as_str(),
            "4111-11**-****-1234"
        );
    }
}
