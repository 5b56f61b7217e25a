//! Payletter's calls without HTTP around them, for [`Machine`](crate::Machine).

use jiff::Timestamp;

use super::client::{self, Key};
use super::request::{self, NO_CLIENT, error};
use super::{calls, charge, receipt, refund};
use crate::core::wire::Form;
use crate::core::{Answer, World};
use crate::machine::Call;

/// A merchant's server calls. The path is the one behind `/payletter`, query included.
pub(crate) fn call(world: &mut World, now: Timestamp, path: &str, call: &Call<'_>) -> Answer {
    let (bare, query) = path.split_once('?').unwrap_or((path, ""));
    let part = bare
        .strip_prefix("/v1.0/")
        .unwrap_or_default()
        .trim_end_matches('/');
    let (keys, form): (&[Key], _) = match (call.method, part) {
        ("GET", "payments/transaction/list") => {
            (&[Key::Search], Ok(Form::from_form(query.as_bytes())))
        }
        ("GET", part) if part.starts_with("receipt/info/") => {
            let tid = part.trim_start_matches("receipt/info/");
            (
                &[Key::Search],
                Ok(Form::from_form(query.as_bytes()).with("tid", tid)),
            )
        }
        ("POST", "payments/status") => (&[Key::Payment, Key::Search], Form::from_json(call.body)),
        ("POST", _) => (&[Key::Payment], Form::from_json(call.body)),
        _ => return Answer::broken(404),
    };
    let Some(client) = client::of_key(&world.options, call.key("PLKEY"), keys) else {
        return error(401, 998, "Authentication token is missing or incorrect");
    };
    let form = match form {
        Ok(form) if client.is(&form) => form,
        Ok(_) => return error(406, 2001, NO_CLIENT),
        Err(text) => return error(400, 997, &text),
    };
    match part {
        "payments/request" => request::request(world, now, form),
        "payments/autopay" => charge::charge(world, now, form),
        "payments/cancel" => refund::cancel(world, now, &form),
        "payments/cancel/partial" => refund::cancel_partly(world, now, &form),
        "payments/status" => calls::status(world, now, &form),
        "payments/transaction/list" => calls::list(world, now, &form),
        part => match part.split_once('/') {
            Some(("receipt", _)) => receipt::info(world, now, &form),
            Some(("cashreceipt", rest)) => {
                let tid = rest.trim_start_matches("issue/").to_owned();
                receipt::issue(world, now, &form.with("tid", &tid))
            }
            _ => Answer::broken(404),
        },
    }
}

/// A browser comes to the window of this token; false if there is none, or nothing is left to do there.
pub(crate) fn enter(world: &mut World, token: &str) -> bool {
    request::enter(world, token).is_some_and(|session| session.is_open())
}
