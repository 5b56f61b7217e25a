//! Payletter's proofs. A status answer is not among them: it names no amount, so it only says that the list is worth reading.

use paypair_protocol::payletter::{
    self, Callback, CashReceipt, Charge, Charged, Refunded, Registration, Transaction,
    TransactionStatus,
};
use paypair_protocol::proof::{Answered, Verified};
use paypair_protocol::{CardNumber, Gateway, Money};

use super::{Evidence, Sight, Source, filled};
use crate::{BillingKey, CardSeen, CashReceiptSeen, Detail, Digest, VirtualAccount};

impl Evidence {
    /// A callback whose payhash is right.
    pub fn payletter_callback(callback: &Verified<Callback>, body: &[u8]) -> Self {
        let mut evidence = Self::new(Source::Callback, Sight::Captured, Gateway::Payletter, body);
        evidence.gateway_order_id = filled(&callback.order_id);
        evidence.money = Some(callback.amount);
        evidence.transaction_id = filled(&callback.transaction_id);
        evidence.customer_id = filled(&callback.customer_id);
        evidence.method = filled(callback.method.as_str()).map(Into::into);
        evidence.nonce = callback.custom.as_ref().map(Digest::of);
        evidence.billing_key = callback.billing_key.as_ref().map(BillingKey::of);
        evidence.detail = Detail {
            // `pay_info` names the card company, but for other methods it is a phone number or an account.
            card: card("", callback.card_number.as_ref()),
            approval_no: callback.approval_no.clone(),
            method: filled(callback.method.as_str()),
            paid_at: callback.paid_at.clone(),
            virtual_account: callback.virtual_account.as_ref().and_then(account),
            cash_receipt: callback.cash_receipt.as_ref().and_then(cash_receipt),
            ..Detail::default()
        };
        evidence
    }

    /// A row of the transaction list; none if its status is newer than we are.
    pub fn payletter_row(row: &Answered<Transaction>, body: &[u8]) -> Option<Self> {
        let sight = match row.status {
            TransactionStatus::Approved => Sight::Captured,
            TransactionStatus::Cancelled => Sight::Cancelled,
            TransactionStatus::PartlyCancelled => Sight::PartlyCancelled,
            TransactionStatus::Unknown(_) => return None,
        };
        let mut evidence = Self::new(Source::Lookup, sight, Gateway::Payletter, body);
        evidence.gateway_order_id = filled(&row.order_id);
        // Of a part that went back the row has, by the manual, the part: it does not say what was paid.
        evidence.money = row.amount.filter(|_| sight != Sight::PartlyCancelled);
        evidence.transaction_id = filled(&row.transaction_id);
        evidence.customer_id = filled(&row.customer_id);
        evidence.method = filled(row.method.as_str()).map(Into::into);
        evidence.detail = Detail {
            approval_no: row.approval_no.clone(),
            method: filled(row.method.as_str()),
            paid_at: row.paid_at.clone(),
            ..Detail::default()
        };
        Some(evidence)
    }

    /// A sum of cancellations that may lack some: no more than that so much went back at least.
    #[must_use]
    pub fn of_some_days(mut self) -> Self {
        self.refunded_at_least = self.refunded.take();
        self
    }

    /// The cancellations of one payment, as the list by day of settlement has them: a row for each, with its own amount. Their sum is
    /// how much went back in total, so every day must have been asked for on which one may stand. None if there is no such row, or
    /// one without an amount.
    pub fn payletter_cancellations(rows: &[&Answered<Transaction>], body: &[u8]) -> Option<Self> {
        let cancelled = |row: &&Answered<Transaction>| {
            matches!(
                row.status,
                TransactionStatus::Cancelled | TransactionStatus::PartlyCancelled
            )
        };
        let mut cancellations: Vec<&Answered<Transaction>> = Vec::new();
        for row in rows.iter().copied().filter(cancelled) {
            // The same row twice is one cancellation.
            if !cancellations.iter().any(|known| ***known == **row) {
                cancellations.push(row);
            }
        }
        let first = *cancellations.first()?;
        if cancellations
            .iter()
            .any(|row| row.transaction_id != first.transaction_id)
        {
            return None;
        }
        let total = cancellations
            .iter()
            .try_fold(0_u64, |sum, row| sum.checked_add(row.amount?.minor))?;
        let total = Money {
            minor: total,
            ..first.amount?
        };
        let mut evidence = Self::payletter_row(first, body)?;
        evidence.sight = Sight::PartlyCancelled;
        evidence.money = None;
        evidence.refunded = Some(total);
        Some(evidence)
    }

