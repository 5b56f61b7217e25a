//! What is wrong with one field of a request: our name of it, a stable code, and what to do, in both languages.

use paypair_protocol::{Error, Fault, locale};
use serde::Serialize;
use serde_json::{Value, json};

/// One field that cannot be taken as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// The field as the request writes it: `amount`, `customer.email`, `options.taxAmount`.
    pub field: String,
    /// Stable name of the cause.
    pub code: &'static str,
    ko: String,
    en: String,
}

impl FieldFault {
    /// A fault with sentences of its own.
    pub(crate) fn new(
        field: impl Into<String>,
        code: &'static str,
        ko: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code,
            ko: ko.into(),
            en: en.into(),
        }
    }

    /// A cause that the field tables know too, of a field that is none of theirs.
    pub(crate) fn of(field: impl Into<String>, error: &Error) -> Self {
        Self {
            field: field.into(),
            code: error.code(),
            ko: locale::ko::message(error),
            en: locale::en::message(error),
        }
    }

    /// A needed field that is not there.
    pub(crate) fn missing(field: &'static str) -> Self {
        Self::of(field, &Error::FieldMissing { field })
    }

    /// A value that is none of those that make sense here; `ko` and `en` say which do.
    pub(crate) fn invalid(field: &'static str, ko: &str, en: &str) -> Self {
        Self::new(
            field,
            "field_invalid",
            format!("{field}: {ko}"),
            format!("{field}: {en}"),
        )
    }

    /// An option that this gateway, or this method, does not have.
    pub(crate) fn option_not_offered(field: impl Into<String>) -> Self {
        let field = field.into();
        Self::new(
            field.clone(),
            "option_not_offered",
            format!("{field}: 이 결제사나 결제수단에는 없는 옵션입니다. 빼 주세요."),
            format!("{field}: this gateway or method has no such option. Leave it out."),
        )
    }

    /// The same fault of a field that stands elsewhere in the request.
    pub(crate) fn at(self, field: &str) -> Self {
        let (ko, en) = (
            self.ko.replacen(&self.field, field, 1),
            self.en.replacen(&self.field, field, 1),
        );
        Self {
            field: field.to_owned(),
            ko,
            en,
            ..self
        }
    }

    /// For people, in Korean.
    pub fn ko(&self) -> &str {
        &self.ko
    }

    /// For people, in English.
    pub fn en(&self) -> &str {
        &self.en
    }

    pub(crate) fn show(&self) -> Value {
        json!({
            "field": self.field,
            "code": self.code,
            "message": { "ko": self.ko, "en": self.en },
        })
    }
}

impl From<Fault> for FieldFault {
    /// The field tables speak of the gateway's message; the caller wrote an order.
    fn from(fault: Fault) -> Self {
        Self::of(fault.field, &fault.error).at(&request_name(fault.field))
    }
}

/// How a request writes the field of a table: `customer_email` is `customer.email`, `tax_amount` is `options.taxAmount`.
fn request_name(field: &str) -> String {
    if let Some(part) = field.strip_prefix("customer_")
        && matches!(part, "id" | "name" | "phone" | "email")
    {
        return format!("customer.{part}");
    }
    match field {
        "billing_key" => "billingKeyId".to_owned(),
        "repeat_year" => "repeat.year".to_owned(),
        "repeat_month" => "repeat.month".to_owned(),
        "expires_on" => "options.accountExpires.on".to_owned(),
        "expires_time" => "options.accountExpires.time".to_owned(),
        "app_return_url" => "options.inApp.returnUrl".to_owned(),
        "app_cancel_url" => "options.inApp.cancelUrl".to_owned(),
        "cash_receipt" => "options.showCashReceipt".to_owned(),
        "billing" => "options.recurring".to_owned(),
        "extra" => "options.payInfo".to_owned(),
        "payer_country" => "options.paypalBuyer.country".to_owned(),
        "city" | "country" | "line1" | "postcode" => format!("options.billingAddress.{field}"),
        "first_name" | "last_name" | "phone" | "joined_at" => {
            format!("options.paypalBuyer.{}", camel(field))
        }
        "interval" | "every" | "cycles" => format!("options.subscription.{field}"),
        _ if OPTIONS.contains(&field) => format!("options.{}", camel(field)),
        _ => camel(field),
    }
}

/// Fields of the tables that a request writes among its options.
const OPTIONS: [&str; 15] = [
    "tax_free_amount",
    "tax_amount",
    "taxable",
    "receipt_email",
    "recurring",
    "show_cash_receipt",
    "key_in",
    "cup_deposit",
    "service_name",
    "app_scheme",
    "custom1",
    "custom2",
    "pin",
    "in_app",
    "cancel_to_return_url",
];

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text + letters.as_str()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_the_field_as_the_caller_wrote_it() {
        let fault = |field| {
            FieldFault::from(Fault {
                field,
                wire: "",
                error: Error::FieldMissing { field },
            })
        };
        let named = fault("customer_email");
        assert_eq!(
            (&*named.field, named.code),
            ("customer.email", "field_missing")
        );
        assert!(named.ko().starts_with("customer.email 값이"), "{named:?}");
        assert!(named.en().contains("customer.email"), "{named:?}");
        assert_eq!(fault("tax_free_amount").field, "options.taxFreeAmount");
        assert_eq!(fault("product_name").field, "productName");
        assert_eq!(fault("joined_at").field, "options.paypalBuyer.joinedAt");
        assert_eq!(fault("every").field, "options.subscription.every");
    }
}
