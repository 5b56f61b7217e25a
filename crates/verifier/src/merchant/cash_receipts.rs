//! Cash receipts (현금영수증) that are issued after a payment by bank transfer, and taken back.

use paypair_ledger::{
    Attempt, CashReceipt, CashReceiptState, Event, OrderView, State, Store, StoreError,
};
use paypair_protocol::{Currency, Error, Gateway, Money, Secret, payple::TradeUse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{body, reading::text_or_integer};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, fault::FieldFault,
    network::Network, payple::ReceiptCall,
};

/// A cash receipt as the merchant's server asks for it, or asks to have it taken back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CashReceiptWish {
    /// What it is for. Taking back one that was asked for here, it is known.
    pub purpose: Option<CashReceiptUse>,
    /// Whose it is. The gateway asks for it again when it is taken back, and we keep none.
    pub identity: ReceiptIdentity,
    /// Over how much, as plain decimal text (JSON also takes an integer); absent for all that is left of the payment.
    #[serde(deserialize_with = "text_or_integer")]
    pub amount: Option<String>,
}

/// What a cash receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CashReceiptUse {
    /// 소득공제.
    TaxDeduction,
    /// 지출증빙.
    ProofOfExpense,
}

impl CashReceiptUse {
    const fn as_str(self) -> &'static str {
        match self {
            Self::TaxDeduction => "tax_deduction",
            Self::ProofOfExpense => "proof_of_expense",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::TaxDeduction, Self::ProofOfExpense]
            .into_iter()
            .find(|known| known.as_str() == word)
    }

    const fn trade_use(self) -> TradeUse {
        match self {
            Self::TaxDeduction => TradeUse::Personal,
            Self::ProofOfExpense => TradeUse::Company,
        }
    }
}

/// Whose a cash receipt is: one of the two. It goes to the gateway, and is neither logged nor kept.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ReceiptIdentity {
    /// A mobile phone's number.
    pub phone: Option<String>,
    /// 사업자등록번호.
    pub business_no: Option<String>,
}

impl ReceiptIdentity {
    /// The digits the gateway wants, or what is wrong.
    fn number(&self) -> Result<Secret, FieldFault> {
        let (field, text, fits): (_, _, fn(&str) -> bool) = match (&self.phone, &self.business_no) {
            (Some(phone), None) => ("identity.phone", phone, |digits| {
                matches!(digits.len(), 10 | 11) && digits.starts_with("01")
            }),
            (None, Some(number)) => ("identity.businessNo", number, |digits| digits.len() == 10),
            (None, None) => return Err(FieldFault::missing("identity")),
            (Some(_), Some(_)) => {
                return Err(FieldFault::invalid(
                    "identity",
                    "phone과 businessNo 중 하나만 보내 주세요.",
                    "send one of phone and businessNo, not both.",
                ));
            }
        };
        let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        if digits.bytes().all(|b| b.is_ascii_digit()) && fits(&digits) {
            return Ok(Secret::new(digits));
        }
        Err(FieldFault::invalid(
            field,
            "휴대폰번호는 01로 시작하는 10~11자리, 사업자등록번호는 10자리 숫자입니다.",
            "a phone has 10 or 11 digits and begins with 01, a business number has 10 digits.",
        ))
    }
}

/// Phone and business numbers are personal.
impl std::fmt::Debug for ReceiptIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Why no cash receipt is issued, or none taken back, before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptBar {
    /// Payletter: the buyer has it issued, on a page.
    IsAPage,
    /// There is one. Another would be a second one.
    Issued,
    /// A call about it is on its way.
    Running,
    /// Nobody knows whether there is one.
    Unknown,
    /// There is none to take back.
    None,
}

impl ReceiptBar {
    /// Stable name of the cause.
    pub const fn code(self) -> &'static str {
        match self {
            Self::IsAPage => "receipt_is_a_page",
            Self::Issued => "cash_receipt_issued",
            Self::Running => "cash_receipt_running",
            Self::Unknown => "cash_receipt_unknown",
            Self::None => "no_cash_receipt",
        }
    }

    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::IsAPage => 422,
            _ => 409,
        }
    }

    pub(crate) const fn ko(self) -> &'static str {
        match self {
            Self::IsAPage => {
                "이 결제사의 현금영수증은 구매자가 페이지에서 발급합니다. POST /orders/{id}/receipt 에 kind: cash_receipt 를 보내 주소를 받아 주세요"
            }
            Self::Issued => {
                "이미 현금영수증이 발급된 결제입니다. 다시 발급하려면 먼저 발급을 취소해 주세요"
            }
            Self::Running => "현금영수증 요청이 진행 중입니다. 결과를 기다려 주세요",
            Self::Unknown => {
                "현금영수증이 발급되었는지 알 수 없습니다. 결제사 관리자 화면에서 확인한 뒤 발급을 취소하거나 /resolve 로 결과를 알려 주세요"
            }
            Self::None => "취소할 현금영수증이 없습니다",
        }
    }

    pub(crate) const fn en(self) -> &'static str {
        match self {
            Self::IsAPage => {
                "the buyer has this gateway's cash receipt issued on a page; ask for its address: POST /orders/{id}/receipt with kind cash_receipt"
            }
            Self::Issued => {
                "the payment has a cash receipt already; to issue another, take that one back first"
            }
            Self::Running => "a call about the cash receipt is on its way; wait for its answer",
            Self::Unknown => {
                "nobody knows whether the cash receipt is issued, so none is issued again; look in the gateway's admin pages, then take it back or say what you found (POST /orders/{id}/resolve)"
            }
            Self::None => "there is no cash receipt to take back",
        }
    }

    fn of(why: &str) -> Option<Self> {
        [Self::Issued, Self::Running, Self::Unknown, Self::None]
            .into_iter()
            .find(|bar| bar.code() == why)
    }
}

