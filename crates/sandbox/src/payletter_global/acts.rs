//! What happens at the gateway without buyer or merchant: deposits, PayPal's decisions, promised refunds.

use std::time::Duration;

use jiff::Timestamp;
use paypair_protocol::Money;

use super::core::{NoticeKind, Payment, Promise, Stage};
use super::messages::{Notice, notify_alone};
use super::window::{Order, capture};
use crate::core::book;
use crate::core::clock::{compact, later};
use crate::core::{Gateway, World};

/// The buyer pays at the shop or the bank. False if nothing of that order waits.
pub(crate) fn deposit(world: &mut World, now: Timestamp, order_id: &str) -> bool {
    arrive(world, now, order_id, Stage::AwaitingDeposit)
}

/// PayPal lets a held payment go.
pub(crate) fn release(world: &mut World, now: Timestamp, order_id: &str) -> bool {
    arrive(world, now, order_id, Stage::Pending)
}

fn arrive(world: &mut World, now: Timestamp, order_id: &str, from: Stage) -> bool {
    let Some(payment) = find(world, order_id, from) else {
        return false;
    };
    (payment.stage, payment.at) = (Stage::Captured, now);
    payment.visible_at = payment.visible_at.max(now);
    let payment = payment.clone();
    world.book.entry(payment.entry).state = book::Standing::Captured;
    notify_alone(
        world,
        now,
        &Notice::of(&payment, NoticeKind::Paid, payment.amount),
    );
    true
}

/// The card holder objects, and the money is taken back.
pub(crate) fn charge_back(world: &mut World, now: Timestamp, order_id: &str) -> bool {
    let Some(payment) = find(world, order_id, Stage::Captured) else {
        return false;
    };
    if payment.refunded == payment.amount {
        return false;
    }
    payment.stage = Stage::ChargedBack;
    let payment = payment.clone();
    world.book.entry(payment.entry).state = book::Standing::ChargedBack;
    notify_alone(
        world,
        now,
        &Notice::of(&payment, NoticeKind::ChargedBack, payment.amount),
    );
    true
}

/// Somebody gives back all that is left of it, on the store's page at the gateway.
pub(crate) fn cancel(world: &mut World, now: Timestamp, order_id: &str) -> Option<Money> {
    let payment = find(world, order_id, Stage::Captured).cloned()?;
    let rest = Money {
        minor: payment.amount.minor.saturating_sub(payment.refunded.minor),
        ..payment.amount
    };
    let mut promises = world.payletter_global.promises.iter();
    let promised = promises.any(|promise| promise.pay_token == payment.pay_token);
    if rest.is_zero() || promised {
        return None;
    }
    super::refund::give_back(world, now, &payment.pay_token, rest);
    let visible_at = world.visible_at(Gateway::PayletterGlobal, order_id, now);
    if let Some(part) =
        find(world, order_id, Stage::Captured).and_then(|payment| payment.cancellations.last_mut())
    {
        part.visible_at = visible_at;
    }
    notify_alone(
        world,
        now,
        &Notice::of(&payment, NoticeKind::Refunded, rest),
    );
    Some(rest)
}

fn find<'w>(world: &'w mut World, order_id: &str, stage: Stage) -> Option<&'w mut Payment> {
    let fits = |payment: &&mut Payment| payment.order_id == order_id && payment.stage == stage;
    world.payletter_global.payments.iter_mut().rev().find(fits)
}

/// PayPal charges a subscription for another period, under an order number of its own: this one.
pub(crate) fn renew(world: &mut World, now: Timestamp, order_id: &str) -> Option<String> {
    let mut keys = world.payletter_global.billing_keys.iter_mut();
    let of_order = keys.find(|(_, key)| {
        let lives = |terms: &super::core::Subscription| !terms.ended && terms.left != Some(0);
        key.session.order_id() == order_id && key.subscription.as_ref().is_some_and(lives)
    });
    let (billing_key, key) = of_order?;
    let (billing_key, session) = (billing_key.clone(), key.session.clone());
    let terms = key.subscription.as_mut()?;
    terms.left = terms.left.map(|left| left - 1);
    let asked = terms.amount;
    let strange = format!("PP{}{}", compact(now), world.seed.digits(6));
    let order = Order {
        session: &session,
        id: &strange,
        asked,
        stage: Stage::Captured,
        billing_key,
        card: <(String, String)>::default(),
    };
    let payment = capture(world, now, order);
    notify_alone(
        world,
        now,
        &Notice::of(&payment, NoticeKind::Paid, payment.amount),
    );
    Some(strange)
}

/// Writes down that a refund was asked for; it is done later.
pub(super) fn promise(world: &mut World, now: Timestamp, payment: &Payment, amount: Money) {
    world.book.entry(payment.entry).state = book::Standing::RefundPending;
    world.payletter_global.promises.push(Promise {
        at: later(now, REFUND_TAKES),
        pay_token: payment.pay_token.clone(),
        amount,
    });
}

/// What was promised for this order is done now. False if nothing was.
pub(crate) fn finish_refund(world: &mut World, now: Timestamp, order_id: &str) -> bool {
    let global = &mut world.payletter_global;
    let of_order = |payment: &&Payment| payment.order_id == order_id;
    let tokens: Vec<_> = global
        .payments
        .iter()
        .filter(of_order)
        .map(|payment| payment.pay_token.clone())
        .collect();
    let mut promises = global.promises.iter_mut();
    let Some(promise) = promises.find(|promise| tokens.contains(&promise.pay_token)) else {
        return false;
    };
    promise.at = now;
    keep_promises(world, now);
    true
}

/// The promised refunds that are due are done, each at its own time, however far the clock has jumped.
pub(crate) fn keep_promises(world: &mut World, now: Timestamp) {
    let due = |promise: &mut Promise| promise.at <= now;
    let promises = &mut world.payletter_global.promises;
    let due: Vec<_> = promises.extract_if(.., due).collect();
    for promise in due {
        if let Some(payment) =
            super::refund::give_back(world, promise.at, &promise.pay_token, promise.amount)
        {
            notify_alone(
                world,
                now,
                &Notice::of(&payment, NoticeKind::Refunded, promise.amount),
            );
        }
    }
}

const REFUND_TAKES: Duration = Duration::from_secs(60 * 60);
