//! What a callback with a good hash still has to show. The hash covers user, amount and transaction id, run together; the rest could
//! be another order's.

use paypair_ledger::{Attempt, Digest, State};
use paypair_protocol::payletter::{Callback, codes};

/// The first thing in which a callback contradicts the attempt that its order id names.
pub(super) fn difference(attempt: &Attempt, callback: &Callback) -> Option<&'static str> {
    let order = &attempt.order;
    let nonce = callback.custom.as_deref().map(Digest::of);
    [
        (
            "order_id_differs",
            callback.order_id != attempt.gateway_order_id,
        ),
        ("nonce_differs", nonce != Some(attempt.nonce)),
        (
            "customer_differs",
            callback.customer_id != order.customer.id,
        ),
        ("amount_differs", Some(callback.amount) != order.money),
        (
            "method_differs",
            !codes::same_family(&order.method, &callback.method),
        ),
    ]
    .into_iter()
    .find_map(|(code, differs)| differs.then_some(code))
}

/// Whether the buyer's browser may know this attempt's nonce: every return, a failed one too, carries `custom_parameter`.
pub(super) fn nonce_was_shown(attempt: &Attempt) -> bool {
    attempt.returned_at.is_some()
        || attempt.state.is_soft_end()
        || attempt.state == State::AwaitingDeposit
}