/// A cash receipt, as the merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CashReceiptShown {
    /// Where it stands; `issuing` and `cancelling` are as unknown as `issue_unknown` and `cancel_unknown` once they last.
    pub state: CashReceiptState,
    /// Over how much, if it was asked for here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// `tax_deduction` or `proof_of_expense`, if anybody said.
    pub purpose: Option<String>,
    /// Its number at the tax office.
    pub approval_no: Option<String>,
    /// When it was asked for here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<String>,
    /// Why it stands so, when that is not good news.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Value>,
}

impl CashReceiptShown {
    /// The one that was asked for here, else the one that was issued with the payment.
    pub(crate) fn of(attempt: &Attempt) -> Option<Self> {
        let detail = &attempt.detail;
        if let Some(own) = &detail.receipt {
            return Some(Self::own(own));
        }
        detail.cash_receipt.as_ref().map(|seen| Self {
            state: CashReceiptState::Issued,
            amount: None,
            purpose: seen.purpose.clone(),
            approval_no: Some(seen.approval_no.clone()),
            asked_at: None,
            reason: None,
        })
    }

    fn own(own: &CashReceipt) -> Self {
        Self {
            state: own.state,
            amount: Some(own.money.to_wire()),
            purpose: Some(own.purpose.clone()).filter(|purpose| !purpose.is_empty()),
            approval_no: own.approval_no.clone(),
            asked_at: Some(own.asked_at.to_string()),
            reason: own.reason.as_ref().map(|reason| {
                json!({
                    "code": reason.code,
                    "gatewayCode": reason.gateway_code,
                    "gatewayMessage": reason.gateway_message,
                })
            }),
        }
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Has a cash receipt issued for a payment by bank transfer at Payple, and answers how it stands.
    ///
    /// Never a second one: while the first is issued, or nobody knows whether it is, this is refused.
    pub async fn issue_cash_receipt(
        &self,
        order_id: &str,
        wish: CashReceiptWish,
    ) -> Result<CashReceiptShown, ApiError> {
        self.cash_receipt_of(order_id, wish, false).await
    }

    /// Takes the cash receipt of a payment back, and answers how it stands. Also one of which nobody knows whether it was issued.
    pub async fn cancel_cash_receipt(
        &self,
        order_id: &str,
        wish: CashReceiptWish,
    ) -> Result<CashReceiptShown, ApiError> {
        self.cash_receipt_of(order_id, wish, true).await
    }

    /// Runs to its end in a task: a caller that goes away must not leave a receipt in doubt.
    async fn cash_receipt_of(
        &self,
        order_id: &str,
        wish: CashReceiptWish,
        cancel: bool,
    ) -> Result<CashReceiptShown, ApiError> {
        let (this, id) = (self.clone(), order_id.to_owned());
        self.surely(async move { this.change_cash_receipt(&id, &wish, cancel).await })
            .await
    }

    async fn change_cash_receipt(
        &self,
        order_id: &str,
        wish: &CashReceiptWish,
        cancel: bool,
    ) -> Result<CashReceiptShown, ApiError> {
        let view = self.known_order(order_id).await?;
        let attempt = receiptable(&view, cancel)?;
        let (number, told) = wish.read(attempt, cancel)?;
        // The gateway is asked first: the window may have issued one, or a lost answer may have been a good one.
        let asked = self.payple_payer_of(attempt).await?;
        let attempt = self.attempt_again(attempt).await?;
        let held = attempt.billing_key.as_ref();
        let billing_key = asked.or_else(|| held?.key.clone());
        let billing_key = billing_key.ok_or(ApiError::ReceiptNotOffered)?;
        let event = if cancel {
            Event::CashReceiptCancelAsked {
                money: told.money,
                purpose: told.purpose_word(),
            }
        } else {
            Event::CashReceiptAsked {
                money: told.money,
                purpose: told.purpose_word(),
            }
        };
        let applied = match self.record(attempt.key(), event).await {
            Ok(applied) => applied,
            Err(StoreError::Refused(refused)) => return Err(barred(refused.why, &attempt)),
            Err(error) => return Err(error.into()),
        };
        // What the ledger wrote is what is asked for: a receipt of ours is taken back as it was issued.
        let written = applied.attempt.detail.receipt.as_ref();
        let written = written.ok_or(ApiError::Internal)?;
        let call = ReceiptCall {
            cancel,
            money: written.money,
            trade_use: CashReceiptUse::read(&written.purpose)
                .map(CashReceiptUse::trade_use)
                .unwrap_or_default(),
            holder_number: number,
            billing_key,
        };
        let event = self.payple_cash_receipt(&applied.attempt, call).await;
        self.write_outcome(attempt.key(), event).await;
        let attempt = self.attempt_again(&attempt).await?;
        CashReceiptShown::of(&attempt)
            .or_else(|| attempt.detail.receipt.as_ref().map(CashReceiptShown::own))
            .ok_or(ApiError::Internal)
    }

    async fn attempt_again(&self, attempt: &Attempt) -> Result<Attempt, ApiError> {
        let found = self.store().attempt(attempt.key()).await?;
        found.ok_or(ApiError::OrderUnknown)
    }

    /// `POST /orders/{id}/cash-receipt` and `POST /orders/{id}/cash-receipt/cancel`
    pub(crate) async fn cash_receipt(
        &self,
        id: &str,
        request: &RawRequest,
        cancel: bool,
    ) -> Result<RawResponse, ApiError> {
        let shown = self.cash_receipt_of(id, body(request)?, cancel).await?;
        Ok(RawResponse::json(200, &shown))
    }
}

/// The payment that a receipt may be about. One is taken back also after the money went back: it may have stayed.
fn receiptable(view: &OrderView, cancel: bool) -> Result<&Attempt, ApiError> {
    match view.order.gateway {
        Gateway::Payple => {}
        Gateway::Payletter => return Err(ApiError::ReceiptBarred(ReceiptBar::IsAPage)),
        Gateway::PayletterGlobal => return Err(ApiError::NotOffered),
    }
    let attempt = view.leading().ok_or(ApiError::NotNow)?;
    // A card's slip is the proof by itself; the tax office hears of it from the card company.
    if view.order.method.as_str() != "transfer" {
        return Err(ApiError::ReceiptNotOffered);
    }
    match attempt.state {
        State::Paid | State::PartiallyRefunded => Ok(attempt),
        State::RefundPending | State::Refunded | State::Discrepant if cancel => Ok(attempt),
        _ => Err(ApiError::NotNow),
    }
}

/// The ledger's refusal, in words that say what to do.
fn barred(why: &str, attempt: &Attempt) -> ApiError {
    match ReceiptBar::of(why) {
        Some(bar) => ApiError::ReceiptBarred(bar),
        None if why == "more_than_left" => ApiError::RefundTooLarge {
            left: attempt.refundable(),
        },
        None => ApiError::NotNow,
    }
}

/// A wish that can be read.
struct Told {
    money: Money,
    purpose: Option<CashReceiptUse>,
}

impl Told {
    fn purpose_word(&self) -> String {
        self.purpose.map_or("", CashReceiptUse::as_str).to_owned()
    }
}

impl CashReceiptWish {
    /// Reads it, and tells every fault at once.
    fn read(&self, attempt: &Attempt, cancel: bool) -> Result<(Secret, Told), ApiError> {
        let mut faults = Vec::new();
        let number = self.identity.number().map_err(|fault| faults.push(fault));
        let known = attempt.detail.receipt.as_ref();
        let known = known.filter(|own| cancel && !own.state.leaves_room());
        let purpose = self
            .purpose
            .or_else(|| CashReceiptUse::read(&known?.purpose));
        if purpose.is_none() {
            faults.push(FieldFault::missing("purpose"));
        }
        // Of one that was taken with the payment, the gateway wants the amount it was issued over: all that was paid.
        let whole = if cancel {
            attempt.captured
        } else {
            attempt.refundable()
        };
        let money = match (&self.amount, known) {
            (_, Some(own)) => Ok(own.money),
            (Some(text), None) => match Money::parse(text, &Currency::KRW) {
                Ok(money) if money.is_zero() => Err(Error::AmountTooSmall { min: 1 }),
                read => read,
            },
            (None, None) => whole
                .filter(|money| !money.is_zero())
                .ok_or(Error::FieldMissing { field: "amount" }),
        };
        let money = money.map_err(|error| faults.push(FieldFault::of("amount", &error)));
        match (number, money) {
            (Ok(number), Ok(money)) if faults.is_empty() => Ok((number, Told { money, purpose })),
            _ => Err(ApiError::Fields(faults)),
        }
    }
}
