//! Billing keys: charging them, and ending a PayPal subscription.

use jiff::Timestamp;
use paypair_protocol::payletter_global::{Charge, SubscriptionCancel};
use paypair_protocol::{Currency, Money};

use super::core::{BillingKey, STORE_ID, Session, Stage};
use super::request::{INVALID, broken, error, private, said};
use super::window::{Order, capture};
use crate::core::clock::readable;
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /payment/recurring`: Private. No notification follows.
pub(crate) fn charge(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let order_id = form.text("storeorderno");
    let noted = Some(order_id.clone());
    world
        .book
        .note(Gateway::PayletterGlobal, "/payment/recurring", now, noted);
    if let Some(refusal) = private(world) {
        return refusal;
    }
    if let Some(detail) = broken_rule(form) {
        return error(400, INVALID, &detail);
    }
    let billing_key = form.text("poqtoken");
    let known = world
        .payletter_global
        .billing_keys
        .get(&billing_key)
        .cloned();
    let known = match known {
        Some(known) if may_charge(&known, form) => known,
        _ => return error(400, INVALID, FAILED),
    };
    let amount = Currency::parse(form.get("currency"))
        .and_then(|currency| Money::parse(form.get("amount"), &currency));
    let Ok(asked) = amount else {
        return error(400, INVALID, "[2004]Invalid amount");
    };
    if world.struck(Gateway::PayletterGlobal, &order_id, "charge_declined") {
        return error(400, INVALID, FAILED);
    }
    let session = charged(&known.session, form, &order_id);
    let order = Order {
        session: &session,
        id: &order_id,
        asked,
        stage: Stage::Captured,
        billing_key: billing_key.clone(),
        card: known.card,
    };
    let payment = capture(world, now, order);
    let data = Json::default()
        .text("storeid", STORE_ID)
        .text("countrycode", "KOR")
        .text("storeorderno", &order_id)
        .raw("amount", &payment.amount.to_wire())
        .text("payerid", session.form.get("payerid"))
        .text("poqtoken", &billing_key)
        .text("paytoken", &payment.pay_token)
        .text("paydate", &readable(now));
    let answer = Answer::json(200, Json::default().raw("data", &data.end()).end());
    world.answer_to_charge(Gateway::PayletterGlobal, &order_id, answer)
}

fn broken_rule(form: &Form) -> Option<String> {
    broken(form, &Charge::TABLE).or_else(|| {
        let faults = Charge::from_fields(&form.fields()).ok()?.check();
        faults.first().map(said)
    })
}

/// PayPal charges its subscriptions itself; all other keys are charged for whom and by what they were issued.
fn may_charge(known: &BillingKey, form: &Form) -> bool {
    let payer_id = form.get("payerid");
    form.get("storeid") == STORE_ID
        && known.subscription.is_none()
        && known
            .session
            .method()
            .eq_ignore_ascii_case(form.get("pginfo"))
        && (payer_id.is_empty() || payer_id == known.session.form.get("payerid"))
}

/// The first payment's request with what this charge says; later notifications go to the first one's address.
fn charged(first: &Session, form: &Form, order_id: &str) -> Session {
    let said = ["custom", "payinfo"];
    let kept = first.form.clone().with("storeorderno", order_id);
    let form = said
        .iter()
        .fold(kept, |kept, name| kept.with(name, form.get(name)));
    Session {
        form,
        ..first.clone()
    }
}

/// `POST /paypal/subscription/cancel`: PayPal charges no more.
pub(crate) fn end_subscription(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let key = form.get("poqtoken");
    let known = world.payletter_global.billing_keys.get_mut(key);
    let order_id = known.as_ref().map(|key| key.session.order_id().to_owned());
    let refusal = match known.and_then(|key| key.subscription.as_mut()) {
        _ if form.get("storeid") != STORE_ID => Some("[2102]Not exist PG contract information"),
        None => Some("[2234]The PayPal subscription information does not exist"),
        // The blank at the end is the manual's.
        Some(terms) if terms.ended => {
            Some("[2235]This PayPal subscription information has already been canceled ")
        }
        Some(terms) => {
            terms.ended = true;
            None
        }
    };
    let path = "/paypal/subscription/cancel";
    world
        .book
        .note(Gateway::PayletterGlobal, path, now, order_id);
    if let Some(detail) = broken(form, &SubscriptionCancel::TABLE) {
        return error(400, INVALID, &detail);
    }
    if let Some(detail) = refusal {
        return error(400, INVALID, detail);
    }
    let data = Json::default().raw("code", "0").text("message", "OK");
    Answer::json(200, Json::default().raw("data", &data.end()).end())
}

const FAILED: &str = "Request failed.Check the customer's payment information again";
