//! Payple's calls and window without HTTP around them, for [`Machine`](crate::Machine).

use jiff::Timestamp;

use super::core::Purpose;
use super::{calls, cash_receipt, charge, link, payer, refund, request, window};
use crate::core::handback::{Deed, Handback};
use crate::core::wire::Form;
use crate::core::{Answer, World};
use crate::machine::Call;

/// A merchant's server calls. The path is the one behind `/payple`, query included.
pub(crate) fn call(world: &mut World, now: Timestamp, path: &str, call: &Call<'_>) -> Answer {
    let form = Form::read(call.content_type, call.body);
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let answer = match (bare, query) {
        ("/php/auth.php", _) => return request::auth(world, now, &form, call.referer),
        (
            "/php/PayCardConfirmAct.php"
            | "/php/PayConfirmAct.php"
            | "/api/v1/payments/cards/approval/confirm",
            _,
        ) => calls::confirm(world, now, &form, path),
        ("/php/PayChkAct.php", _) => calls::look_up(world, now, &form),
        ("/php/cPayUser/api/cPayUserAct.php", "ACT_=PUSERINFO") => {
            payer::look_up(world, now, &form)
        }
        ("/php/cPayUser/api/cPayUserAct.php", "ACT_=PUSERDEL") => payer::delete(world, now, &form),
        ("/php/SimplePayCardAct.php", _) => {
            charge::charge(world, now, &form, Purpose::ChargeFreely)
        }
        ("/php/RePayCardAct.php", _) => charge::charge(world, now, &form, Purpose::ChargeMonthly),
        ("/php/SimplePayAct.php", _) => charge::charge(world, now, &form, Purpose::TransferFreely),
        ("/php/RePayAct.php", _) => charge::charge(world, now, &form, Purpose::TransferMonthly),
        ("/php/account/api/cPayCAct.php", _) => refund::refund(world, now, &form),
        ("/php/taxsave/api/tsAct.php", "ACT_=TSREG") => cash_receipt::act(world, now, &form, false),
        ("/php/taxsave/api/tsAct.php", "ACT_=TSCANCEL") => {
            cash_receipt::act(world, now, &form, true)
        }
        ("/php/link/api/LinkRegAct.php", _) => link::register(world, now, &form),
        _ => return Answer::broken(404),
    };
    if world.options.payple_test_marks {
        answer.marked()
    } else {
        answer
    }
}

/// A page posts its object to the window; the window's id, or the code with which it is refused.
pub(crate) fn open(
    world: &mut World,
    now: Timestamp,
    form: Form,
    referer: &str,
) -> Result<String, String> {
    match request::open(world, now, form, Some(referer)) {
        Ok(window) => Ok(window.id),
        Err(violation) => Err(violation.code),
    }
}

/// The buyer presses a button; a word to the buyer leaves the window open.
pub(crate) fn press(
    world: &mut World,
    now: Timestamp,
    id: &str,
    deed: Deed,
    typed: &Form,
) -> Handback {
    match window::act(world, now, id, deed, typed) {
        Ok(handback) if world.options.payple_test_marks => handback.marked(),
        Ok(handback) => handback,
        Err(text) => Handback::stay("", text),
    }
}
