//! A named person's way out of a doubt that no lookup ends.

use paypair_ledger::{
    Attempt, BillingKeyState, Event, OrderView, Resolution, State, Store, StoreError,
};
use serde::{Deserialize, Serialize};

use super::body;
use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier, environment::Environment,
    fault::FieldFault, network::Network,
};

/// What a person found in the gateway's books, and who it was.
#[derive(Debug, Clone)]
pub struct Resolve {
    /// Who looked: a name that can be asked. It stands in the timeline for good.
    pub operator: String,
    /// What they found.
    pub finding: Finding,
    /// Where they looked, or whatever else should be remembered.
    pub note: Option<String>,
    /// Which attempt, where more than one is open.
    pub attempt: Option<u32>,
}

/// What the gateway's books say. "Paid" is not among them: that takes evidence, and of what the gateway has signed a person may say that
/// it is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The payment that a notice told of, and that no list can be asked about, was made.
    Captured,
    /// No money was taken.
    NotCaptured,
    /// The money went back: what the refund in doubt asked for, or all of it where no refund is in doubt.
    Refunded,
    /// The refund in doubt did not happen.
    NotRefunded,
    /// Of an order that was paid twice, what was paid too much went back; the order's own payment stands.
    SecondRefunded,
    /// The card company took the money of a paid order back (차지백).
    ChargedBack,
    /// The cash receipt in doubt is issued.
    ReceiptIssued,
    /// There is no cash receipt.
    ReceiptNotIssued,
    /// The billing key whose deletion is in doubt is deleted; or the subscription whose end is in doubt has ended.
    KeyDeleted,
    /// The billing key, or the subscription, is still there.
    KeyKept,
}

impl Finding {
    const ALL: [Self; 10] = [
        Self::Captured,
        Self::NotCaptured,
        Self::Refunded,
        Self::NotRefunded,
        Self::SecondRefunded,
        Self::ChargedBack,
        Self::ReceiptIssued,
        Self::ReceiptNotIssued,
        Self::KeyDeleted,
        Self::KeyKept,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Captured => "captured",
            Self::NotCaptured => "not_captured",
            Self::Refunded => "refunded",
            Self::NotRefunded => "not_refunded",
            Self::SecondRefunded => "second_refunded",
            Self::ChargedBack => "charged_back",
            Self::ReceiptIssued => "receipt_issued",
            Self::ReceiptNotIssued => "receipt_not_issued",
            Self::KeyDeleted => "key_deleted",
            Self::KeyKept => "key_kept",
        }
    }

    /// What the ledger is told.
    fn event(self, operator: String) -> Event {
        let of_money = |resolution| Event::Resolved {
            operator: operator.clone(),
            resolution,
        };
        match self {
            Self::Captured => of_money(Resolution::Captured),
            Self::NotCaptured => of_money(Resolution::NotCaptured),
            Self::Refunded => of_money(Resolution::Refunded),
            Self::NotRefunded => of_money(Resolution::NotRefunded),
            Self::SecondRefunded => of_money(Resolution::SecondRefunded),
            Self::ChargedBack => of_money(Resolution::ChargedBack),
            Self::ReceiptIssued | Self::ReceiptNotIssued => Event::CashReceiptResolved {
                issued: self == Self::ReceiptIssued,
                operator,
            },
            Self::KeyDeleted | Self::KeyKept => Event::BillingKeyResolved {
                deleted: self == Self::KeyDeleted,
                operator,
            },
        }
    }

    /// Whether there is something of an attempt that such a finding could settle.
    fn concerns(self, attempt: &Attempt) -> bool {
        match self {
            Self::ReceiptIssued | Self::ReceiptNotIssued => {
                let own = attempt.detail.receipt.as_ref();
                own.is_some_and(|own| own.state.is_unknown())
            }
            Self::KeyDeleted | Self::KeyKept => {
                use BillingKeyState::{Deleting, InDoubt};
                let held = attempt.billing_key.as_ref();
                held.is_some_and(|held| matches!(held.state, Deleting | InDoubt))
            }
            Self::ChargedBack => matches!(
                attempt.state,
                State::Paid | State::PartiallyRefunded | State::Discrepant
            ),
            Self::Captured => attempt.capture_to_confirm().is_some(),
            Self::NotCaptured if attempt.state == State::PendingReview => true,
            _ => matches!(
                attempt.state,
                State::InDoubt | State::Discrepant | State::RefundPending
            ),
        }
    }
}

