//! Payletter Global's calls without HTTP around them, for [`Machine`](crate::Machine).

use jiff::Timestamp;

use super::request::{self, INVALID, error};
use super::{calls, recurring, refund, settlement};
use crate::core::mail::LetterId;
use crate::core::wire::Form;
use crate::core::{Answer, World};
use crate::machine::Call;

/// A merchant's server calls: the answer, and the notices that leave with it. The path is the one behind `/payletter_global`.
pub(crate) fn call(
    world: &mut World,
    now: Timestamp,
    path: &str,
    call: &Call<'_>,
) -> (Vec<LetterId>, Answer) {
    let alone = |answer| (Vec::new(), answer);
    if call.key("GPLKEY") != world.payletter_global.api_key() {
        let message = "Authentication token is missing or incorrect.";
        return alone(error(401, (998, message), message));
    }
    let form = match Form::from_json(call.body) {
        Ok(form) => form,
        Err(text) => return alone(error(400, INVALID, &text)),
    };
    alone(match path {
        "/api/payment/request" => request::request(world, now, form),
        "/payment/refund" | "/api/payment/refund" => {
            let (dispatch, answer) = refund::refund(world, now, &form);
            return (dispatch.first, answer);
        }
        "/payment/recurring" => recurring::charge(world, now, &form),
        "/settlement/detailslist" => settlement::list(world, now, &form),
        "/paypal/subscription/cancel" => recurring::end_subscription(world, now, &form),
        "/payment/cpdaesalist" => calls::list(world, now, &form),
        _ => Answer::broken(404),
    })
}
