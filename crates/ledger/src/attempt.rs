//! One try of the buyer to pay an order.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use paypair_protocol::{Money, Secret};
use serde::{Deserialize, Serialize};

use crate::billing_key::{HeldKey, KeyOwner};
use crate::refund::{RefundCase, RefundLine, RefundState, SecondPayment};
use crate::{
    BillingKey, BillingKeyState, CashReceipt, CashReceiptState, Digest, MoneyOp, Order, Policy,
    State, Suspected, Suspicion, Timestamp,
};

/// Which attempt: the order's id and the number, from 1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey {
    /// The merchant's order id.
    pub order_id: String,
    /// 1, 2, ..
    pub no: u32,
}

impl AttemptKey {
    /// Attempt `no` of the order.
    pub fn new(order_id: impl Into<String>, no: u32) -> Self {
        Self {
            order_id: order_id.into(),
            no,
        }
    }
}

impl fmt::Display for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.order_id, self.no)
    }
}

/// How the gateway's page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A window of its own.
    Popup,
    /// A frame over the page.
    Layer,
    /// In place of the page.
    Redirect,
}

/// What a new attempt starts with; the random parts come from the caller.
#[derive(Clone)]
pub struct NewAttempt {
    /// Digest of the nonce in the return URLs.
    pub nonce: Digest,
    /// Public random name of the BroadcastChannel the return page speaks on.
    pub channel: String,
    /// Random name of the launch page.
    pub ticket: String,
    /// How the gateway's page is shown.
    pub layout: Layout,
    /// The gateway's longest order id, in bytes (Payple 30, Payletter 40, Global 128).
    pub order_id_size: usize,
    /// Until when the gateway must have answered our request.
    pub expires_at: Timestamp,
}

/// One try of the buyer to pay an order. Changed by [`step`](crate::step()) only.
#[derive(Clone)]
pub struct Attempt {
    /// What is to be paid.
    pub order: Arc<Order>,
    /// From 1.
    pub no: u32,
    /// Where it stands.
    pub state: State,
    /// What the gateway calls the order.
    pub gateway_order_id: String,
    /// Digest of the nonce in the return URLs.
    pub nonce: Digest,
    /// Public random name of the BroadcastChannel.
    pub channel: String,
    /// Random name of the launch page.
    pub ticket: String,
    /// How the gateway's page is shown.
    pub layout: Layout,
    /// What opens the window (JSON); it carries tokens.
    pub launch: Option<Secret>,
    /// What the server needs later, AuthKey and the like (JSON).
    pub session: Option<Secret>,
    /// The gateway's id of the payment, once evidence named it.
    pub transaction_id: Option<String>,
    /// The money that evidence said this payment captured; differs from the order's when discrepant.
    pub captured: Option<Money>,
    /// What the gateway captured beside it under the same order id, oldest first.
    pub second_payments: Vec<SecondPayment>,
    /// The Korean day of the request: Payple's lookup asks for it.
    pub requested_on: Date,
    /// When it began.
    pub created_at: Timestamp,
    /// Until when the window (or the virtual account) is good.
    pub expires_at: Timestamp,
    /// When to look it up next.
    pub next_check_at: Option<Timestamp>,
    /// Lookups asked for since the schedule began.
    pub checks: u32,
    /// Lookups in a row that found nothing.
    pub absences: u32,
    /// When the first of them was.
    pub absent_since: Option<Timestamp>,
    /// Which money call has an unknown outcome, while `in_doubt`.
    pub doubt: Option<MoneyOp>,
    /// The refund that is running, or is wanted.
    pub refund: Option<RefundCase>,
    /// Every refund that was ever asked for, oldest first.
    pub refunds: Vec<RefundLine>,
    /// The most that is known to have gone back in total: what a lookup showed, whoever gave it back, or that and our own since.
    pub seen_refunded: Option<Money>,
    /// A part went back, and nobody told us how much: what is left is not known either.
    pub refunds_unclear: bool,
    /// What was told of it beside what we know, and no lookup has shown.
    pub suspicions: Vec<Suspicion>,
    /// The billing key that came of it.
    pub billing_key: Option<HeldKey>,
    /// When evidence first said paid.
    pub paid_at: Option<Timestamp>,
    /// When the buyer first came back.
    pub returned_at: Option<Timestamp>,
    /// When the buyer's window was first seen closed.
    pub closed_at: Option<Timestamp>,
    /// When our confirm was called, unless it provably never left. From then on an end is more than a browser's word.
    pub confirm_began_at: Option<Timestamp>,
    /// Why it stands where it stands, when that is not good news.
    pub reason: Option<Reason>,
    /// What may be shown to the buyer.
    pub detail: Detail,
    /// Grows by one with every change.
    pub version: u64,
    /// Another attempt that holds this money: of the order, or of another one that charged the key for the same month. Loaded by the
    /// store for each step.
    pub rival: Option<u32>,
    /// Another attempt of the order that is live. Loaded by the store for each step.
    pub live_sibling: Option<u32>,
    /// Another attempt of the order that is undecided. Loaded by the store for each step.
    pub undecided_sibling: Option<u32>,
    /// Someone else who owns what the evidence claims. Loaded by the store for each step.
    pub clash: Option<Clash>,
    /// Who holds the billing key that the event is about: the one evidence brings, or the one to be charged. Loaded by the store
    /// for each step.
    pub key_owner: Option<KeyOwner>,
    /// Whether a charge of the attempt's own billing key is on its way or in doubt. Loaded by the store for each step.
    pub key_charging: bool,
    /// The merchant's choices. Given by the store for each step.
    pub policy: Policy,
}