    /// A return of the "verification only" kind, whose own form of the hash is right. No callback comes for it.
    pub fn payletter_registration(registration: &Verified<Registration>, body: &[u8]) -> Self {
        let mut evidence = Self::new(Source::Return, Sight::Registered, Gateway::Payletter, body);
        evidence.gateway_order_id = filled(&registration.order_id);
        evidence.customer_id = filled(&registration.customer_id);
        evidence.method = filled(registration.method.as_str()).map(Into::into);
        evidence.nonce = registration.custom.as_ref().map(Digest::of);
        evidence.billing_key = Some(BillingKey::of(&registration.billing_key));
        let name = registration.card_name.as_deref().unwrap_or_default();
        evidence.detail.card = card(name, registration.card_number.as_ref());
        evidence
    }

    /// The answer to our charge of a billing key; none if it names no amount, which proves nothing. It names no order either: it
    /// answers the request that did, so the payment's name is not sure until a list shows it, where there are `lists`.
    pub fn payletter_charge(
        request: &Charge,
        answer: &Answered<Charged>,
        body: &[u8],
        lists: bool,
    ) -> Option<Self> {
        let mut evidence = Self::new(Source::Charge, Sight::Captured, Gateway::Payletter, body);
        evidence.money = Some(answer.amount?);
        evidence.merchant_id = filled(&request.merchant_id);
        evidence.gateway_order_id = filled(&request.order_id);
        evidence.transaction_id = filled(&answer.transaction_id);
        evidence.customer_id = filled(&request.customer_id);
        evidence.method = filled(request.method.as_str()).map(Into::into);
        evidence.billing_key = answer.billing_key.as_ref().map(BillingKey::of);
        evidence.detail = Detail {
            approval_no: answer.approval_no.clone(),
            method: filled(request.method.as_str()),
            paid_at: answer.paid_at.clone(),
            named_by_answer: lists,
            ..Detail::default()
        };
        Some(evidence)
    }

    /// The answer to our refund.
    pub fn payletter_refund(answer: &Answered<Refunded>, body: &[u8]) -> Self {
        let mut evidence = Self::new(Source::Refund, Sight::Cancelled, Gateway::Payletter, body);
        evidence.money = answer.amount;
        evidence.transaction_id = filled(&answer.transaction_id);
        evidence
    }
}

/// The account that was paid into, if the callback repeats all of it: the return told it before.
fn account(told: &payletter::VirtualAccount) -> Option<VirtualAccount> {
    let expires =
        [&told.expires_on, &told.expires_time].map(|part| part.as_deref().unwrap_or_default());
    Some(VirtualAccount {
        bank_name: told.bank_name.clone()?,
        account_no: told.number.clone(),
        holder: told.holder.clone()?,
        expires_at: expires.concat(),
    })
}

/// A cash receipt that was issued. Type `06` says that none was needed, and a code that is not 0 that none came of it.
fn cash_receipt(told: &CashReceipt) -> Option<CashReceiptSeen> {
    let issued = told.code.as_deref().is_none_or(|code| code == "0");
    let purpose = match told.purpose.as_deref() {
        Some("01") => Some("tax_deduction"),
        Some("02") => Some("proof_of_expense"),
        Some("06") => return None,
        _ => None,
    };
    let approval_no = told.approval_no.clone().filter(|_| issued)?;
    Some(CashReceiptSeen {
        approval_no,
        purpose: purpose.map(str::to_owned),
    })
}

fn card(name: &str, number: Option<&CardNumber>) -> Option<CardSeen> {
    number.map(|number| CardSeen {
        name: name.to_owned(),
        number: number.to_string(),
    })
}
