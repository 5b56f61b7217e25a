//! What a buyer's page is told. The same shape for every gateway and window; never a secret, never a billing key.

use paypair_ledger::{Attempt, OrderView, RefundLine, RefundState, State, Status};
use serde::Serialize;
use serde_json::{Value, json};

/// The state of an order, for the page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// The merchant's order id.
    pub order_id: String,
    /// What the page acts on.
    pub status: Status,
    /// The ledger's finer word.
    pub state: State,
    /// Which attempt speaks, 0 before the first.
    pub attempt: u32,
    /// The order's amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The method used, else the one asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// What is bought.
    pub product_name: String,
    /// The account to transfer to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_account: Option<Value>,
    /// The card, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Value>,
    /// Why it is not paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Value>,
    /// What was given back so far. For the merchant only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded_amount: Option<String>,
    /// The billing key that came of it, or was charged. For the merchant only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_key_id: Option<String>,
    /// The refund that was asked for. For the merchant only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundShown>,
    /// Nothing more will happen by itself.
    #[serde(rename = "final")]
    pub is_final: bool,
}

impl Outcome {
    /// What an order's attempts come to.
    pub fn of(view: &OrderView) -> Self {
        let order = &view.order;
        let leading = view.leading();
        let state = leading.map_or(State::Created, |attempt| attempt.state);
        let detail = leading.map(|attempt| &attempt.detail);
        // Of a payment without an expected amount, what was paid.
        let captured = || leading.and_then(|attempt| attempt.captured);
        let money = order.money.or_else(captured);
        Self {
            order_id: order.id.clone(),
            status: view.status(),
            state,
            attempt: leading.map_or(0, |attempt| attempt.no),
            amount: money.map(|money| money.to_wire()),
            currency: money.map(|money| money.currency.as_str().to_owned()),
            method: detail
                .and_then(|detail| detail.method.clone())
                .or_else(|| Some(order.method.as_str().to_owned())),
            paid_at: leading
                .and_then(|attempt| attempt.paid_at)
                .map(|at| at.to_string()),
            product_name: order.product_name.clone(),
            virtual_account: detail
                .and_then(|detail| detail.virtual_account.as_ref())
                .map(|account| {
                    json!({
                        "bankName": account.bank_name,
                        "accountNo": account.account_no,
                        "holder": account.holder,
                        "expiresAt": account.expires_at,
                    })
                }),
            card: detail
                .and_then(|detail| detail.card.as_ref())
                .map(|card| json!({ "name": card.name, "number": card.number })),
            reason: leading.and_then(reason),
            refunded_amount: None,
            billing_key_id: None,
            refund: None,
            is_final: leading.is_some() && state.is_final(),
        }
    }

    /// The same with what only the merchant's own servers are told.
    pub(crate) fn for_merchant(view: &OrderView) -> Self {
        let leading = view.leading();
        let refunded = leading.map(Attempt::refunded);
        Self {
            refunded_amount: refunded
                .filter(|money| !money.is_zero())
                .map(|money| money.to_wire()),
            billing_key_id: leading.and_then(Attempt::billing_key_id),
            ..Self::of(view)
        }
    }

    /// The same with the refund that was asked for.
    pub(crate) fn with_refund(self, line: Option<&RefundLine>) -> Self {
        Self {
            refund: line.map(RefundShown::of),
            ..self
        }
    }

    /// The same for a page that proved nothing but that it knows the order's id: how it stands, not by whose card or account.
    pub(crate) fn without_particulars(self) -> Self {
        Self {
            card: None,
            virtual_account: None,
            paid_at: None,
            refunded_amount: None,
            billing_key_id: None,
            refund: None,
            ..self
        }
    }

    /// Whether a waiting page has its answer.
    pub fn is_answer(&self) -> bool {
        self.status.is_answer()
    }
}

/// One refund, as the merchant sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundShown {
    /// The merchant's id of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<String>,
    /// The payment it gives back: not always the order's own (a second capture goes back too).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// How much.
    pub amount: String,
    /// `pending`, `done`, `declined`, `unknown`.
    pub state: RefundState,
    /// When it was asked for.
    pub asked_at: String,
    /// When it was done or declined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
}

impl RefundShown {
    pub(crate) fn of(line: &RefundLine) -> Self {
        Self {
            refund_id: line.id.clone(),
            transaction_id: line.transaction_id.clone(),
            amount: line.money.to_wire(),
            state: line.state,
            asked_at: line.asked_at.to_string(),
            ended_at: line.ended_at.map(|at| at.to_string()),
        }
    }
}

fn reason(attempt: &Attempt) -> Option<Value> {
    let reason = attempt.reason.as_ref()?;
    // A payment that stands has a reason when giving it back did not work, or a person said what became of it.
    let last = attempt.refunds.last();
    let refused = last.is_some_and(|line| line.state == RefundState::Declined);
    let (ko, en) = match attempt.state {
        State::Paid | State::PartiallyRefunded if refused => REFUND_REFUSED,
        state => words(state.status()),
    };
    let mut value = json!({ "code": reason.code, "message": { "ko": ko, "en": en } });
    if let Some(code) = &reason.gateway_code {
        value["gatewayCode"] = Value::from(code.as_str());
    }
    if let Some(message) = &reason.gateway_message {
        value["gatewayMessage"] = Value::from(message.as_str());
    }
    Some(value)
}

const REFUND_REFUSED: (&str, &str) = ("환불이 처리되지 않았습니다", "The refund was not made");

/// One sentence for a buyer. The finer cause is in the code; the gateway's own sentence stands beside it.
fn words(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Paid => ("결제가 완료되었습니다", "The payment is complete"),
        Status::AwaitingDeposit => ("입금을 기다리고 있습니다", "Waiting for your transfer"),
        Status::Registered => ("카드가 등록되었습니다", "The card is registered"),
        Status::Pending => (
            "결제 결과를 확인하고 있습니다",
            "The payment is being checked",
        ),
        Status::Declined => ("결제가 승인되지 않았습니다", "The payment was declined"),
        Status::Cancelled => ("결제가 취소되었습니다", "The payment was cancelled"),
        Status::Expired => ("결제 시간이 지났습니다", "The payment window has expired"),
        Status::InDoubt => (
            "결제 결과를 확인하고 있습니다. 다시 결제하지 마세요",
            "The payment is being checked. Please do not pay again",
        ),
        Status::Review => (
            "결제 내용을 검토하고 있습니다",
            "The payment is under review",
        ),
    }
}
