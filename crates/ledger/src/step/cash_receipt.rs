//! Cash receipts that are issued after the payment, and taken back. The attempt's own state stays what it is.

use paypair_protocol::{Gateway, Money};

use super::{Taken, Turn};
use crate::attempt::BY_A_PERSON;
use crate::evidence::{Evidence, Source};
use crate::{CashReceipt, CashReceiptState, Reason, State};

impl Turn {
    /// One at a time, and never a second one: what the gateway does with a second issue, nobody has told us.
    pub(super) fn receipt_asked(&mut self, money: Money, purpose: String) -> Taken {
        use State::*;
        self.only(&[Paid, PartiallyRefunded], "nothing_to_receipt")?;
        self.unless(
            self.next.order.gateway != Gateway::Payple,
            "receipt_not_offered",
        )?;
        let own = self.next.detail.receipt.as_ref().map(|own| own.state);
        self.receipt_call_is_over()?;
        self.unless(
            own.is_some_and(CashReceiptState::is_unknown),
            "cash_receipt_unknown",
        )?;
        self.unless(
            own == Some(CashReceiptState::Issued) || self.next.detail.cash_receipt.is_some(),
            "cash_receipt_issued",
        )?;
        let left = self.next.refundable();
        self.unless(
            left.is_some_and(|left| money.currency != left.currency || money.minor > left.minor),
            "more_than_left",
        )?;
        self.next.detail.receipt = Some(CashReceipt {
            state: CashReceiptState::Issuing,
            money,
            purpose,
            approval_no: None,
            asked_at: self.now,
            reason: None,
        });
        Ok(())
    }

    /// Taking back is allowed in doubt too: of a receipt that is not there nothing can be taken back, whatever the answer.
    pub(super) fn receipt_cancel_asked(&mut self, money: Money, purpose: String) -> Taken {
        let now = self.now;
        self.receipt_call_is_over()?;
        let seen = self.next.detail.cash_receipt.clone();
        match &mut self.next.detail.receipt {
            Some(own) if !own.state.leaves_room() => {
                own.state = CashReceiptState::Cancelling;
                own.asked_at = now;
            }
            own => {
                // One that was issued with the payment itself.
                let Some(seen) = seen else {
                    return Err(self.refusal("no_cash_receipt"));
                };
                *own = Some(CashReceipt {
                    state: CashReceiptState::Cancelling,
                    money,
                    purpose,
                    approval_no: Some(seen.approval_no),
                    asked_at: now,
                    reason: None,
                });
            }
        }
        Ok(())
    }

    /// The gateway did what was asked.
    pub(super) fn receipt_answered(&mut self, approval_no: Option<String>) -> Taken {
        use CashReceiptState::*;
        match self.running_receipt()? {
            Issuing | IssueUnknown => self.receipt_is(Issued, None, approval_no),
            _ => self.receipt_gone(None),
        }
        Ok(())
    }

    /// The gateway refused. A refusal to take back proves nothing about a receipt that was in doubt: its cause may be another.
    pub(super) fn receipt_declined(&mut self, reason: Reason) -> Taken {
        use CashReceiptState::*;
        let was_certain = self.next.detail.cash_receipt.is_some();
        match self.running_receipt()? {
            Issuing | IssueUnknown => self.receipt_is(Declined, Some(reason), None),
            _ if was_certain => self.receipt_is(Issued, Some(reason), None),
            _ => self.receipt_is(CancelUnknown, Some(reason), None),
        }
        Ok(())
    }

    /// No answer that we understand.
    pub(super) fn receipt_unknown(&mut self, reason: Reason) -> Taken {
        use CashReceiptState::*;
        let unknown = match self.running_receipt()? {
            Issuing | IssueUnknown => IssueUnknown,
            _ => CancelUnknown,
        };
        self.receipt_is(unknown, Some(reason), None);
        Ok(())
    }

    /// A named person looked at the gateway's books.
    pub(super) fn receipt_resolved(&mut self, issued: bool) -> Taken {
        self.running_receipt()?;
        self.receipt_call_is_over()?;
        let reason = Some(Reason::new(BY_A_PERSON));
        if issued {
            self.receipt_is(CashReceiptState::Issued, reason, None);
        } else {
            self.receipt_gone(reason);
        }
        Ok(())
    }

    /// What our own calls about the payment tell of its receipt. That a lookup shows none proves nothing: it may lag, or not tell.
    pub(super) fn receipt_seen(&mut self, evidence: &Evidence) {
        use CashReceiptState::*;
        let ours = evidence.gateway_order_id() == Some(&self.next.gateway_order_id);
        if evidence.is_pushed() || !ours {
            return;
        }
        if evidence.source() == Source::Refund {
            return match evidence.receipt_taken_back() {
                Some(true) => self.receipt_gone(None),
                // The money went back and the receipt did not: somebody must take it back by itself.
                Some(false) if self.next.detail.cash_receipt.is_some() => {
                    self.alert("cash_receipt_stays");
                }
                _ => {}
            };
        }
        let (Some(own), Some(seen)) = (&self.next.detail.receipt, &evidence.detail().cash_receipt)
        else {
            return;
        };
        if matches!(own.state, Issuing | IssueUnknown) {
            let approval_no = Some(seen.approval_no.clone());
            self.receipt_is(Issued, None, approval_no);
        }
    }

    fn receipt_call_is_over(&self) -> Taken {
        let own = self.next.detail.receipt.as_ref();
        let running = own.is_some_and(|own| own.is_running(self.now));
        self.unless(running, "cash_receipt_running")
    }

    fn running_receipt(&self) -> Result<CashReceiptState, crate::Refused> {
        let own = self.next.detail.receipt.as_ref();
        own.map(|own| own.state)
            .filter(|state| state.is_unknown())
            .ok_or_else(|| self.refusal("no_cash_receipt_running"))
    }

    fn receipt_is(
        &mut self,
        state: CashReceiptState,
        reason: Option<Reason>,
        approval_no: Option<String>,
    ) {
        let Some(own) = &mut self.next.detail.receipt else {
            return;
        };
        own.state = state;
        own.reason = reason;
        if let Some(approval_no) = approval_no {
            let purpose = Some(own.purpose.clone());
            self.next.detail.cash_receipt = Some(crate::CashReceiptSeen {
                approval_no: approval_no.clone(),
                purpose,
            });
            own.approval_no = Some(approval_no);
        }
    }

    fn receipt_gone(&mut self, reason: Option<Reason>) {
        self.receipt_is(CashReceiptState::Cancelled, reason, None);
        self.next.detail.cash_receipt = None;
    }
}
