//! What Payletter knows: sessions, accounts, payments.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::payletter::codes;
use paypair_protocol::{Method, Money};

use crate::core::book::EntryId;
use crate::core::clock::{compact, korean_day};
use crate::core::wire::Form;
use crate::options::PayletterClient;

#[derive(Default)]
pub(crate) struct State {
    pub(super) sessions: BTreeMap<String, Session>,
    pub(super) payments: Vec<Payment>,
    pub(super) billing_keys: BTreeMap<String, BillingKey>,
    /// Cash receipts that wait for their buyer, by token.
    pub(super) receipt_pages: BTreeMap<String, ReceiptPage>,
    /// The token's counter starts anew each day.
    day: String,
    counter: u64,
    /// The number inside tid; cid is one less.
    transactions: u64,
}

impl State {
    /// Is there a cash receipt to be issued on the page of this token?
    pub(super) fn waits_for_buyer(&self, token: &str) -> bool {
        self.receipt_pages.contains_key(token)
    }

    pub(super) fn payment(&self, tid: &str) -> Option<Payment> {
        self.payments
            .iter()
            .find(|payment| payment.tid == tid)
            .cloned()
    }

    /// The order of a window.
    pub(crate) fn order_in(&self, token: &str) -> Option<String> {
        let session = self.sessions.get(token);
        session.map(|session| session.order_id().to_owned())
    }

    /// The keys of this order can be charged no more. False if it has none that could.
    pub(crate) fn void_keys_of(&mut self, order_id: &str) -> bool {
        let lives = |key: &&mut BillingKey| key.order_id == order_id && !key.void;
        let keys = self.billing_keys.values_mut().filter(lives);
        keys.map(|key| key.void = true).count() > 0
    }

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
    pub(super) fn next_transaction(&mut self, now: Timestamp, client_id: &str) -> (String, String) {
        self.transactions += 2;
        let number = 8_157_770 + self.transactions % 1_000_000;
        (
            format!("t{client_id}-{}{number}", korean_day(now)),
            (number - 1).to_string(),
        )
    }
}

/// One payments/request and its window.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    /// Whose keys sign what it ends in.
    pub(super) client: PayletterClient,
    pub(crate) form: Form,
    pub(crate) amount: Money,
    pub(crate) stage: Stage,
    pub(crate) account: Option<Account>,
    pub(super) at: Timestamp,
    pub(super) tid: String,
    /// The card company's app has done its part.
    pub(super) back_from_app: bool,
}

impl Session {
    pub(crate) fn order_id(&self) -> &str {
        self.form.get("order_no")
    }

    pub(crate) fn is_virtual_account(&self) -> bool {
        self.form.get("pgcode") == "virtualaccount"
    }

    /// A billing key that this method gives in the mobile window alone.
    pub(super) fn is_for_mobile_only(&self) -> bool {
        let row = codes::method(&Method::from(self.form.get("pgcode")));
        self.form.get("autopay_flag") == "Y" && row.is_some_and(|row| row.recurring_on_mobile_only)
    }

    /// A card is registered, and no money is asked for.
    pub(super) fn is_verification_only(&self) -> bool {
        self.form.get("autopay_flag") == "Y" && self.amount.is_zero()
    }

    /// What a charge without a window is captured from.
    pub(super) const fn of_charge(
        client: PayletterClient,
        form: Form,
        amount: Money,
        at: Timestamp,
    ) -> Self {
        Self {
            token: String::new(),
            client,
            form,
            amount,
            stage: Stage::Completed,
            account: None,
            at,
            tid: String::new(),
            back_from_app: false,
        }
    }

    /// An in-app payment that leaves the webview for another app, and where that app comes back.
    pub(super) fn app_url(&self, name: &str) -> Option<&str> {
        let leaves = matches!(self.form.get("pgcode"), "creditcard" | "banktransfer");
        let url = Some(self.form.get(name)).filter(|url| !url.is_empty())?;
        (leaves && self.form.get("inapp_flag") == "Y").then_some(url)
    }

    /// The methods it may come back as; none if as itself.
    pub(crate) fn comes_back_as(&self) -> &'static [&'static str] {
        codes::method(&Method::from(self.form.get("pgcode"))).map_or(&[], |row| row.comes_back_as)
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

impl Account {
    /// Is it too late to pay in? Without a time the whole last day counts.
    pub(crate) fn is_expired(&self, now: Timestamp) -> bool {
        let time = Some(self.expire_time.as_str()).filter(|time| !time.is_empty());
        let last = format!("{}{}", self.expire_date, time.unwrap_or("2359"));
        compact(now)
            .get(..12)
            .is_some_and(|minute| minute > last.as_str())
    }
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) client: PayletterClient,
    pub(super) form: Form,
    pub(super) tid: String,
    pub(super) cid: String,
    pub(super) amount: Money,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    pub(super) cancelled: Vec<Cancellation>,
    pub(super) entry: EntryId,
    /// What it was made with, which is not always what was asked for.
    pub(super) method: String,
    pub(super) billing_key: String,
    pub(super) pay_info: String,
    pub(super) cash_receipt: Option<CashReceipt>,
}

/// Money given back.
#[derive(Debug, Clone)]
pub(super) struct Cancellation {
    pub(super) amount: Money,
    pub(super) at: Timestamp,
}

/// 현금영수증.
#[derive(Debug, Clone)]
pub(super) struct CashReceipt {
    pub(super) approval_no: String,
    /// `01` tax deduction, `02` proof of expense.
    pub(super) purpose: &'static str,
    pub(super) payer_id: String,
}

/// A page on which a cash receipt will be issued.
#[derive(Debug, Clone)]
pub(super) struct ReceiptPage {
    pub(super) tid: String,
    pub(super) purpose: String,
    pub(super) return_url: String,
}

/// What can be charged again.
#[derive(Debug, Clone)]
pub(super) struct BillingKey {
    pub(super) client_id: String,
    /// The order it came of.
    pub(super) order_id: String,
    pub(super) customer_id: String,
    pub(super) method: String,
    pub(super) issued_on: String,
    /// Day and amount of the last payment; none after a registration without money.
    pub(super) last: Option<(String, Money)>,
    pub(super) void: bool,
}

impl Payment {
    pub(super) fn order_id(&self) -> &str {
        self.form.get("order_no")
    }

    pub(super) fn cup_deposit(&self) -> u64 {
        self.form.get("disposable_cup_deposit").parse().unwrap_or(0)
    }

    pub(super) fn given_back(&self) -> Money {
        Money::won(self.cancelled.iter().map(|part| part.amount.minor).sum())
    }

    /// Cards and phones have receipts of their own.
    pub(super) fn is_card(&self) -> bool {
        let cards = [
            "creditcard",
            "navercard",
            "smilecard",
            "samsungpay",
            "applepay",
            "mobile",
        ];
        cards.contains(&self.method.as_str())
    }
}
