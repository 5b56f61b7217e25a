//! What the gateway calls an attempt.

use crate::Digest;

/// `order_id`, then `order_id-2`, .. An id that must be cut to fit gets a mark, so that two long ones stay two.
pub(crate) fn plain(order_id: &str, no: u32, size: usize) -> String {
    let suffix = if no == 1 {
        String::new()
    } else {
        format!("-{no}")
    };
    if order_id.len() + suffix.len() <= size {
        format!("{order_id}{suffix}")
    } else {
        marked(order_id, no, size)
    }
}

/// The same with eight digits of a digest, for when the plain name is too long or taken.
pub(crate) fn marked(order_id: &str, no: u32, size: usize) -> String {
    let mark = Digest::of_parts([order_id.as_bytes(), &no.to_be_bytes()]).to_hex();
    let suffix = format!("-{}-{no}", mark.get(..8).unwrap_or_default());
    let room = order_id.floor_char_boundary(size.saturating_sub(suffix.len()));
    format!("{}{suffix}", order_id.get(..room).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_attempt_bears_the_order_id_and_later_ones_count() {
        assert_eq!(plain("order-7", 1, 30), "order-7");
        assert_eq!(plain("order-7", 2, 30), "order-7-2");
    }

    #[test]
    fn long_ids_are_cut_to_size_and_stay_different() {
        let (one, two) = ("x".repeat(40), format!("{}y", "x".repeat(39)));
        for no in [1, 2, 12] {
            assert_eq!(plain(&one, no, 30).len(), 30);
            assert_ne!(plain(&one, no, 30), plain(&two, no, 30));
        }
        assert!(plain(&"주문".repeat(20), 3, 30).len() <= 30);
    }
}
