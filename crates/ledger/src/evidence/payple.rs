//! Payple's proofs. Everything it says by itself goes through the buyer's browser, so only answers to our own calls are here.

use paypair_protocol::payple::{Payer, PayerDeleted, Payment, Refunded, TransferReceipt};
use paypair_protocol::proof::Answered;
use paypair_protocol::{CardNumber, Gateway};

use super::{Evidence, Sight, Source};
use crate::{BillingKey, CardSeen, CashReceiptSeen, Detail};

impl Evidence {
    /// The answer to our confirm.
    pub fn payple_confirm(answer: &Answered<Payment>, body: &[u8]) -> Self {
        payment(Source::Confirm, answer, body)
    }

    /// The answer to our charge of a billing key.
    pub fn payple_charge(answer: &Answered<Payment>, body: &[u8]) -> Self {
        payment(Source::Charge, answer, body)
    }

    /// What PAYCHK found.
    pub fn payple_lookup(answer: &Answered<Payment>, body: &[u8]) -> Self {
        payment(Source::Lookup, answer, body)
    }

    /// What PUSERINFO says of a billing key.
    pub fn payple_payer(answer: &Answered<Payer>, body: &[u8]) -> Self {
        let mut evidence = Self::new(
            Source::PayerLookup,
            Sight::Registered,
            Gateway::Payple,
            body,
        );
        evidence.customer_id = customer(answer.customer_id.as_deref());
        evidence.method.clone_from(&answer.method);
        evidence.billing_key = Some(BillingKey::of(&answer.billing_key));
        evidence.detail.card = card(answer.card_name.as_ref(), answer.card_number.as_ref());
        evidence
    }

    /// The answer to our deletion of a billing key.
    pub fn payple_payer_deleted(answer: &Answered<PayerDeleted>, body: &[u8]) -> Self {
        let (source, sight) = (Source::BillingKeyDelete, Sight::BillingKeyDeleted);
        let mut evidence = Self::new(source, sight, Gateway::Payple, body);
        evidence.customer_id = customer(answer.customer_id.as_deref());
        evidence.method.clone_from(&answer.method);
        evidence.billing_key = Some(BillingKey::of(&answer.billing_key));
        evidence
    }

    /// The answer to our refund.
    pub fn payple_refund(answer: &Answered<Refunded>, body: &[u8]) -> Self {
        let mut evidence = Self::new(Source::Refund, Sight::Cancelled, Gateway::Payple, body);
        evidence.gateway_order_id = Some(answer.order_id.clone());
        evidence.money = answer.amount;
        let told = answer.cash_receipt.as_ref();
        evidence.receipt_taken_back = told
            .filter(|told| told.result.is_some())
            .map(TransferReceipt::is_done);
        evidence
    }
}

fn payment(source: Source, answer: &Answered<Payment>, body: &[u8]) -> Evidence {
    let refunded = answer.refunded.filter(|refunded| !refunded.is_zero());
    let sight = match refunded {
        None => Sight::Captured,
        // PAYCHK shows a cancelled payment as the payment, with what went back beside it.
        Some(refunded) if Some(refunded) == answer.amount => Sight::Cancelled,
        Some(_) => Sight::PartlyCancelled,
    };
    let mut evidence = Evidence::new(source, sight, Gateway::Payple, body);
    evidence.gateway_order_id = Some(answer.order_id.clone());
    evidence.money = answer.amount;
    evidence.refunded = refunded;
    evidence.transaction_id.clone_from(&answer.transaction_id);
    evidence.customer_id = customer(answer.customer_id.as_deref());
    evidence.method.clone_from(&answer.method);
    evidence.billing_key = answer.billing_key.as_ref().map(BillingKey::of);
    evidence.detail = Detail {
        card: card(answer.card_name.as_ref(), answer.card_number.as_ref()),
        virtual_account: None,
        approval_no: answer.approval_no.clone(),
        method: answer.method.as_ref().map(ToString::to_string),
        paid_at: answer.paid_at.clone(),
        receipt_url: answer.receipt_url.clone(),
        cash_receipt: answer.cash_receipt.as_ref().and_then(cash_receipt),
        ..Detail::default()
    };
    evidence
}

/// A bank transfer's cash receipt, if one was issued.
fn cash_receipt(told: &TransferReceipt) -> Option<CashReceiptSeen> {
    let issued = told
        .result
        .as_deref()
        .is_none_or(|result| matches!(result, "Y" | "0000"));
    let approval_no = told.receipt_no.clone().filter(|_| issued)?;
    Some(CashReceiptSeen {
        approval_no,
        purpose: None,
    })
}

/// `0` stands for a customer the page did not name.
fn customer(id: Option<&str>) -> Option<String> {
    id.filter(|id| !id.is_empty() && *id != "0")
        .map(str::to_owned)
}

fn card(name: Option<&String>, number: Option<&CardNumber>) -> Option<CardSeen> {
    (name.is_some() || number.is_some()).then(|| CardSeen {
        name: name.cloned().unwrap_or_default(),
        number: number.map(ToString::to_string).unwrap_or_default(),
    })
}
