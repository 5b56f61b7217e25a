//! What can go wrong at the door or behind it, and what the caller is told. Inner causes are logged, never sent.

use paypair_protocol::Fault;
use serde_json::{Value, json};

use crate::http::RawResponse;

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
    /// The body is over the limit.
    #[error("the body is too large")]
    BodyTooLarge,
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
    /// A field of an order is not acceptable.
    #[error("{field}: {reason}")]
    FieldInvalid {
        /// Our name of the field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The gateway's field tables refuse what would be sent.
    #[error("{}", .0.error)]
    Field(Fault),
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
    /// The state of the order does not allow it.
    #[error("the order is not in a state for that")]
    NotNow,
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
            Self::BodyTooLarge => "body_too_large",
            Self::BodyUnreadable => "body_unreadable",
            Self::Unauthorized => "unauthorized",
            Self::SignatureRefused(error) => error.code(),
            Self::OriginRefused => "origin_refused",
            Self::FieldInvalid { .. } => "field_invalid",
            Self::Field(fault) => fault.error.code(),
            Self::GatewayNotConfigured(_) => "gateway_not_configured",
            Self::OrderExists => "order_exists",
            Self::OrderUnknown => "order_unknown",
            Self::OrderSourceDown => "order_source_down",
            Self::NotNow => "not_now",
            Self::GatewayRefused { .. } => "gateway_refused",
            Self::GatewayDown => "gateway_down",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status for it.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound | Self::OrderUnknown => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTooLarge => 413,
            Self::BodyUnreadable | Self::SignatureRefused(_) => 400,
            Self::Unauthorized => 401,
            Self::OriginRefused => 403,
            Self::FieldInvalid { .. } | Self::Field(_) | Self::GatewayNotConfigured(_) => 422,
            Self::OrderExists | Self::NotNow => 409,
            Self::GatewayRefused { .. } | Self::GatewayDown | Self::OrderSourceDown => 502,
            Self::Busy => 503,
            Self::Internal => 500,
        }
    }

    /// The same request may succeed later.
    pub fn retryable(&self) -> bool {
        matches!(
            self,
            Self::GatewayDown | Self::OrderSourceDown | Self::Busy | Self::Internal
        )
    }

    /// Which field it is about.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::FieldInvalid { field, .. } => Some(field),
            Self::Field(fault) => Some(fault.field),
            _ => None,
        }
    }

    /// For people, in Korean.
    pub fn ko(&self) -> String {
        match self {
            Self::NotFound => "해당 주소가 없습니다".to_owned(),
            Self::MethodNotAllowed => "지원하지 않는 요청 방식입니다".to_owned(),
            Self::BodyTooLarge => "요청 본문이 너무 큽니다".to_owned(),
            Self::BodyUnreadable => "요청 본문을 읽을 수 없습니다".to_owned(),
            Self::Unauthorized => "인증 정보가 없거나 이 주문의 것이 아닙니다".to_owned(),
            Self::SignatureRefused(error) => paypair_protocol::locale::ko::message(error),
            Self::OriginRefused => "허용되지 않은 출처입니다".to_owned(),
            Self::FieldInvalid { field, .. } => format!("{field} 값이 올바르지 않습니다"),
            Self::Field(fault) => paypair_protocol::locale::ko::message(&fault.error),
            Self::GatewayNotConfigured(_) => "설정되지 않은 결제 서비스입니다".to_owned(),
            Self::OrderExists => "같은 주문번호의 다른 주문이 있습니다".to_owned(),
            Self::OrderUnknown => "주문 금액을 확인할 수 없습니다".to_owned(),
            Self::OrderSourceDown => "주문 정보를 조회하지 못했습니다".to_owned(),
            Self::NotNow => "현재 상태에서는 할 수 없습니다".to_owned(),
            Self::GatewayRefused { .. } => "결제 서비스가 요청을 거절했습니다".to_owned(),
            Self::GatewayDown => {
                "결제 서비스가 응답하지 않습니다. 잠시 후 다시 시도해 주세요".to_owned()
            }
            Self::Busy => "요청이 많습니다. 잠시 후 다시 시도해 주세요".to_owned(),
            Self::Internal => "서버 오류가 발생했습니다".to_owned(),
        }
    }

    /// For people, in English.
    pub fn en(&self) -> String {
        match self {
            Self::Field(fault) => paypair_protocol::locale::en::message(&fault.error),
            other => other.to_string(),
        }
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
        if let Self::GatewayRefused { code, message } = self {
            error["gatewayCode"] = Value::from(code.as_str());
            error["gatewayMessage"] = Value::from(message.as_str());
        }
        let response = RawResponse::json(self.status(), &json!({ "error": error }));
        match self {
            Self::Busy => response.with_header("retry-after", "1"),
            _ => response,
        }
    }
}
