//! What a request says: its body, and the amounts and ids in it.

use paypair_protocol::{Currency, Error, Gateway, Money};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::Value;

use crate::{ApiError, RawRequest, fault::FieldFault};

/// A JSON body. What is wrong with it is told by field name only: the body may hold what must not be echoed.
pub(crate) fn body<T: for<'a> Deserialize<'a>>(request: &RawRequest) -> Result<T, ApiError> {
    serde_json::from_slice(&request.body).map_err(|error| unreadable(&error))
}

/// Why, in the merchant's words; the whole body may be left out.
pub(super) fn reason_of(request: &RawRequest) -> Result<String, ApiError> {
    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Wish {
        reason: Option<String>,
    }
    let wish: Wish = if request.body.is_empty() {
        Wish::default()
    } else {
        body(request)?
    };
    Ok(wish.reason.unwrap_or_else(|| "merchant".to_owned()))
}

/// A field that is missing, or of a name we do not know, can be told; anything else may hold a value.
fn unreadable(error: &serde_json::Error) -> ApiError {
    let text = error.to_string();
    let named = |start: &str| {
        let (name, _) = text.strip_prefix(start)?.split_once('`')?;
        (name.len() <= LONGEST_NAME).then(|| name.to_owned())
    };
    if let Some(name) = named("missing field `") {
        ApiError::field_fault(FieldFault::new(
            name.as_str(),
            "field_missing",
            format!("{name} 값이 없습니다. 값을 넣어 주세요."),
            format!("{name} is missing; send a value."),
        ))
    } else if let Some(name) = named("unknown field `") {
        ApiError::field_fault(FieldFault::new(
            name.as_str(),
            "field_unknown",
            format!("{name}: 이런 필드는 없습니다. 철자를 확인하거나 빼 주세요."),
            format!("{name}: there is no such field; check its spelling or leave it out."),
        ))
    } else {
        ApiError::BodyUnreadable
    }
}

/// Longer than any field's name.
const LONGEST_NAME: usize = 40;

/// Reads an amount in its currency; what is wrong with either is added to the faults.
pub(super) fn money_of(
    gateway: Gateway,
    amount: &str,
    currency: Option<&str>,
    faults: &mut Vec<FieldFault>,
) -> Option<Money> {
    let currency = match Currency::parse(currency.unwrap_or("KRW")) {
        Ok(currency) => currency,
        Err(error) => {
            faults.push(FieldFault::of("currency", &error));
            return None;
        }
    };
    if gateway != Gateway::PayletterGlobal && currency != Currency::KRW {
        faults.push(FieldFault::invalid(
            "currency",
            "이 결제사는 원화(KRW)만 받습니다",
            "this gateway collects won (KRW)",
        ));
    }
    let money = Money::parse(amount, &currency).and_then(|money| {
        if money.is_zero() {
            Err(Error::AmountTooSmall { min: 1 })
        } else {
            Ok(money)
        }
    });
    money
        .map_err(|error| faults.push(FieldFault::of("amount", &error)))
        .ok()
}

/// What is wrong with an order id of the merchant's.
pub(super) fn order_id_fault(gateway: Gateway, id: &str) -> Option<FieldFault> {
    let max = gateway.order_id_max();
    if id.is_empty() {
        Some(FieldFault::missing("orderId"))
    } else if id.len() > max {
        let max = u16::try_from(max).unwrap_or(u16::MAX);
        let field = "orderId";
        Some(FieldFault::of(field, &Error::FieldTooLong { field, max }))
    } else if id.contains(|c: char| !c.is_ascii_graphic()) {
        let field = "orderId";
        Some(FieldFault::of(field, &Error::FieldNotAscii { field }))
    } else {
        None
    }
}

/// Adds what the gateway's tables say of fields that nothing was said of yet. Any other error stands for itself.
pub(super) fn add_unless_told(
    faults: &mut Vec<FieldFault>,
    checked: Result<(), ApiError>,
) -> Result<(), ApiError> {
    match checked {
        Ok(()) => Ok(()),
        Err(ApiError::Fields(more)) => {
            for fault in more {
                if faults.iter().all(|told| told.field != fault.field) {
                    faults.push(fault);
                }
            }
            Ok(())
        }
        Err(other) => Err(other),
    }
}

/// Amounts are text; an integer literal is text too. A float is refused: it may already have lost a won.
pub(super) fn text_or_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(D::Error::custom("amount: text or an integer")),
    }
}
