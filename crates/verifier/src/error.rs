//! What can go wrong at the door or behind it, and what the caller is told. Inner causes are logged, never sent.

use paypair_ledger::{Refused, StoreError};
use paypair_protocol::Money;
use serde_json::{Value, json};

use crate::{
    charge_bar::ChargeBar,
    fault::FieldFault,
    http::RawResponse,
    merchant::{ReceiptBar, ResolveBar},
};

/// Why a request was not done.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// No such route.
    #[error("there is nothing at this address")]
    NotFound,
    /// The route exists, the method does not.
    #[error("this address does not take that method")]
    MethodNotAllowed,
    /// The address or the headers are over the limit.
    #[error("the address or the headers are too large; send fewer or shorter ones")]
    HeadersTooLarge,
    /// The body is over the limit.
    #[error("the body is too large")]
    BodyTooLarge,
    /// The body does not come to an end.
    #[error("the body took too long to arrive; send it again")]
    BodyTooSlow,
    /// The body is not what the route reads.
    #[error("the body cannot be read")]
    BodyUnreadable,
    /// Bearer token or client secret missing or wrong; an order that does not exist answers the same.
    #[error("the secret is missing or does not belong to this order")]
    Unauthorized,
    /// A message whose signature is missing or not ours.
    #[error("{0}")]
    SignatureRefused(paypair_protocol::Error),
    /// A page of an origin that is not configured.
    #[error("this origin is not allowed")]
    OriginRefused,
    /// Fields that cannot be taken as they are: all of them at once. Never empty.
    #[error("{}", .0.iter().map(FieldFault::en).collect::<Vec<_>>().join(" "))]
    Fields(Vec<FieldFault>),
    /// The gateway of the order is not configured.
    #[error("gateway {0} is not configured")]
    GatewayNotConfigured(&'static str),
    /// The order is known with other content.
    #[error("this order id is taken by another order")]
    OrderExists,
    /// The merchant's order source does not know the order.
    #[error("no expected amount is known for this order")]
    OrderUnknown,
    /// The order source could not be asked.
    #[error("the order source did not answer")]
    OrderSourceDown,
    /// The order was registered with options of a later version than this one.
    #[error(
        "the order has options that this version of paypair does not know; run the version that it was registered with"
    )]
    OptionsUnreadable,
    /// The state of the order does not allow it.
    #[error("the order is not in a state for that")]
    NotNow,
    /// No billing key has this id.
    #[error("no billing key has this id; list those of the customer")]
    BillingKeyUnknown,
    /// The billing key is deleted, or is being deleted.
    #[error("the billing key is deleted or being deleted; let the customer register a card again")]
    BillingKeyNotActive,
    /// The billing key was first seen with another customer, and stays theirs.
    #[error("the billing key belongs to another customer")]
    BillingKeyOfOtherCustomer,
    /// A charge of the key is on its way, or its outcome is not known yet: the key is still needed.
    #[error("a charge of this billing key is running or in doubt; wait for its outcome")]
    ChargeRunning,
    /// The method, or the gateway's rules for it, do not let this key be charged now.
    #[error("{}", .0.en())]
    ChargeBarred(ChargeBar),
    /// The method gives billing keys on a phone only.
    #[error("Chai gives billing keys on a phone only; open the window there")]
    PhoneOnly,
    /// There is nothing to give back: not paid, or given back already.
    #[error("there is nothing to give back: the order is not paid, or all of it went back already")]
    NothingToRefund,
    /// A refund of this order is on its way, or its outcome is not known yet.
    #[error("a refund of this order is running or in doubt; wait for its outcome")]
    RefundRunning,
    /// More than is left of the payment.
    #[error("more than is left of the payment{}", .left.map(|left| format!(": at most {left}")).unwrap_or_default())]
    RefundTooLarge {
        /// What is left, if it is known.
        left: Option<Money>,
    },
    /// The order was paid twice, and the refund does not say which payment it is about.
    #[error("more than one payment of this order stands; say which to give back: transactionId")]
    RefundPaymentNeeded,
    /// No payment of the order that stands has this id.
    #[error("no payment of this order that stands has this transactionId; look at the order again")]
    RefundPaymentUnknown,
    /// The order was paid twice, and the gateway's refund cannot say which payment it is about.
    #[error(
        "more than one payment of this order stands and this gateway's refund cannot name one: cancel it in the gateway's admin \
         pages, then look the order up or resolve it"
    )]
    RefundPaymentUnnameable,
    /// The refund id stands for another refund of this order.
    #[error("this refund id stands for a refund of other content; take a new id")]
    RefundIdUsed,
    /// The method cannot be cancelled through the gateway.
    #[error(
        "this method cannot be refunded through the gateway; pay the customer back another way"
    )]
    RefundNotOffered,
    /// The method, or the deposit for cups, allows the whole only.
    #[error("this payment can only be refunded as a whole")]
    PartialRefundNotOffered,
    /// The method's time for cancelling is over.
    #[error("the time to refund this method is over; pay the customer back another way")]
    RefundTooLate,
    /// No delivery has this id.
    #[error("no delivery has this id; list them")]
    DeliveryUnknown,
    /// The hook took the event, and takes each once.
    #[error("the hook took this event already, and takes each once")]
    DeliveryDone,
    /// The gateway has nothing of the kind.
    #[error("this gateway does not offer that")]
    NotOffered,
    /// There is no receipt of this kind for the payment.
    #[error("there is no such receipt for this payment")]
    ReceiptNotOffered,
    /// No cash receipt is issued, or taken back, as things are.
    #[error("{}", .0.en())]
    ReceiptBarred(ReceiptBar),
    /// A person's word does not settle it, as things are.
    #[error("{}", .0.en())]
    ResolveBarred(ResolveBar),
    /// A comparison with the gateways' books runs already.
    #[error("a reconciliation is running; wait for it, then ask again")]
    ReconciliationRunning,
    /// No run of this process has this name.
    #[error("there is no such run of this process; start a new one")]
    RunUnknown,
    /// No break has this number.
    #[error("there is no break of this number; look at the list again")]
    BreakUnknown,
    /// The break ended already.
    #[error("this break is resolved already")]
    BreakNotOpen,
    /// The gateway said no before any money moved.
    #[error("the gateway refused: {message}")]
    GatewayRefused {
        /// The gateway's code.
        code: String,
        /// The gateway's words.
        message: String,
    },
    /// The gateway gave no usable answer before any money moved.
    #[error("the gateway does not answer")]
    GatewayDown,
    /// The header `Idempotency-Key` cannot be read.
    #[error(
        "the Idempotency-Key cannot be read; send one key of 1 to 255 printable ASCII characters, best in quotes"
    )]
    IdempotencyKeyInvalid,
    /// Neither an id of the merchant's nor an idempotency key, where sending it again would move money again.
    #[error(
        "a charge needs an orderId of yours or an Idempotency-Key: sent again without one, it would charge again"
    )]
    IdempotencyKeyMissing,
    /// The idempotency key stood for another request before.
    #[error("this idempotency key stands for another request; take a new key")]
    IdempotencyKeyUsed,
    /// The request of this idempotency key is being done just now.
    #[error("the request of this idempotency key is still running; send it again in a while")]
    IdempotencyKeyRunning,
    /// Too much from a stranger.
    #[error("too many requests; try again in {retry_after} seconds")]
    TooManyRequests {
        /// When the next one is heard.
        retry_after: u64,
    },
    /// The store is full or failing; nothing was changed.
    #[error("too busy, try again")]
    Busy,
    /// A fault of ours.
    #[error("internal fault")]
    Internal,
}

