//! Text without `format!` and without slicing: both drag tables into the browser's wasm that nothing else needs.

use alloc::string::String;

/// Decimal digits of a number.
pub(crate) fn digits(mut number: u64) -> String {
    let mut reversed = [0_u8; 20];
    let mut used = 0;
    for slot in &mut reversed {
        *slot = b'0' + (number % 10) as u8;
        number /= 10;
        used += 1;
        if number == 0 {
            break;
        }
    }
    reversed
        .iter()
        .take(used)
        .rev()
        .map(|digit| char::from(*digit))
        .collect()
}

/// Does `given` spell the snake_case `name`, in snake_case or in camelCase?
pub(crate) fn same_name(name: &str, given: &str) -> bool {
    if name == given {
        return true;
    }
    let mut given = given.bytes();
    let mut capital = false;
    for byte in name.bytes() {
        if byte == b'_' {
            capital = true;
            continue;
        }
        let expected = if capital {
            byte.to_ascii_uppercase()
        } else {
            byte
        };
        capital = false;
        if given.next() != Some(expected) {
            return false;
        }
    }
    given.next().is_none()
}

/// Would a payment network choke on this character? (이모티콘; the signs of KS X 1001, such as ★ and ♥, are fine.)
pub(crate) fn is_emoji(character: char) -> bool {
    let code = character as u32;
    matches!(code, 0x1F000..=0x1FAFF | 0xE0020..=0xE007F | 0xFE0F | 0x20E3 | 0x200D)
        || DRAWN_AS_EMOJI
            .iter()
            .any(|(first, last)| (u32::from(*first)..=u32::from(*last)).contains(&code))
}

/// Characters of the basic plane with Unicode's `Emoji_Presentation`.
#[rustfmt::skip]
const DRAWN_AS_EMOJI: [(u16, u16); 33] = [
    (0x231A, 0x231B), (0x23E9, 0x23EC), (0x23F0, 0x23F0), (0x23F3, 0x23F3), (0x25FD, 0x25FE), (0x2614, 0x2615),
    (0x2648, 0x2653), (0x267F, 0x267F), (0x2693, 0x2693), (0x26A1, 0x26A1), (0x26AA, 0x26AB), (0x26BD, 0x26BE),
    (0x26C4, 0x26C5), (0x26CE, 0x26CE), (0x26D4, 0x26D4), (0x26EA, 0x26EA), (0x26F2, 0x26F3), (0x26F5, 0x26F5),
    (0x26FA, 0x26FA), (0x26FD, 0x26FD), (0x2705, 0x2705), (0x270A, 0x270B), (0x2728, 0x2728), (0x274C, 0x274C),
    (0x274E, 0x274E), (0x2753, 0x2755), (0x2757, 0x2757), (0x2795, 0x2797), (0x27B0, 0x27B0), (0x27BF, 0x27BF),
    (0x2B1B, 0x2B1C), (0x2B50, 0x2B50), (0x2B55, 0x2B55),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_in_both_spellings() {
        assert!(same_name("order_id", "order_id") && same_name("order_id", "orderId"));
        for wrong in ["orderid", "order_Id", "orderIdx", "order", ""] {
            assert!(!same_name("order_id", wrong), "{wrong}");
        }
    }

    #[test]
    fn emoji_are_told_from_korean_typography() {
        assert!("🎁😀✨⚡".chars().all(is_emoji));
        assert!(!"가나다 ABC 123 ★☆♥①㈜·—「」".chars().any(is_emoji));
    }

    #[test]
    fn digits_of_the_edges() {
        assert_eq!(digits(0), "0");
        assert_eq!(digits(u64::MAX), u64::MAX.to_string());
    }
}
