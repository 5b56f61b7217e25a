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
        Self(masked(text, digits(text) < 13, 6, 4)) // the shortest whole card number has 13
    }

    /// Takes the number of a bank account. Those are shorter than cards' and masked by the gateway with stars; one
    /// without any is masked here.
    #[must_use]
    pub fn of_account(text: &str) -> Self {
        Self(masked(text, text.contains('*'), 3, 3))
    }

    /// The masked number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keeps the first and the last digits, unless the gateway has masked the number itself.
fn masked(text: &str, already: bool, first: usize, last: usize) -> String {
    let all = digits(text);
    let mut seen = 0;
    let mask = |character: char| {
        if already || !character.is_ascii_digit() {
            return character;
        }
        seen += 1;
        if seen <= first || seen + last > all {
            character
        } else {
            '*'
        }
    };
    text.chars().map(mask).collect()
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
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
        assert_eq!(
            CardNumber::of_account("110-123-456789").as_str(),
            "110-***-***789"
        );
        assert_eq!(CardNumber::of_account("110***789").as_str(), "110***789");
    }
}
