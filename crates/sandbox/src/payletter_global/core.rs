//! What Payletter Global knows: sessions and payments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::Money;

use crate::core::book::EntryId;
use crate::core::clock::korean_day;
use crate::core::wire::Form;

/// The test store that everybody has.
pub(crate) const STORE_ID: &str = "PL_Merchant";

pub(crate) const API_KEY: &str = "PL_Merchant";

#[derive(Default)]
pub(crate) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) payments: Vec<Payment>,
    day: String,
    counter: u64,
    pub(super) notices: u64,
}

impl State {
    pub(crate) fn session(&self, token: &str) -> Option<Session> {
        self.sessions.get(token).cloned()
    }

    /// 10 digits of unix seconds and 5 of a counter.
    pub(super) fn next_token(&mut self, now: Timestamp) -> String {
        let today = korean_day(now);
        if self.day != today {
            (self.day, self.counter) = (today, 0);
        }
        self.counter += 1;
        format!("{:010}{:05}", now.as_second(), self.counter % 100_000)
    }
}

/// One payment/request and its window.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) form: Form,
    pub(crate) amount: Money,
    pub(crate) open: bool,
}

impl Session {
    pub(crate) fn order_id(&self) -> &str {
        self.form.get("storeorderno")
    }

    pub(crate) fn method(&self) -> &str {
        Some(self.form.get("pginfo"))
            .filter(|name| !name.is_empty())
            .unwrap_or("PLCreditCard")
    }
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) session: Session,
    pub(super) pay_token: String,
    pub(super) amount: Money,
    pub(super) refunded: Money,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) entry: EntryId,
    pub(super) pg_token: String,
    pub(super) billing_key: String,
    pub(super) card: (String, String),
}

/// `notifytype`. The hash does not cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoticeKind {
    Paid = 1,
    Refunded = 2,
    PartlyRefunded = 4,
}