/// How an order stands now, and whose word it was.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolved {
    /// How it stands.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Where its billing key stands, if it holds one. The key's fate is not the order's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_key_state: Option<BillingKeyState>,
    /// Who settled it.
    pub settled_by: SettledBy,
}

/// Who settled a doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SettledBy {
    /// The gateway, asked once more: the person's word was not needed and not taken.
    Evidence,
    /// The person.
    Operator,
}

/// Why a person's word settles nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResolveBar {
    /// Nothing is in doubt.
    NothingToResolve,
    /// The gateway itself said that money was taken.
    MoneyWasCaptured,
    /// A refund's call is on its way.
    RefundRunning,
    /// A call about the cash receipt is on its way.
    ReceiptRunning,
    /// What is in doubt is no refund.
    NoRefundInDoubt,
    /// No second payment stands.
    NoSecondPayment,
    /// A second payment stands.
    SecondPaymentStands,
    /// The deletion of the billing key is on its way.
    DeletionRunning,
    /// The gateway's list can be asked, and does not show the payment yet: it decides, and no person.
    LookupDecides,
    /// Several attempts are open.
    AttemptNeeded,
    /// Another attempt of the order is paid.
    OrderAlreadyPaid,
    /// Another attempt's window is open.
    OtherAttemptLive,
    /// Another attempt is in review or in doubt.
    OtherAttemptOpen,
    /// The payment that was told of is another order's.
    TransactionIdTaken,
}

impl ResolveBar {
    const OF_THE_LEDGER: [Self; 12] = [
        Self::NothingToResolve,
        Self::MoneyWasCaptured,
        Self::RefundRunning,
        Self::ReceiptRunning,
        Self::NoRefundInDoubt,
        Self::NoSecondPayment,
        Self::SecondPaymentStands,
        Self::DeletionRunning,
        Self::OrderAlreadyPaid,
        Self::OtherAttemptLive,
        Self::OtherAttemptOpen,
        Self::TransactionIdTaken,
    ];

