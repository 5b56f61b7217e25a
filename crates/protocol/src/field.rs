//! Field tables: what a message may say, as data.
//!
//! A table is written once per message. What we send is checked against it, the sandbox checks what it receives with
//! the same rows, and sizes are read from it. Sizes count characters. What we *receive* is never checked here.

use alloc::{borrow::Cow, vec::Vec};

use crate::{Currency, Error, Fault, Money, shape, text};

/// The rows of one message.
#[derive(Debug)]
pub struct Table {
    /// The rows, in wire order.
    pub fields: &'static [Field],
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Our name.
    pub name: &'static str,
    /// The gateway's name.
    pub wire: &'static str,
    /// The manual's word for it.
    #[cfg(feature = "server")]
    pub word: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// When it is needed.
    pub need: Need,
}

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text of at most so many characters.
    Text(u16, Ban),
    /// Digits only, at least and at most so many.
    Digits(u16, u16),
    /// One of these values.
    OneOf(&'static [&'static str]),
    /// Won, at least so many.
    Won(u64),
    /// An amount in the currency that the named wire field holds.
    AmountIn(&'static str),
    /// Three capital letters.
    Currency,
    /// `YYYYMMDD`.
    Date,
    /// `HHMM`.
    Time,
    /// An absolute http(s) URL of at most so many characters.
    Url(u16),
    /// An e-mail address of at most so many characters.
    Email(u16),
    /// An IP address.
    Ip,
}

/// What text must not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ban {
    /// Anything goes.
    Nothing,
    /// Emoji and control characters.
    Emoji,
    /// `<`, `>` and control characters.
    Markup,
    /// `|` and `'`.
    Quotes,
    /// Everything but printable ASCII without the space.
    NonAscii,
}

/// When a field is needed.
#[derive(Debug, Clone, Copy)]
pub enum Need {
    /// Always.
    Required,
    /// Never.
    Optional,
    /// When all conditions of any group hold.
    When(&'static [&'static [When]]),
    /// Unless all conditions of any group hold.
    Unless(&'static [&'static [When]]),
}

