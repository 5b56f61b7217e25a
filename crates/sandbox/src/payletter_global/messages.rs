//! What is handed back: the browser's return, and the notification.

use jiff::Timestamp;
use paypair_protocol::hash::notice_hash;
use paypair_protocol::{Money, Secret};

use super::core::{API_KEY, NoticeKind, Payment, STORE_ID, Session};
use crate::core::clock::readable_utc;
use crate::core::wire::{form_body, owned};
use crate::core::{Dispatch, Gateway, Owed, World};

/// The browser's return. Nothing in it is signed.
pub(super) fn returned(
    session: &Session,
    (code, message): (&str, &str),
    amount: &str,
) -> Vec<(String, String)> {
    owned([
        ("retcode", code),
        ("retmsg", message),
        ("storeid", STORE_ID),
        ("storeorderno", session.order_id()),
        ("payamt", amount),
        ("custom", session.form.get("custom")),
        ("pginfo", session.method()),
    ])
}

/// Puts a notification into the mail, if the merchant gave an address for it.
pub(super) fn notify(
    world: &mut World,
    now: Timestamp,
    payment: &Payment,
    kind: NoticeKind,
    amount: Money,
) -> Dispatch {
    let session = &payment.session;
    let url = session.form.text("notiurl");
    if url.is_empty() {
        return Dispatch::default();
    }
    world.payletter_global.notices += 1;
    let notice_id = (180_292 + world.payletter_global.notices).to_string();
    let order_id = session.order_id();
    let mut fault = |name: &str| world.struck(Gateway::PayletterGlobal, order_id, name);
    let (unsigned, forged, misnamed) = (
        fault("callback_without_hash"),
        fault("callback_bad_hash"),
        fault("callback_other_order"),
    );
    let other = format!("{order_id}-other");
    let named = if misnamed { other.as_str() } else { order_id };
    let amount_text = world.amount_text(amount);
    let timestamp = now.as_second().to_string();
    let currency = amount.currency;
    let key = Secret::new(if forged { "PL_Other" } else { API_KEY });
    let payer_id = session.form.get("payerid");
    let digest = notice_hash(
        STORE_ID,
        currency.as_str(),
        named,
        &amount_text,
        payer_id,
        &timestamp,
        &key,
    )
    .to_lower_hex();
    let mut fields = owned([
        ("storeid", STORE_ID),
        ("countrycode", "KOR"),
        ("currency", currency.as_str()),
        ("storeorderno", named),
        ("payamt", &amount_text),
        ("payerid", payer_id),
        ("payeremail", session.form.get("payeremail")),
        ("servicename", session.form.get("servicename")),
        ("custom", session.form.get("custom")),
        ("payinfo", session.form.get("payinfo")),
        ("pginfo", session.method()),
        ("timestamp", &timestamp),
        ("hash", &digest),
        ("notifytype", &(kind as u8).to_string()),
        ("paytoken", &payment.pay_token),
        ("trantime", &readable_utc(now)),
        ("retcode", "0"),
        ("retmsg", ""),
        ("poqtoken", &payment.billing_key),
        ("cardkind", &payment.card.0),
        ("cardno", &payment.card.1),
        ("notifyid", &notice_id),
    ]);
    fields.retain(|(name, _)| !(unsigned && name == "hash"));
    let owed = Owed {
        entry: Some(payment.entry),
        url,
        body: form_body(&fields),
    };
    world.dispatch((Gateway::PayletterGlobal, order_id), owed, now)
}

impl World {
    /// `payamt`: trailing zeros dropped (`1.00` becomes `1`), unless the options keep them.
    pub(super) fn amount_text(&self, amount: Money) -> String {
        let text = amount.to_wire();
        let short = self.options.short_amounts && text.contains('.');
        if short {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    }
}