impl ApiError {
    /// Stable name of the cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::HeadersTooLarge => "headers_too_large",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTooSlow => "body_too_slow",
            Self::BodyUnreadable => "body_unreadable",
            Self::Unauthorized => "unauthorized",
            Self::SignatureRefused(error) => error.code(),
            Self::OriginRefused => "origin_refused",
            Self::Fields(_) => "fields_invalid",
            Self::GatewayNotConfigured(_) => "gateway_not_configured",
            Self::OrderExists => "order_exists",
            Self::OrderUnknown => "order_unknown",
            Self::OrderSourceDown => "order_source_down",
            Self::OptionsUnreadable => "options_unreadable",
            Self::NotNow => "not_now",
            Self::BillingKeyUnknown => "billing_key_unknown",
            Self::BillingKeyNotActive => "billing_key_not_active",
            Self::BillingKeyOfOtherCustomer => "billing_key_of_other_customer",
            Self::ChargeRunning => "charge_running",
            Self::ChargeBarred(bar) => bar.code(),
            Self::PhoneOnly => "phone_only",
            Self::NothingToRefund => "nothing_to_refund",
            Self::RefundRunning => "refund_running",
            Self::RefundTooLarge { .. } => "refund_too_large",
            Self::RefundPaymentNeeded => "refund_payment_needed",
            Self::RefundPaymentUnknown => "refund_payment_unknown",
            Self::RefundPaymentUnnameable => "refund_payment_unnameable",
            Self::RefundIdUsed => "refund_id_used",
            Self::RefundNotOffered => "refund_not_offered",
            Self::PartialRefundNotOffered => "partial_refund_not_offered",
            Self::RefundTooLate => "refund_too_late",
            Self::DeliveryUnknown => "delivery_unknown",
            Self::DeliveryDone => "delivery_done",
            Self::NotOffered => "not_offered",
            Self::ReceiptNotOffered => "receipt_not_offered",
            Self::ReceiptBarred(bar) => bar.code(),
            Self::ResolveBarred(bar) => bar.code(),
            Self::ReconciliationRunning => "reconciliation_running",
            Self::RunUnknown => "run_unknown",
            Self::BreakUnknown => "break_unknown",
            Self::BreakNotOpen => "break_not_open",
            Self::GatewayRefused { .. } => "gateway_refused",
            Self::GatewayDown => "gateway_down",
            Self::IdempotencyKeyInvalid => "idempotency_key_invalid",
            Self::IdempotencyKeyMissing => "idempotency_key_missing",
            Self::IdempotencyKeyUsed => "idempotency_key_used",
            Self::IdempotencyKeyRunning => "idempotency_key_running",
            Self::TooManyRequests { .. } => "too_many_requests",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status for it.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound
            | Self::OrderUnknown
            | Self::BillingKeyUnknown
            | Self::DeliveryUnknown
            | Self::RunUnknown
            | Self::BreakUnknown => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTooSlow => 408,
            Self::BodyTooLarge => 413,
            Self::HeadersTooLarge => 431,
            Self::BodyUnreadable
            | Self::SignatureRefused(_)
            | Self::IdempotencyKeyInvalid
            | Self::IdempotencyKeyMissing => 400,
            Self::Unauthorized => 401,
            Self::OriginRefused => 403,
            Self::Fields(_)
            | Self::GatewayNotConfigured(_)
            | Self::RefundTooLarge { .. }
            | Self::PhoneOnly
            | Self::IdempotencyKeyUsed
            | Self::RefundNotOffered
            | Self::PartialRefundNotOffered
            | Self::NotOffered
            | Self::ReceiptNotOffered => 422,
            Self::OrderExists
            | Self::NotNow
            | Self::BillingKeyNotActive
            | Self::BillingKeyOfOtherCustomer
            | Self::ChargeRunning
            | Self::IdempotencyKeyRunning
            | Self::ChargeBarred(_)
            | Self::NothingToRefund
            | Self::RefundRunning
            | Self::RefundPaymentNeeded
            | Self::RefundPaymentUnknown
            | Self::RefundPaymentUnnameable
            | Self::RefundIdUsed
            | Self::RefundTooLate
            | Self::DeliveryDone
            | Self::ReconciliationRunning
            | Self::BreakNotOpen => 409,
            Self::ReceiptBarred(bar) => bar.status(),
            Self::ResolveBarred(_) => 409,
            Self::GatewayRefused { .. } | Self::GatewayDown | Self::OrderSourceDown => 502,
            Self::TooManyRequests { .. } => 429,
            Self::Busy => 503,
            Self::OptionsUnreadable | Self::Internal => 500,
        }
    }

    /// The same request may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::BodyTooSlow
                | Self::GatewayDown
                | Self::OrderSourceDown
                | Self::IdempotencyKeyRunning
                | Self::TooManyRequests { .. }
                | Self::Busy
                | Self::Internal
        )
    }

    /// Nobody who shows what is needed is answered so.
    pub(crate) fn is_a_strangers(&self) -> bool {
        matches!(
            self,
            Self::NotFound
                | Self::MethodNotAllowed
                | Self::HeadersTooLarge
                | Self::BodyTooLarge
                | Self::Unauthorized
                | Self::SignatureRefused(_)
                | Self::OriginRefused
        )
    }

    /// Which field it is about; of several, the first.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Fields(faults) => faults.first().map(|fault| fault.field.as_str()),
            Self::RefundTooLarge { .. } | Self::PartialRefundNotOffered => Some("amount"),
            Self::RefundIdUsed => Some("refundId"),
            Self::RefundPaymentNeeded | Self::RefundPaymentUnknown => Some("transactionId"),
            Self::BillingKeyOfOtherCustomer => Some("customerId"),
            _ => None,
        }
    }

    /// Nothing, or every one of these faults.
    pub(crate) fn unless_fine<F: Into<FieldFault>>(
        faults: impl IntoIterator<Item = F>,
    ) -> Result<(), Self> {
        let faults: Vec<FieldFault> = faults.into_iter().map(Into::into).collect();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Self::Fields(faults))
        }
    }

    /// One field alone.
    pub(crate) fn field_fault(fault: impl Into<FieldFault>) -> Self {
        Self::Fields(vec![fault.into()])
    }

    /// For people, in Korean.
    pub fn ko(&self) -> String {
        match self {
            Self::NotFound => "해당 주소가 없습니다".to_owned(),
            Self::MethodNotAllowed => "지원하지 않는 요청 방식입니다".to_owned(),
            Self::HeadersTooLarge => {
                "주소나 헤더가 너무 큽니다. 헤더를 줄여 주세요".to_owned()
            }
            Self::BodyTooLarge => "요청 본문이 너무 큽니다".to_owned(),
            Self::BodyTooSlow => {
                "요청 본문이 너무 늦게 도착했습니다. 다시 보내 주세요".to_owned()
            }
            Self::BodyUnreadable => "요청 본문을 읽을 수 없습니다".to_owned(),
            Self::Unauthorized => "인증 정보가 없거나 이 주문의 것이 아닙니다".to_owned(),
            Self::SignatureRefused(error) => paypair_protocol::locale::ko::message(error),
            Self::OriginRefused => "허용되지 않은 출처입니다".to_owned(),
            Self::Fields(faults) => {
                let sentences: Vec<&str> = faults.iter().map(FieldFault::ko).collect();
                sentences.join(" ")
            }
            Self::GatewayNotConfigured(_) => "설정되지 않은 결제 서비스입니다".to_owned(),
            Self::OrderExists => "같은 주문번호의 다른 주문이 있습니다".to_owned(),
            Self::OrderUnknown => "주문 금액을 확인할 수 없습니다".to_owned(),
            Self::OrderSourceDown => "주문 정보를 조회하지 못했습니다".to_owned(),
            Self::OptionsUnreadable => {
                "이 버전이 모르는 옵션이 있는 주문입니다. 주문을 등록한 버전의 paypair 로 실행해 주세요"
                    .to_owned()
            }
            Self::NotNow => "현재 상태에서는 할 수 없습니다".to_owned(),
            Self::BillingKeyUnknown => {
                "이 ID의 빌링키가 없습니다. 고객의 빌링키 목록을 확인해 주세요".to_owned()
            }
            Self::BillingKeyNotActive => {
                "해지되었거나 해지 중인 빌링키입니다. 고객이 카드를 다시 등록해야 합니다".to_owned()
            }
            Self::BillingKeyOfOtherCustomer => "다른 고객의 빌링키입니다".to_owned(),
            Self::ChargeRunning => {
                "이 빌링키의 결제가 진행 중이거나 결과를 확인 중입니다. 결과를 기다려 주세요"
                    .to_owned()
            }
            Self::ChargeBarred(bar) => bar.ko().to_owned(),
            Self::PhoneOnly => {
                "차이 자동결제는 휴대폰에서만 등록할 수 있습니다. 휴대폰에서 결제창을 열어 주세요"
                    .to_owned()
            }
            Self::NothingToRefund => {
                "환불할 금액이 없습니다. 결제되지 않았거나 이미 모두 환불되었습니다".to_owned()
            }
            Self::RefundRunning => {
                "이 주문의 환불이 진행 중이거나 결과를 확인 중입니다. 결과를 기다려 주세요"
                    .to_owned()
            }
            Self::RefundTooLarge { left: Some(left) } => {
                format!("환불할 수 있는 금액보다 많습니다. 최대 {left}입니다")
            }
            Self::RefundTooLarge { left: None } => "환불할 수 있는 금액보다 많습니다".to_owned(),
            Self::RefundPaymentNeeded => {
                "이 주문에 결제가 두 건 이상 있습니다. 환불할 결제의 transactionId 를 알려 주세요"
                    .to_owned()
            }
            Self::RefundPaymentUnknown => {
                "이 주문에 해당 transactionId 의 결제가 없습니다. 주문을 다시 확인해 주세요"
                    .to_owned()
            }
            Self::RefundPaymentUnnameable => {
                "이 주문에 결제가 두 건 이상 있고, 이 결제사의 환불은 결제를 지정할 수 없습니다. 결제사 관리자 페이지에서 취소한 뒤 주문을 다시 조회하거나 결과를 알려 주세요"
                    .to_owned()
            }
            Self::RefundIdUsed => {
                "다른 내용의 환불에 쓴 환불 ID입니다. 새 ID를 써 주세요".to_owned()
            }
            Self::RefundNotOffered => {
                "결제사를 통해 취소할 수 없는 결제수단입니다. 다른 방법으로 환불해 주세요"
                    .to_owned()
            }
            Self::PartialRefundNotOffered => {
                "부분 취소를 할 수 없는 결제입니다. 전액만 취소할 수 있습니다".to_owned()
            }
            Self::RefundTooLate => {
                "이 결제수단의 취소 가능 기간이 지났습니다. 다른 방법으로 환불해 주세요".to_owned()
            }
            Self::DeliveryUnknown => {
                "이 ID의 알림이 없습니다. 알림 목록을 확인해 주세요".to_owned()
            }
            Self::DeliveryDone => {
                "훅이 이미 처리한 알림입니다. 한 번만 처리됩니다".to_owned()
            }
            Self::NotOffered => "이 결제사에는 없는 기능입니다".to_owned(),
            Self::ReceiptNotOffered => "이 결제에는 해당 영수증이 없습니다".to_owned(),
            Self::ReceiptBarred(bar) => bar.ko().to_owned(),
            Self::ResolveBarred(bar) => bar.ko().to_owned(),
            Self::ReconciliationRunning => {
                "대사가 이미 진행 중입니다. 끝난 뒤 다시 요청해 주세요".to_owned()
            }
            Self::RunUnknown => {
                "이 프로세스에 그런 대사 실행이 없습니다. 새로 시작해 주세요".to_owned()
            }
            Self::BreakUnknown => {
                "이 번호의 불일치 항목이 없습니다. 목록을 다시 확인해 주세요".to_owned()
            }
            Self::BreakNotOpen => "이미 해결된 불일치 항목입니다".to_owned(),
            Self::GatewayRefused { .. } => "결제 서비스가 요청을 거절했습니다".to_owned(),
            Self::GatewayDown => {
                "결제 서비스가 응답하지 않습니다. 잠시 후 다시 시도해 주세요".to_owned()
            }
            Self::IdempotencyKeyInvalid => {
                "Idempotency-Key 를 읽을 수 없습니다. 1~255자의 ASCII 키 하나를, 되도록 따옴표로 묶어 보내 주세요"
                    .to_owned()
            }
            Self::IdempotencyKeyMissing => {
                "자동결제 요청에는 orderId 나 Idempotency-Key 가 있어야 합니다. 둘 다 없이 다시 보내면 다시 결제됩니다"
                    .to_owned()
            }
            Self::IdempotencyKeyUsed => {
                "다른 요청에 쓴 Idempotency-Key 입니다. 새 키를 써 주세요".to_owned()
            }
            Self::IdempotencyKeyRunning => {
                "같은 Idempotency-Key 의 요청을 처리하고 있습니다. 잠시 후 다시 보내 주세요"
                    .to_owned()
            }
            Self::TooManyRequests { retry_after } => {
                format!("요청이 너무 많습니다. {retry_after}초 후에 다시 시도해 주세요")
            }
            Self::Busy => "요청이 많습니다. 잠시 후 다시 시도해 주세요".to_owned(),
            Self::Internal => "서버 오류가 발생했습니다".to_owned(),
        }
    }

    /// For people, in English.
    pub fn en(&self) -> String {
        self.to_string()
    }

    /// The answer of the contract: `{"error": {...}}`.
    pub fn to_response(&self) -> RawResponse {
        let mut error = json!({
            "code": self.code(),
            "message": { "ko": self.ko(), "en": self.en() },
            "retryable": self.retryable(),
        });
        if let Some(field) = self.field() {
            error["field"] = Value::from(field);
        }
        if let Self::Fields(faults) = self {
            error["fields"] = faults.iter().map(FieldFault::show).collect();
        }
        if let Self::GatewayRefused { code, message } = self {
            error["gatewayCode"] = Value::from(code.as_str());
            error["gatewayMessage"] = Value::from(message.as_str());
        }
        let response = RawResponse::json(self.status(), &json!({ "error": error }));
        match self {
            Self::TooManyRequests { retry_after } => {
                response.with_header("retry-after", retry_after.to_string())
            }
            Self::Busy | Self::IdempotencyKeyRunning => response.with_header("retry-after", "1"),
            _ => response,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::NotFound => Self::Unauthorized,
            StoreError::OrderExists => Self::OrderExists,
            StoreError::Refused(refused) => Self::of_refusal(&refused),
            StoreError::CallRunning => Self::NotNow,
            other => {
                tracing::error!(error = %other, "the store failed");
                if other.is_retryable() {
                    Self::Busy
                } else {
                    Self::Internal
                }
            }
        }
    }
}

impl ApiError {
    /// What the ledger refuses under the same rules that were asked before: between the two, another request was faster.
    fn of_refusal(refused: &Refused) -> Self {
        match refused.why {
            "charge_running" => Self::ChargeRunning,
            "billing_key_not_active" => Self::BillingKeyNotActive,
            "billing_key_of_other_customer" | "billing_key_taken" => {
                Self::BillingKeyOfOtherCustomer
            }
            why => Self::of_refund_refusal(why),
        }
    }

    /// Why the ledger gives nothing back.
    pub(crate) fn of_refund_refusal(why: &str) -> Self {
        match why {
            "refund_running" => Self::RefundRunning,
            "nothing_to_refund" => Self::NothingToRefund,
            "more_than_left" => Self::RefundTooLarge { left: None },
            "second_payment_in_part" => Self::PartialRefundNotOffered,
            "refund_id_used" => Self::RefundIdUsed,
            "payment_not_named" => Self::RefundPaymentNeeded,
            "payment_unknown" => Self::RefundPaymentUnknown,
            "payment_unnameable" => Self::RefundPaymentUnnameable,
            _ => Self::NotNow,
        }
    }
}
