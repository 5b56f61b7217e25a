//! What Payple's server tells the merchant's on its own: unsigned JSON, to the one URL of the admin page.

use jiff::Timestamp;
use paypair_protocol::Money;

use super::core::{LINK_KEY, Payment, Registered};
use super::messages::{PAID, done_by, means_block};
use crate::core::book::EntryId;
use crate::core::clock::{compact, korean_day};
use crate::core::wire::Json;
use crate::core::{Gateway, Owed, World};

/// A payment ended well.
pub(super) fn paid(world: &mut World, now: Timestamp, payment: &Payment, code: &str) {
    let message = done_by(&payment.means, PAID).1;
    let json = of_payment(payment, (code, message))
        .text("PCD_PAY_TOTAL", &payment.total.to_wire())
        .text("PCD_PAY_TIME", &compact(payment.at));
    let json = means_block(payment)
        .iter()
        .fold(json, |json, (name, value)| json.text(name, value));
    send(world, now, (&payment.order_id, Some(payment.entry)), json);
}

/// Money was given back.
pub(super) fn refunded(world: &mut World, now: Timestamp, payment: &Payment, amount: Money) {
    let json = of_payment(payment, ("PAYC0000", "환불성공"))
        .text("PCD_PAYCANCEL_FLAG", "Y")
        .text("PCD_PAY_DATE", &korean_day(payment.at))
        .text("PCD_REFUND_TOTAL", &amount.to_wire())
        .text("PCD_REFUND_TIME", &compact(now));
    send(world, now, (&payment.order_id, Some(payment.entry)), json);
}

/// A card was deleted on the merchant's admin page; PUSERDEL itself sends nothing.
pub(super) fn payer_deleted(world: &mut World, now: Timestamp, card: &Registered) {
    let message = "2008 : 고객요청으로 자동이체 해지되었음(업체해지)";
    let json = told(("0000", message))
        .text("PCD_PAY_TYPE", card.means.method())
        .text("PCD_PAY_WORK", "PUSERDEL")
        .text("PCD_PAYER_ID", &card.billing_key)
        .text("PCD_PAYER_NO", &card.customer_id);
    send(world, now, (&card.order_id, None), json);
}

fn of_payment(payment: &Payment, outcome: (&str, &str)) -> Json {
    let posted = |name: &str| payment.form.text(name);
    let link = posted(LINK_KEY);
    let json = told(outcome)
        .text("PCD_PAY_TYPE", payment.means.method())
        .text("PCD_PAY_WORK", &posted("PCD_PAY_WORK"))
        .text("PCD_PAY_OID", &payment.order_id)
        .text("PCD_PAYER_ID", &payment.billing_key)
        .text("PCD_PAYER_NO", &posted("PCD_PAYER_NO"))
        .text("PCD_PAY_GOODS", &posted("PCD_PAY_GOODS"));
    if link.is_empty() {
        json
    } else {
        json.text(LINK_KEY, &link)
    }
}

fn told((code, message): (&str, &str)) -> Json {
    Json::default()
        .text("PCD_PAY_RST", "success")
        .text("PCD_PAY_CODE", code)
        .text("PCD_PAY_MSG", message)
}

fn send(world: &mut World, now: Timestamp, (order_id, entry): (&str, Option<EntryId>), json: Json) {
    let Some(url) = world.options.payple_webhook.clone() else {
        return;
    };
    let body = json.end_php();
    world.dispatch_alone((Gateway::Payple, order_id), Owed { entry, url, body }, now);
}
