//! What Payletter knows: sessions, accounts, payments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::Money;

use crate::core::book::EntryId;
use crate::core::clock::korean_day;
use crate::core::wire::Form;

/// The test client that everybody has.
pub(crate) const CLIENT_ID: &str = "pay_test";

pub(crate) const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";

pub(crate) const SEARCH_KEY: &str = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=";

#[derive(Default)]
pub(crate) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) payments: Vec<Payment>,
    /// The token's counter starts anew each day.
    day: String,
    counter: u64,
    /// The number inside tid; cid is one less.
    transactions: u64,
}

impl State {
    /// 13 digits of unix milliseconds and 5 of a counter: a number above 2^53.
    pub(super) fn next_token(&mut self, now: Timestamp) -> String {
        let today = korean_day(now);
        if self.day != today {
            (self.day, self.counter) = (today, 0);
        }
        self.counter += 1;
        format!("{:013}{:05}", now.as_millisecond(), self.counter % 100_000)
    }

    /// `t{client_id}-{yyyymmdd}{7 digits}` and the approval number one below.
    pub(super) fn next_transaction(&mut self, now: Timestamp) -> (String, String) {
        self.transactions += 2;
        let number = 8_157_770 + self.transactions % 1_000_000;
        (
            format!("t{CLIENT_ID}-{}{number}", korean_day(now)),
            (number - 1).to_string(),
        )
    }
}

/// One payments/request and its window.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) form: Form,
    pub(crate) amount: Money,
    pub(crate) stage: Stage,
    pub(crate) account: Option<Account>,
    pub(super) at: Timestamp,
    pub(super) tid: String,
}

impl Session {
    pub(crate) fn order_id(&self) -> &str {
        self.form.get("order_no")
    }

    pub(crate) fn is_virtual_account(&self) -> bool {
        self.form.get("pgcode") == "virtualaccount"
    }

    /// A card is registered, and no money is asked for.
    pub(super) fn is_verification_only(&self) -> bool {
        self.form.get("autopay_flag") == "Y" && self.amount.is_zero()
    }

    /// What the buyer still may do here.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Created | Stage::Entered)
    }
}

/// `status_code` of payments/status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Created = 1,
    Entered = 2,
    Authenticated = 3,
    Failed = 4,
    Completed = 5,
}

/// An issued virtual account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) number: String,
    pub(crate) holder: String,
    pub(crate) bank_code: String,
    pub(crate) bank_name: String,
    pub(crate) issue_tid: String,
    pub(crate) expire_date: String,
    pub(crate) expire_time: String,
    pub(crate) paid: bool,
    pub(super) entry: EntryId,
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) form: Form,
    pub(super) tid: String,
    pub(super) cid: String,
    pub(super) amount: Money,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) entry: EntryId,
    pub(super) billing_key: String,
    pub(super) pay_info: String,
}