impl Attempt {
    /// A fresh one, not yet known to the gateway.
    pub fn new(
        order: Arc<Order>,
        no: u32,
        gateway_order_id: String,
        new: NewAttempt,
        now: Timestamp,
    ) -> Self {
        Self {
            order,
            no,
            state: State::Created,
            gateway_order_id,
            nonce: new.nonce,
            channel: new.channel,
            ticket: new.ticket,
            layout: new.layout,
            launch: None,
            session: None,
            transaction_id: None,
            captured: None,
            second_payments: Vec::new(),
            requested_on: now.kst_date(),
            created_at: now,
            expires_at: new.expires_at,
            next_check_at: None,
            checks: 0,
            absences: 0,
            absent_since: None,
            doubt: None,
            refund: None,
            refunds: Vec::new(),
            seen_refunded: None,
            refunds_unclear: false,
            suspicions: Vec::new(),
            billing_key: None,
            paid_at: None,
            returned_at: None,
            closed_at: None,
            confirm_began_at: None,
            reason: None,
            detail: Detail::default(),
            version: 0,
            rival: None,
            live_sibling: None,
            undecided_sibling: None,
            clash: None,
            key_owner: None,
            key_charging: false,
            policy: Policy::default(),
        }
    }

    /// Its name.
    pub fn key(&self) -> AttemptKey {
        AttemptKey::new(self.order.id.clone(), self.no)
    }

    /// What was given back, as far as anybody told us; never more than was captured, whatever a gateway says.
    pub fn refunded(&self) -> Money {
        let currency = self.captured.or(self.order.money).unwrap_or_default();
        let nothing = Money {
            minor: 0,
            ..currency
        };
        let seen = self
            .seen_refunded
            .filter(|seen| seen.currency == nothing.currency)
            .map_or(0, |seen| seen.minor);
        let most = self.captured.map_or(u64::MAX, |captured| captured.minor);
        Money {
            minor: self.refunded_by_us(nothing).max(seen).min(most),
            ..nothing
        }
    }

    /// What our own refunds gave back that are known to be done, in the currency of this money; in its smallest unit.
    fn refunded_by_us(&self, of: Money) -> u64 {
        self.refunds
            .iter()
            .filter(|line| line.counts_for(self))
            .filter(|line| line.money.currency == of.currency)
            .fold(0_u64, |sum, line| sum.saturating_add(line.money.minor))
    }

    /// Whether more went back than our own refunds account for: somebody else gave it back, or one of ours that was given up was done.
    pub fn given_back_by_others(&self) -> bool {
        let more = |seen: Money| seen.minor > self.refunded_by_us(seen);
        self.seen_refunded.is_some_and(more)
    }

    /// Whether more of it may be back than our own refunds tell, so that the total is worth asking for: one of ours was given up, somebody
    /// else is said to have given something back, or a person ended a doubt about one.
    pub fn total_is_in_question(&self) -> bool {
        let told = |it: &Suspicion| it.what == Suspected::Cancellation && it.told_at.is_none();
        let by_a_person = self.state == State::PartiallyRefunded
            && self
                .reason
                .as_ref()
                .is_some_and(|it| it.code == BY_A_PERSON);
        self.looks_behind_a_refund() || self.suspicions.iter().any(told) || by_a_person
    }

    /// What is left to give back; none if nothing was captured, or if a part went back and nobody told us how much. A refund that is
    /// still running counts as left: ask for it only when [`Self::refund`] is none.
    pub fn refundable(&self) -> Option<Money> {
        let captured = self.captured.filter(|_| !self.refunds_unclear)?;
        Some(Money {
            minor: captured.minor.saturating_sub(self.refunded().minor),
            ..captured
        })
    }