    /// Stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NothingToResolve => "nothing_to_resolve",
            Self::MoneyWasCaptured => "money_was_captured",
            Self::RefundRunning => "refund_running",
            Self::ReceiptRunning => "cash_receipt_running",
            Self::NoRefundInDoubt => "no_refund_in_doubt",
            Self::NoSecondPayment => "no_second_payment",
            Self::SecondPaymentStands => "second_payment_stands",
            Self::DeletionRunning => "deletion_running",
            Self::LookupDecides => "lookup_decides",
            Self::AttemptNeeded => "attempt_needed",
            Self::OrderAlreadyPaid => "order_already_paid",
            Self::OtherAttemptLive => "other_attempt_live",
            Self::OtherAttemptOpen => "other_attempt_open",
            Self::TransactionIdTaken => "transaction_id_taken",
        }
    }

    pub(crate) const fn ko(self) -> &'static str {
        match self {
            Self::NothingToResolve => "확인이 필요한 것이 없습니다. 주문 상태를 다시 확인해 주세요",
            Self::MoneyWasCaptured => {
                "결제사가 결제되었다고 확인한 주문입니다. 결제되지 않은 것으로 처리할 수 없습니다. 돌려주려면 환불해 주세요"
            }
            Self::RefundRunning => "환불이 진행 중입니다. 2분 뒤 다시 확인해 주세요",
            Self::ReceiptRunning => "현금영수증 요청이 진행 중입니다. 2분 뒤 다시 확인해 주세요",
            Self::NoRefundInDoubt => {
                "확인이 필요한 것은 환불이 아니라 결제입니다. not_captured 또는 refunded 로 알려 주세요"
            }
            Self::NoSecondPayment => {
                "이 주문에는 두 번째 결제가 없습니다. 모두 돌려주었다면 refunded 로 알려 주세요"
            }
            Self::SecondPaymentStands => {
                "이 주문은 두 번 결제되었습니다. 두 번째 결제를 먼저 돌려주거나 second_refunded 로 알려 주세요"
            }
            Self::DeletionRunning => "빌링키 해지가 진행 중입니다. 2분 뒤 다시 확인해 주세요",
            Self::LookupDecides => {
                "결제사의 판매 목록을 조회할 수 있습니다. 결제되었다면 조회로 확인되니 paypair lookup 을 실행하거나 기다려 주세요"
            }
            Self::AttemptNeeded => {
                "확인이 필요한 결제 시도가 여러 개입니다. attempt 로 번호를 알려 주세요"
            }
            Self::OrderAlreadyPaid => {
                "다른 결제 시도로 이미 결제된 주문입니다. 이 결제도 있었다면 결제사 관리자 페이지에서 취소해 주세요"
            }
            Self::OtherAttemptLive => {
                "이 주문의 다른 결제창이 열려 있습니다. 그 결제가 끝난 뒤 다시 알려 주세요"
            }
            Self::OtherAttemptOpen => {
                "이 주문의 다른 결제 시도가 확인 중입니다. attempt 로 그 시도의 결과를 먼저 알려 주세요"
            }
            Self::TransactionIdTaken => {
                "다른 주문의 결제로 확인된 transactionId 입니다. 결제사 관리자 페이지에서 어느 주문의 결제인지 확인해 주세요"
            }
        }
    }

    pub(crate) const fn en(self) -> &'static str {
        match self {
            Self::NothingToResolve => "nothing of this order is in doubt; look at it again",
            Self::MoneyWasCaptured => {
                "the gateway itself says that the money was taken, so it cannot count as not taken; to give it back, refund it"
            }
            Self::RefundRunning => "a refund is on its way; look again in two minutes",
            Self::ReceiptRunning => {
                "a call about the cash receipt is on its way; look again in two minutes"
            }
            Self::NoRefundInDoubt => {
                "what is in doubt is the payment, not a refund; say not_captured, or refunded if the money went back"
            }
            Self::NoSecondPayment => {
                "no second payment of this order stands; if all of it went back, say refunded"
            }
            Self::SecondPaymentStands => {
                "a second payment of this order stands; give it back first, or say second_refunded"
            }
            Self::DeletionRunning => {
                "the deletion of the billing key is on its way; look again in two minutes"
            }
            Self::LookupDecides => {
                "the gateway's sales list can be asked, and it does not show the payment yet; run paypair lookup, or wait for it"
            }
            Self::AttemptNeeded => "several attempts of this order are open; say which: attempt",
            Self::OrderAlreadyPaid => {
                "another attempt of this order is paid; if this payment was made too, cancel it in the gateway's admin pages"
            }
            Self::OtherAttemptLive => {
                "another window of this order is open; say it again once that attempt has ended"
            }
            Self::OtherAttemptOpen => {
                "another attempt of this order is in review or in doubt; settle that one first: attempt"
            }
            Self::TransactionIdTaken => {
                "the payment that was told of is another order's; look in the gateway's admin pages whose it is"
            }
        }
    }

    fn of(why: &str) -> Option<Self> {
        let why = match why {
            "no_cash_receipt_running" => "nothing_to_resolve",
            why => why,
        };
        Self::OF_THE_LEDGER
            .into_iter()
            .find(|bar| bar.code() == why)
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Takes a named person's word for what the gateway's books say, after asking the gateway once more itself: if that settles it,
    /// the word is not needed, and not taken.
    pub async fn resolve(&self, order_id: &str, word: Resolve) -> Result<Resolved, ApiError> {
        let signed = word.signed()?;
        let view = self.known_order(order_id).await?;
        let attempt = open_attempt(&view, &word)?;
        match word.finding {
            Finding::KeyDeleted | Finding::KeyKept => self.look_up_key(attempt.key()).await,
            _ => self.ask_now(attempt).await?,
        }
        let found = self.store().attempt(attempt.key()).await?;
        let attempt = found.ok_or(ApiError::OrderUnknown)?;
        let listed = self.config().assumptions.global_sales_list_permitted;
        if word.finding == Finding::Captured && word.finding.concerns(&attempt) && listed {
            return Err(ApiError::ResolveBarred(ResolveBar::LookupDecides));
        }
        let settled_by = if word.finding.concerns(&attempt) {
            match self.record(attempt.key(), word.finding.event(signed)).await {
                Ok(_) => SettledBy::Operator,
                Err(StoreError::Refused(refused)) => {
                    let bar = ResolveBar::of(refused.why);
                    return Err(bar.map_or(ApiError::NotNow, ApiError::ResolveBarred));
                }
                Err(error) => return Err(error.into()),
            }
        } else {
            SettledBy::Evidence
        };
        tracing::warn!(attempt = %attempt.key(), word = word.finding.as_str(), by = ?settled_by, "a doubt is settled");
        let view = self.known_order(order_id).await?;
        let same = |other: &&Attempt| other.no == attempt.no;
        let now = view.attempts.iter().find(same);
        let held = now.and_then(|attempt| attempt.billing_key.as_ref());
        Ok(Resolved {
            billing_key_state: held.map(|held| held.state),
            outcome: Outcome::for_merchant(&view),
            settled_by,
        })
    }

    /// `POST /orders/{id}/resolve`
    pub(crate) async fn resolve_order(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let told: Told = body(request)?;
        let resolved = self.resolve(id, told.read()?).await?;
        Ok(RawResponse::json(200, &resolved))
    }
}

