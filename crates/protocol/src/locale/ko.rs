//! 한국어 문장.

use alloc::{borrow::ToOwned, string::String};

use crate::{Error, text::digits};

/// 무엇이 잘못되었고 어떻게 하면 되는지.
#[must_use]
pub fn message(error: &Error) -> String {
    match error {
        Error::FieldMissing { field } => [field, " 값이 없습니다. 값을 넣어 주세요."].concat(),
        Error::FieldTooLong { field, max } => [
            field,
            " 값이 너무 깁니다. ",
            &digits((*max).into()),
            "자 이내로 줄여 주세요.",
        ]
        .concat(),
        Error::FieldTooShort { field, min } => [
            field,
            " 값이 너무 짧습니다. ",
            &digits((*min).into()),
            "자 이상으로 넣어 주세요.",
        ]
        .concat(),
        Error::FieldNotDigits { field } => [field, " 값에는 숫자만 넣어 주세요."].concat(),
        Error::FieldNotAllowed { field } => [
            field,
            " 값을 결제사가 알지 못합니다. 필드 표에 있는 값을 넣어 주세요.",
        ]
        .concat(),
        Error::FieldForbiddenCharacter { field } => {
            [field, " 값에 쓸 수 없는 문자가 있습니다. 빼 주세요."].concat()
        }
        Error::FieldHasEmoji { field } => [
            field,
            " 값에 이모티콘이 있습니다. 일부 카드사에서 오류가 나므로 빼 주세요.",
        ]
        .concat(),
        Error::FieldNotAscii { field } => {
            [field, " 값에는 영문, 숫자, 기호만 넣어 주세요."].concat()
        }
        Error::FieldNotDate { field } => {
            [field, " 값이 날짜가 아닙니다. YYYYMMDD로 넣어 주세요."].concat()
        }
        Error::FieldNotTime { field } => {
            [field, " 값이 시각이 아닙니다. HHMM으로 넣어 주세요."].concat()
        }
        Error::FieldNotUrl { field } => [
            field,
            " 값이 전체 주소가 아닙니다. https://로 시작하게 넣어 주세요.",
        ]
        .concat(),
        Error::FieldNotEmail { field } => {
            [field, " 값이 이메일 주소가 아닙니다. 고쳐 주세요."].concat()
        }
        Error::FieldNotIp { field } => [field, " 값이 IP 주소가 아닙니다. 고쳐 주세요."].concat(),
        #[cfg(feature = "server")]
        Error::FieldNotForMethod { field } => [
            field,
            " 값은 이 결제수단에서 쓸 수 없습니다. 결제수단을 바꾸거나 빼 주세요.",
        ]
        .concat(),
        #[cfg(feature = "server")]
        Error::FieldOutOfRange { field, min, max } => [
            field,
            " 값이 범위를 벗어났습니다. ",
            &digits((*min).into()),
            "에서 ",
            &digits((*max).into()),
            "까지 넣어 주세요.",
        ]
        .concat(),
        Error::FieldDuplicated { field } => [
            "서명된 메시지에 ",
            field,
            " 값이 두 번 있습니다. 믿지 마세요.",
        ]
        .concat(),
        Error::NameUnknown => "알 수 없는 이름입니다. 철자를 확인해 주세요.".to_owned(),
        Error::SecretInPage => {
            "페이지에 서버 키가 들어 있습니다. 페이지에서 빼고 서버에만 두세요.".to_owned()
        }
        Error::AmountMalformed => {
            "금액이 숫자가 아닙니다. 부호와 쉼표 없이 숫자만 넣어 주세요.".to_owned()
        }
        Error::AmountTooLarge => "금액이 너무 큽니다. 확인해 주세요.".to_owned(),
        Error::AmountTooPrecise { decimals } => [
            "금액의 소수 자리가 너무 많습니다. 이 통화는 ",
            &digits((*decimals).into()),
            "자리입니다.",
        ]
        .concat(),
        Error::AmountTooSmall { min } => [
            "금액이 너무 작습니다. ",
            &digits(*min),
            " 이상으로 넣어 주세요.",
        ]
        .concat(),
        Error::CurrencyMalformed => "통화는 KRW처럼 영문 대문자 세 자로 넣어 주세요.".to_owned(),
        Error::BodyMalformed => "본문을 읽을 수 없습니다. 폼이나 JSON으로 보내 주세요.".to_owned(),
        Error::HashMissing => "메시지에 서명이 없습니다. 믿지 마세요.".to_owned(),
        Error::HashMismatch => {
            "서명이 일치하지 않습니다. 키를 확인하고 메시지를 믿지 마세요.".to_owned()
        }
        Error::UrlMalformed => "주소가 올바르지 않습니다. 확인해 주세요.".to_owned(),
        Error::UrlNotAllowed => "결제사의 주소가 아니어서 아무것도 보내지 않았습니다.".to_owned(),
        Error::SandboxNotLocal => {
            "샌드박스는 이 컴퓨터에서만 씁니다. localhost 주소를 넣어 주세요.".to_owned()
        }
    }
}