    /// The id of the billing key that it charges, that came of it, or that it came upon again.
    pub fn billing_key_id(&self) -> Option<String> {
        let charged = self.order.charge.as_ref().map(|plan| plan.billing_key);
        let held = self.billing_key.as_ref().map(|held| held.digest);
        let known = || self.detail.known_key.clone();
        charged.or(held).map(BillingKey::id_of).or_else(known)
    }

    /// Whether the attempt's billing key is to be looked up now: its deletion is in doubt.
    pub fn key_check_due(&self, now: Timestamp) -> bool {
        self.billing_key.as_ref().is_some_and(|held| {
            held.state == BillingKeyState::InDoubt && held.next_check_at.is_some_and(|at| at <= now)
        })
    }

    /// Whether a refund was given up because lookups did not show it, or because the gateway said no: it may be slower than our
    /// patience and book it yet, or have said no to what it did. A refund that came after it does not answer that.
    pub fn gave_up_a_refund(&self) -> bool {
        let given_up = |reason: &Reason| reason.code == REFUND_ABSENT;
        matches!(self.state, State::Paid | State::PartiallyRefunded)
            && (self.reason.as_ref().is_some_and(given_up) || self.was_refused_a_refund())
    }

    /// Whether its refund may yet turn out to be done: one that was given up, also of a payment in dispute.
    pub fn looks_behind_a_refund(&self) -> bool {
        let disputed = self.state == State::Discrepant && self.refund.is_none();
        self.gave_up_a_refund() || (disputed && self.was_refused_a_refund())
    }

    fn was_refused_a_refund(&self) -> bool {
        let refused = |line: &RefundLine| line.state == RefundState::Declined && !line.not_sent;
        self.refunds.iter().any(refused)
    }

    /// The payment of just what was asked that a signed notice tells of, where no list can be asked whether it is so.
    pub fn unproven_capture(&self) -> Option<&Suspicion> {
        self.unproven_captures().next()
    }

    /// What a person may say to be captured, and nobody else can: that payment; or a renewal's, of which an earlier version kept nothing but
    /// the order, and such an order is made by a signed notice of just its money alone.
    pub fn capture_to_confirm(&self) -> Option<Money> {
        let noted = |it: &Suspicion| it.what == Suspected::Capture && it.money.is_some();
        let waits = |reason: &Reason| reason.code == RENEWAL_UNCONFIRMED;
        let kept_nothing = self.state == State::PendingReview
            && self.order.renews.is_some()
            && self.reason.as_ref().is_some_and(waits)
            && !self.suspicions.iter().any(noted);
        let told = self.unproven_capture().and_then(|it| it.money);
        told.or_else(|| self.order.money.filter(|_| kept_nothing))
    }

    /// What that payment is called, if all that was told agrees on it: the name is not signed.
    pub(crate) fn unproven_name(&self) -> Option<&str> {
        let mut names = self.unproven_captures().map(|it| &it.transaction_id);
        let first = names.next()?;
        names
            .all(|name| name == first)
            .then_some(first.as_deref())
            .flatten()
    }

    fn unproven_captures(&self) -> impl Iterator<Item = &Suspicion> {
        let waits = self.state == State::PendingReview || self.state.is_soft_end();
        self.suspicions.iter().filter(move |it| {
            waits
                && it.what == Suspected::Capture
                && it.told_at.is_some()
                && it.money.is_some()
                && it.money == self.order.money
        })
    }

    /// Whether its payment's name is still to be confirmed by a list: see [`Detail::named_by_answer`].
    pub fn awaits_its_name(&self) -> bool {
        self.state == State::Paid && self.detail.named_by_answer
    }

    /// Of an order's attempts the one whose window may be handed out again: none while another is paid or may be, since a callback may
    /// come after the next window was opened.
    pub(crate) fn open_among(attempts: &[Self]) -> Option<&Self> {
        let is_open = |it: &Self| matches!(it.state, State::Created | State::Requested);
        let taken = |it: &Self| !is_open(it) && !it.leaves_room();
        let open = attempts.iter().find(|it| is_open(it));
        open.filter(|_| !attempts.iter().any(taken))
    }

    /// Whether a new attempt may follow: this one ended without the money ever counting as received.
    pub fn leaves_room(&self) -> bool {
        let never_paid = self.state == State::Refunded && self.paid_at.is_none();
        !self.has_standing_second() && (self.state.is_soft_end() || never_paid)
    }
}

/// The reason code of a charge that a gateway made by itself, and of which there is only its notice.
pub(crate) const RENEWAL_UNCONFIRMED: &str = "renewal_unconfirmed";