/// The body of a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Told {
    operator: String,
    resolution: String,
    note: Option<String>,
    attempt: Option<u32>,
}

impl Told {
    fn read(self) -> Result<Resolve, ApiError> {
        let mut words = Finding::ALL.into_iter();
        let Some(finding) = words.find(|known| known.as_str() == self.resolution) else {
            let words = Finding::ALL.map(Finding::as_str).join(", ");
            return Err(ApiError::field_fault(FieldFault::invalid(
                "resolution",
                &format!("{words} 중 하나를 보내 주세요. 결제되었다는 말은 증거로만 받습니다."),
                &format!("send one of {words}. That it was paid takes evidence."),
            )));
        };
        Ok(Resolve {
            operator: self.operator,
            finding,
            note: self.note,
            attempt: self.attempt,
        })
    }
}

/// The attempt that the word is about.
fn open_attempt<'a>(view: &'a OrderView, word: &Resolve) -> Result<&'a Attempt, ApiError> {
    let named = |attempt: &&Attempt| word.attempt.is_none_or(|no| no == attempt.no);
    let mut open = view
        .attempts
        .iter()
        .filter(named)
        .filter(|attempt| word.finding.concerns(attempt));
    match (open.next(), open.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(ApiError::ResolveBarred(ResolveBar::NothingToResolve)),
        (Some(_), Some(_)) => Err(ApiError::ResolveBarred(ResolveBar::AttemptNeeded)),
    }
}

impl Resolve {
    /// What the timeline keeps: who, what, and the note.
    fn signed(&self) -> Result<String, ApiError> {
        let (operator, note) = (self.operator.trim(), self.note.as_deref().unwrap_or(""));
        let too_long = |text: &str, most| text.chars().count() > most;
        let mut faults = Vec::new();
        if operator.is_empty() {
            faults.push(FieldFault::missing("operator"));
        }
        for (field, text, most) in [("operator", operator, 100), ("note", note, 200)] {
            if too_long(text, most) || text.contains(char::is_control) {
                faults.push(FieldFault::invalid(
                    field,
                    "한 줄로 짧게 써 주세요 (이름 100자, 메모 200자까지).",
                    "write one short line (100 characters for the name, 200 for the note).",
                ));
            }
        }
        ApiError::unless_fine(faults)?;
        let word = self.finding.as_str();
        Ok(match note.trim() {
            "" => format!("{operator}: {word}"),
            note => format!("{operator}: {word} ({note})"),
        })
    }
}