/// A condition on another field of the same message, by wire name. Letters compare without case.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// The field holds one of these values.
    Is(&'static str, &'static [&'static str]),
    /// The field is sent.
    Present(&'static str),
    /// The field is not sent.
    Absent(&'static str),
}

/// Looks up a value by wire name.
pub type Values<'v> = dyn Fn(&str) -> Option<Cow<'v, str>> + 'v;

impl Table {
    /// Every row that is not kept, in table order. An empty value counts as not sent.
    #[must_use]
    pub fn check(&self, values: &Values<'_>) -> Vec<Fault> {
        let mut faults = Vec::new();
        for field in self.fields {
            let error = match values(field.wire).filter(|value| !value.is_empty()) {
                Some(value) => field.check(&value, values).err(),
                None if field.need.holds(values) => Some(Error::FieldMissing { field: field.name }),
                None => None,
            };
            if let Some(error) = error {
                faults.push(Fault {
                    field: field.name,
                    wire: field.wire,
                    error,
                });
            }
        }
        faults
    }

    /// The row with this wire name, or with this name of ours (`order_id`, `orderId`).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields
            .iter()
            .find(|field| field.wire == name || text::same_name(field.name, name))
    }
}

impl Need {
    fn holds(self, values: &Values<'_>) -> bool {
        let any = |groups: &[&[When]]| {
            groups
                .iter()
                .any(|all| all.iter().all(|when| when.holds(values)))
        };
        match self {
            Self::Required => true,
            Self::Optional => false,
            Self::When(groups) => any(groups),
            Self::Unless(groups) => !any(groups),
        }
    }
}

impl When {
    fn holds(self, values: &Values<'_>) -> bool {
        match self {
            Self::Is(wire, allowed) => values(wire)
                .is_some_and(|value| allowed.iter().any(|word| value.eq_ignore_ascii_case(word))),
            Self::Present(wire) => values(wire).is_some_and(|value| !value.is_empty()),
            Self::Absent(wire) => values(wire).is_none_or(|value| value.is_empty()),
        }
    }
}

impl Field {
    /// The most characters, where the gateway gives a size.
    #[must_use]
    pub const fn max(&self) -> Option<u16> {
        match self.kind {
            Kind::Text(max, _) | Kind::Digits(_, max) | Kind::Url(max) | Kind::Email(max) => {
                Some(max)
            }
            Kind::Date => Some(8),
            Kind::Time => Some(4),
            Kind::Currency => Some(3),
            Kind::Ip => Some(30),
            Kind::OneOf(_) | Kind::Won(_) | Kind::AmountIn(_) => None,
        }
    }

    fn check(&self, value: &str, values: &Values<'_>) -> Result<(), Error> {
        let field = self.name;
        if let Some(max) = self.max()
            && value.chars().count() > usize::from(max)
            && !matches!(self.kind, Kind::Currency | Kind::Date | Kind::Time)
        {
            return Err(Error::FieldTooLong { field, max });
        }
        match self.kind {
            Kind::Text(_, ban) => ban.check(field, value),
            Kind::Digits(min, _) => {
                if !value.bytes().all(|byte| byte.is_ascii_digit()) {
                    Err(Error::FieldNotDigits { field })
                } else if value.len() < usize::from(min) {
                    Err(Error::FieldTooShort { field, min })
                } else {
                    Ok(())
                }
            }
            Kind::OneOf(allowed) => {
                ok_or(allowed.contains(&value), Error::FieldNotAllowed { field })
            }
            Kind::Won(min) => {
                let amount = Money::parse(value, &Currency::KRW)?;
                ok_or(amount.minor >= min, Error::AmountTooSmall { min })
            }
            Kind::AmountIn(wire) => {
                // A bad currency is a fault of its own row; here only the shape of the number counts.
                let currency = values(wire).and_then(|code| Currency::parse(&code).ok());
                let amount = Money::parse(value, &currency.unwrap_or(Currency::USD))?;
                ok_or(!amount.is_zero(), Error::AmountTooSmall { min: 1 })
            }
            Kind::Currency => Currency::parse(value).map(drop),
            Kind::Date => ok_or(
                shape::is_date(value.as_bytes()),
                Error::FieldNotDate { field },
            ),
            Kind::Time => ok_or(
                shape::is_time(value.as_bytes()),
                Error::FieldNotTime { field },
            ),
            Kind::Url(_) => ok_or(shape::is_url(value), Error::FieldNotUrl { field }),
            Kind::Email(_) => ok_or(
                shape::is_email(value.as_bytes()),
                Error::FieldNotEmail { field },
            ),
            Kind::Ip => ok_or(shape::is_ip(value.as_bytes()), Error::FieldNotIp { field }),
        }
    }
}

impl Ban {
    fn check(self, field: &'static str, value: &str) -> Result<(), Error> {
        let any = |bad: fn(char) -> bool| value.chars().any(bad);
        match self {
            Self::Nothing => Ok(()),
            Self::Emoji if any(text::is_emoji) => Err(Error::FieldHasEmoji { field }),
            Self::Emoji => ok_or(!any(is_control), Error::FieldForbiddenCharacter { field }),
            Self::Markup => ok_or(
                !any(|c| is_control(c) || c == '<' || c == '>'),
                Error::FieldForbiddenCharacter { field },
            ),
            Self::Quotes => ok_or(
                !any(|c| c == '|' || c == '\''),
                Error::FieldForbiddenCharacter { field },
            ),
            Self::NonAscii => ok_or(
                !any(|c| !c.is_ascii_graphic()),
                Error::FieldNotAscii { field },
            ),
        }
    }
}

/// Rows are written as `Field::text("order_id", "order_no", "Order Number", 40).required()`.
impl Field {
    pub(crate) const fn new(
        name: &'static str,
        wire: &'static str,
        word: &'static str,
        kind: Kind,
    ) -> Self {
        #[cfg(not(feature = "server"))]
        let _ = word; // the browser has no use for it and every byte is downloaded
        Self {
            name,
            wire,
            #[cfg(feature = "server")]
            word,
            kind,
            need: Need::Optional,
        }
    }

    pub(crate) const fn text(
        name: &'static str,
        wire: &'static str,
        word: &'static str,
        max: u16,
    ) -> Self {
        Self::new(name, wire, word, Kind::Text(max, Ban::Nothing))
    }

    pub(crate) const fn flag(name: &'static str, wire: &'static str, word: &'static str) -> Self {
        Self::new(name, wire, word, Kind::OneOf(&["Y", "N"]))
    }

    pub(crate) const fn required(mut self) -> Self {
        self.need = Need::Required;
        self
    }

    pub(crate) const fn when(mut self, groups: &'static [&'static [When]]) -> Self {
        self.need = Need::When(groups);
        self
    }

    pub(crate) const fn unless(mut self, groups: &'static [&'static [When]]) -> Self {
        self.need = Need::Unless(groups);
        self
    }

    pub(crate) const fn ban(mut self, ban: Ban) -> Self {
        if let Kind::Text(max, _) = self.kind {
            self.kind = Kind::Text(max, ban);
        }
        self
    }
}

