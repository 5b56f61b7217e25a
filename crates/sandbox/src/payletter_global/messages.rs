//! What is handed back: the browser's return, and the notification.

use jiff::Timestamp;
use paypair_protocol::hash::{notice_hash, notice_hash_token_only};
use paypair_protocol::{Money, Secret};

use super::core::{NoticeKind, Payment, STORE_ID, Session};
use crate::core::book::EntryId;
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

/// What a notification tells.
pub(super) struct Notice<'n> {
    pub(super) session: &'n Session,
    pub(super) order_id: &'n str,
    pub(super) entry: EntryId,
    pub(super) kind: NoticeKind,
    /// None signs in the token-only form.
    pub(super) amount: Option<Money>,
    pub(super) pay_token: &'n str,
    pub(super) billing_key: &'n str,
    pub(super) card: (&'n str, &'n str),
}

impl<'n> Notice<'n> {
    pub(super) fn of(payment: &'n Payment, kind: NoticeKind, amount: Money) -> Self {
        Self {
            session: &payment.session,
            order_id: &payment.order_id,
            entry: payment.entry,
            kind,
            amount: Some(amount),
            pay_token: &payment.pay_token,
            billing_key: &payment.billing_key,
            card: (&payment.card.0, &payment.card.1),
        }
    }

    fn digest(&self, amount_text: &str, named: &str, timestamp: &str, key: &Secret) -> String {
        let payer_id = self.session.form.get("payerid");
        let digest = match &self.amount {
            Some(amount) => notice_hash(
                STORE_ID,
                amount.currency.as_str(),
                named,
                amount_text,
                payer_id,
                timestamp,
                key,
            ),
            None => notice_hash_token_only(STORE_ID, named, payer_id, timestamp, key),
        };
        digest.to_lower_hex()
    }

    /// In the order of the manual's example; the terms of a subscription come last.
    fn fields(
        &self,
        amount_text: &str,
        named: &str,
        now: Timestamp,
        (notice_id, key): (&str, &Secret),
    ) -> Vec<(String, String)> {
        let session = self.session;
        let timestamp = now.as_second().to_string();
        let digest = self.digest(amount_text, named, &timestamp, key);
        let currency = self.amount.as_ref().map(|amount| amount.currency.as_str());
        let mut fields = owned([
            ("storeid", STORE_ID),
            ("countrycode", "KOR"),
            ("currency", currency.unwrap_or_default()),
            ("storeorderno", named),
            ("payamt", amount_text),
            ("payerid", session.form.get("payerid")),
            ("payeremail", session.form.get("payeremail")),
            ("servicename", session.form.get("servicename")),
            ("custom", session.form.get("custom")),
            ("payinfo", session.form.get("payinfo")),
            ("pginfo", session.method()),
            ("timestamp", &timestamp),
            ("hash", &digest),
            ("notifytype", &(self.kind as u8).to_string()),
            ("paytoken", self.pay_token),
            ("trantime", &readable_utc(now)),
            ("retcode", "0"),
            ("retmsg", ""),
            ("poqtoken", self.billing_key),
            ("cardkind", self.card.0),
            ("cardno", self.card.1),
            ("notifyid", notice_id),
        ]);
        if self.amount.is_none() {
            fields.retain(|(name, _)| name != "currency" && name != "payamt");
        }
        if self.kind == NoticeKind::Subscribed {
            let terms = ["intervaltype", "intervalcnt", "totalcycles"];
            fields.extend(terms.map(|name| (name.to_owned(), session.form.text(name))));
        }
        fields
    }
}

/// Puts a notification into the mail, if the merchant gave an address for it.
pub(super) fn notify(world: &mut World, now: Timestamp, notice: &Notice<'_>) -> Dispatch {
    owed(world, now, notice).map_or_else(Dispatch::default, |owed| {
        world.dispatch((Gateway::PayletterGlobal, notice.order_id), owed, now)
    })
}

/// The same where nobody waits for it.
pub(super) fn notify_alone(world: &mut World, now: Timestamp, notice: &Notice<'_>) {
    if let Some(owed) = owed(world, now, notice) {
        world.dispatch_alone((Gateway::PayletterGlobal, notice.order_id), owed, now);
    }
}

fn owed(world: &mut World, now: Timestamp, notice: &Notice<'_>) -> Option<Owed> {
    let url = Some(notice.session.form.text("notiurl")).filter(|url| !url.is_empty())?;
    world.payletter_global.notices += 1;
    let notice_id = (180_292 + world.payletter_global.notices).to_string();
    let order_id = notice.order_id;
    let mut fault = |name: &str| world.struck(Gateway::PayletterGlobal, order_id, name);
    let (unsigned, forged, misnamed) = (
        fault("callback_without_hash"),
        fault("callback_bad_hash"),
        fault("callback_other_order"),
    );
    let other = format!("{order_id}-other");
    let named = if misnamed { other.as_str() } else { order_id };
    let amount_text = notice
        .amount
        .map(|amount| world.amount_text(amount))
        .unwrap_or_default();
    let key = if forged {
        "PL_Other"
    } else {
        world.payletter_global.api_key()
    };
    let key = Secret::new(key);
    let mut fields = notice.fields(&amount_text, named, now, (&notice_id, &key));
    fields.retain(|(name, _)| !(unsigned && name == "hash"));
    Some(Owed {
        entry: Some(notice.entry),
        url,
        body: form_body(&fields),
    })
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