/// The reason code of what a named person said.
pub(crate) const BY_A_PERSON: &str = "settled_by_operator";

/// The reason code of a refund that lookups did not show.
pub(crate) const REFUND_ABSENT: &str = "refund_absent";

/// Without what opens windows or names accounts.
impl fmt::Debug for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("order", &self.order)
            .field("no", &self.no)
            .field("state", &self.state)
            .field("gateway_order_id", &self.gateway_order_id)
            .field("transaction_id", &self.transaction_id)
            .field("expires_at", &self.expires_at)
            .field("next_check_at", &self.next_check_at)
            .field("checks", &self.checks)
            .field("absences", &self.absences)
            .field("doubt", &self.doubt)
            .field("refund", &self.refund)
            .field("refunds", &self.refunds)
            .field("second_payments", &self.second_payments)
            .field("suspicions", &self.suspicions)
            .field("billing_key", &self.billing_key)
            .field("reason", &self.reason)
            .field("version", &self.version)
            .field("rival", &self.rival)
            .field("clash", &self.clash)
            .finish_non_exhaustive()
    }
}

/// Why an attempt is declined, discrepant, in doubt ..
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Our word, stable: `amount_differs`, `second_capture`, `absent`, ..
    pub code: String,
    /// The gateway's code, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_code: Option<String>,
    /// The gateway's sentence, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway_message: Option<String>,
}

impl Reason {
    /// Ours alone.
    pub fn new(code: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            gateway_code: None,
            gateway_message: None,
        }
    }

    /// With what the gateway said.
    pub fn said(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.gateway_code = Some(code.into());
        self.gateway_message = Some(message.into());
        self
    }
}

/// What may be shown to the buyer.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The card, masked.
    pub card: Option<CardSeen>,
    /// The account to transfer to.
    pub virtual_account: Option<VirtualAccount>,
    /// The approval number (승인번호).
    pub approval_no: Option<String>,
    /// The method the buyer used.
    pub method: Option<String>,
    /// When the gateway says it was paid, as it came.
    pub paid_at: Option<String>,
    /// The gateway's receipt page.
    pub receipt_url: Option<String>,
    /// The id of the billing key that came of it, where an earlier order of the customer's holds that key: a card registered twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_key: Option<String>,
    /// The cash receipt (현금영수증) that the gateway says is issued.
    pub cash_receipt: Option<CashReceiptSeen>,
    /// The cash receipt that we asked for after the payment. No evidence brings it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<CashReceipt>,
    /// The payment's name stands in an answer that names no order, and no list has shown it yet: it may be another payment's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub named_by_answer: bool,
}

impl Detail {
    /// Adds what the newer one knows.
    pub fn merge(&mut self, newer: Self) {
        fn take<T>(old: &mut Option<T>, new: Option<T>) {
            if new.is_some() {
                *old = new;
            }
        }
        take(&mut self.card, newer.card);
        take(&mut self.virtual_account, newer.virtual_account);
        take(&mut self.approval_no, newer.approval_no);
        take(&mut self.method, newer.method);
        take(&mut self.paid_at, newer.paid_at);
        take(&mut self.receipt_url, newer.receipt_url);
        take(&mut self.known_key, newer.known_key);
        self.named_by_answer = newer.named_by_answer;
        // A lookup that lags does not bring back what was taken back.
        let gone = |seen: &CashReceiptSeen| {
            self.receipt.as_ref().is_some_and(|own| {
                own.state == CashReceiptState::Cancelled
                    && own.approval_no.as_ref() == Some(&seen.approval_no)
            })
        };
        let seen = newer.cash_receipt.filter(|seen| !gone(seen));
        take(&mut self.cash_receipt, seen);
    }
}

/// Account numbers and cards are personal.
impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detail")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

/// A cash receipt as the gateway tells it; whose it is stays out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashReceiptSeen {
    /// Its approval number.
    pub approval_no: String,
    /// What it is for: `tax_deduction`, `proof_of_expense`, if the gateway says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
}

/// A card as the gateway masked it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardSeen {
    /// The card company.
    pub name: String,
    /// The masked number.
    pub number: String,
}

/// Cards are personal.
impl fmt::Debug for CardSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardSeen(..)")
    }
}

/// An account issued for one payment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualAccount {
    /// The bank.
    pub bank_name: String,
    /// The account's number.
    pub account_no: String,
    /// Whose name it bears.
    pub holder: String,
    /// Until when to transfer, as the gateway wrote it.
    pub expires_at: String,
}

/// Someone else owns what the evidence claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// The transaction id is recorded with another attempt.
    Transaction(AttemptKey),
    /// The billing key belongs to another customer.
    BillingKey,
}