fn ok_or(condition: bool, error: Error) -> Result<(), Error> {
    if condition { Ok(()) } else { Err(error) }
}

/// `char::is_control` reads Unicode tables; the first 32 and DEL are what breaks a gateway.
const fn is_control(character: char) -> bool {
    character.is_ascii_control()
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};

    use super::*;

    const TABLE: Table = Table {
        fields: &[
            Field::text("order_id", "oid", "주문번호", 4).required(),
            Field::text("product_name", "goods", "상품명", 5).ban(Ban::Emoji),
            Field::new("amount", "total", "금액", Kind::Won(100))
                .unless(&[&[When::Is("work", &["AUTH"])]]),
            Field::new("month", "month", "월", Kind::Digits(2, 2))
                .when(&[&[When::Is("regular", &["Y"])]]),
            Field::new("expires_on", "date", "일", Kind::Date),
            Field::new("expires_at", "time", "시", Kind::Time),
            Field::new("return_url", "url", "URL", Kind::Url(30)),
            Field::new("email", "email", "메일", Kind::Email(30)),
            Field::new("ip", "ip", "IP", Kind::Ip),
            Field::flag("taxable", "tax", "과세"),
            Field::text("customer_id", "user", "고객", 9).ban(Ban::NonAscii),
            Field::text("custom", "custom", "임의", 9).ban(Ban::Quotes),
        ],
    };

    fn codes(values: &[(&str, &str)]) -> Vec<String> {
        let find = |name: &str| {
            values
                .iter()
                .find(|(wire, _)| *wire == name)
                .map(|(_, value)| Cow::Borrowed(*value))
        };
        TABLE
            .check(&find)
            .iter()
            .map(|fault| [fault.field, ":", fault.error.code()].concat())
            .collect()
    }

    #[test]
    fn all_faults_come_at_once_in_table_order() {
        assert_eq!(
            codes(&[("goods", "😀"), ("total", "99")]),
            [
                "order_id:field_missing",
                "product_name:field_has_emoji",
                "amount:amount_too_small",
            ]
        );
    }

    #[test]
    fn conditions_live_in_the_table() {
        assert!(codes(&[("oid", "1"), ("work", "AUTH")]).is_empty());
        assert_eq!(
            codes(&[("oid", "1"), ("work", "PAY")]),
            ["amount:field_missing"]
        );
        assert_eq!(
            codes(&[("oid", "1"), ("total", "100"), ("regular", "Y")]),
            ["month:field_missing"]
        );
    }

    #[test]
    fn sizes_count_characters() {
        assert!(codes(&[("oid", "가나다라"), ("work", "AUTH")]).is_empty());
        assert_eq!(
            codes(&[("oid", "가나다라마"), ("work", "AUTH")]),
            ["order_id:field_too_long"]
        );
    }

    #[test]
    fn every_kind_refuses_what_it_is_not() {
        for (wire, value, code) in [
            ("month", "1", "month:field_too_short"),
            ("month", "1a", "month:field_not_digits"),
            ("date", "20231301", "expires_on:field_not_date"),
            ("date", "2023", "expires_on:field_not_date"),
            ("time", "2460", "expires_at:field_not_time"),
            ("url", "/relative", "return_url:field_not_url"),
            ("url", "https://", "return_url:field_not_url"),
            ("url", "https://a b", "return_url:field_not_url"),
            ("email", "nobody", "email:field_not_email"),
            ("ip", "localhost", "ip:field_not_ip"),
            ("tax", "yes", "taxable:field_not_allowed"),
            ("user", "홍길동", "customer_id:field_not_ascii"),
            ("user", "a b", "customer_id:field_not_ascii"),
            ("custom", "a|b", "custom:field_forbidden_character"),
            ("goods", "a\nb", "product_name:field_forbidden_character"),
            ("total", "1,000", "amount:amount_malformed"),
            ("total", "100.5", "amount:amount_too_precise"),
        ] {
            assert_eq!(
                codes(&[("oid", "1"), ("work", "AUTH"), (wire, value)]),
                [code],
                "{wire}={value}"
            );
        }
    }

    #[test]
    fn rows_are_found_by_any_of_their_names() {
        for name in ["oid", "order_id", "orderId"] {
            assert_eq!(
                TABLE.field(name).map(|field| field.wire.to_string()),
                Some("oid".to_string())
            );
        }
        assert!(TABLE.field("OrderId").is_none());
    }
}
