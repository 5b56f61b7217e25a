//! The payment window: what a page, or its server, asks it for.

use alloc::{
    borrow::{Cow, ToOwned},
    string::String,
    vec::Vec,
};

use crate::{Ban, CardFlow, Currency, Error, Fault, Field, Kind, Money, Table, When, Work, text};

/// The fields that are posted to the payment window, in order.
///
/// Takes our names (`order_id`, `orderId`) and the gateway's (`PCD_PAY_OID`); unknown `PCD_*` names pass through.
///
/// ```
/// use paypair_protocol::payple::Window;
/// let mut window = Window::new();
/// window.set("method", "card")?;
/// window.set("work", "confirm_then_pay")?;
/// window.set("productName", "휴대폰")?;
/// window.set("PCD_PAY_TOTAL", "1,000")?;
/// assert!(window.check().is_empty());
/// assert_eq!(window.get("PCD_PAY_TOTAL"), Some("1000"));
/// # Ok::<(), paypair_protocol::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Window {
    values: Vec<(Cow<'static, str>, String)>,
}

// The manual's text says AUTHREG, its table and every page AUTH.
const REGISTERING: &[&str] = &["AUTH", "AUTHREG"];
const UNLESS_REGISTERING: &[&[When]] = &[&[When::Is("PCD_PAY_WORK", REGISTERING)]];
const WHEN_MONTHLY: &[&[When]] = &[&[When::Is("PCD_REGULER_FLAG", &["Y"])]];
const CARD_MINIMUM: u64 = 100;
const TRANSFER_MINIMUM: u64 = 1000;
pub(super) const MONTHS: &[&str] = &[
    "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12",
];

impl Window {
    /// What the window takes. Card manual "최초결제 - 공통"; sizes as today's documents have them.
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("checkout_version", "PCD_CPAY_VER", "결제창 버전", 10),
            Field::text("method", "PCD_PAY_TYPE", "결제수단", 20).required(),
            Field::new(
                "work",
                "PCD_PAY_WORK",
                "결제요청 방식",
                Kind::OneOf(&["CERT", "PAY", "AUTH", "AUTHREG"]),
            )
            .required(),
            Field::new(
                "card_flow",
                "PCD_CARD_VER",
                "일반/정기결제",
                Kind::OneOf(&["01", "02"]),
            ),
            Field::text("easy_method", "PCD_PAY_METHOD", "간편결제 수단", 20),
            Field::text("result_url", "PCD_RST_URL", "결제결과 RETURN URL", 2048),
            Field::text("customer_id", "PCD_PAYER_NO", "결제고객 고유번호", 18),
            Field::text("customer_name", "PCD_PAYER_NAME", "결제고객 이름", 20),
            Field::text("customer_phone", "PCD_PAYER_HP", "휴대폰번호", 20),
            Field::new(
                "customer_email",
                "PCD_PAYER_EMAIL",
                "이메일",
                Kind::Email(50),
            ),
            Field::text("product_name", "PCD_PAY_GOODS", "상품명", 50)
                .ban(Ban::Emoji)
                .unless(UNLESS_REGISTERING),
            Field::new(
                "amount",
                "PCD_PAY_TOTAL",
                "결제금액",
                Kind::Won(CARD_MINIMUM),
            )
            .unless(UNLESS_REGISTERING),
            Field::flag("taxable", "PCD_PAY_ISTAX", "과세설정"),
            Field::new(
                "tax_amount",
                "PCD_PAY_TAXTOTAL",
                "복합과세 부가세",
                Kind::Won(0),
            ),
            Field::text("order_id", "PCD_PAY_OID", "주문번호", 30),
            Field::text("billing_key", "PCD_PAYER_ID", "결제(빌링) KEY", 255),
            Field::flag("repeat_monthly", "PCD_REGULER_FLAG", "정기결제 여부"),
            Field::new(
                "repeat_year",
                "PCD_PAY_YEAR",
                "정기결제 적용연도",
                Kind::Digits(4, 4),
            )
            .when(WHEN_MONTHLY),
            Field::new(
                "repeat_month",
                "PCD_PAY_MONTH",
                "정기결제 적용월",
                Kind::OneOf(MONTHS),
            )
            .when(WHEN_MONTHLY),
            Field::flag("repeat_freely", "PCD_SIMPLE_FLAG", "간편결제 여부"),
            Field::flag("cash_receipt", "PCD_TAXSAVE_FLAG", "현금영수증 발행여부"),
            Field::text("app_scheme", "PCD_APP_SCHEME", "앱 스킴", 255),
            Field::text("custom1", "PCD_USER_DEFINE1", "가맹점 사용 필드 1", 2048),
            Field::text("custom2", "PCD_USER_DEFINE2", "가맹점 사용 필드 2", 2048),
        ],
    };

    /// No fields yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: Vec::new() }
    }

    /// Takes one value. Setting a name again replaces its value in its old place.
    ///
    /// An empty value is not sent, and neither is what only the page's script reads (`payple_auth_file`,
    /// `callbackFunction`, `clientKey`, ..). A server key is refused with [`Error::SecretInPage`] and not kept, so a
    /// caller that must go on can warn and go on. A name that is neither ours nor `PCD_*` is [`Error::NameUnknown`].
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        if SECRETS
            .iter()
            .any(|secret| name.eq_ignore_ascii_case(secret))
        {
            return Err(Error::SecretInPage);
        }
        if value.is_empty() || NOT_SENT.contains(&name) {
            return Ok(());
        }
        if let Some(field) = Self::TABLE.field(name) {
            self.put(Cow::Borrowed(field.wire), spell(field.wire, value));
        } else if name.as_bytes().starts_with(b"PCD_") {
            self.put(Cow::Owned(name.to_owned()), value.to_owned());
        } else {
            return Err(Error::NameUnknown);
        }
        Ok(())
    }

    /// Adds what the auth answer gave, which the window wants to see again. These are tokens of one payment, not the
    /// merchant's key.
    pub fn authorize(&mut self, merchant_token: &str, merchant_key_token: &str, auth_key: &str) {
        let tokens = [
            ("PCD_CST_ID", merchant_token),
            ("PCD_CUST_KEY", merchant_key_token),
            ("PCD_AUTH_KEY", auth_key),
        ];
        for (wire, token) in tokens {
            if !token.is_empty() {
                self.put(Cow::Borrowed(wire), token.to_owned());
            }
        }
    }

    /// The value of a wire name.
    #[must_use]
    pub fn get(&self, wire: &str) -> Option<&str> {
        self.values
            .iter()
            .find(|(have, _)| have == wire)
            .map(|(_, value)| value.as_str())
    }

    /// Takes a wire name away.
    pub fn remove(&mut self, wire: &str) {
        self.values.retain(|(have, _)| have != wire);
    }

    /// Every row of the table that is not kept, and the least amount of a transfer, which is not a card's.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = Self::TABLE.check(&|wire| self.get(wire).map(Cow::Borrowed));
        let amount = self
            .get("PCD_PAY_TOTAL")
            .and_then(|text| Money::parse(text, &Currency::KRW).ok());
        if self.get("PCD_PAY_TYPE") == Some("transfer")
            && amount.is_some_and(|amount| (CARD_MINIMUM..TRANSFER_MINIMUM).contains(&amount.minor))
        {
            faults.push(Fault {
                field: "amount",
                wire: "PCD_PAY_TOTAL",
                error: Error::AmountTooSmall {
                    min: TRANSFER_MINIMUM,
                },
            });
        }
        faults
    }

    /// Wire names and values, in the order in which they were first set.
    #[must_use]
    pub fn fields(&self) -> &[(Cow<'static, str>, String)] {
        &self.values
    }

    fn put(&mut self, wire: Cow<'static, str>, value: String) {
        match self.values.iter_mut().find(|(have, _)| *have == wire) {
            Some((_, slot)) => *slot = value,
            None => self.values.push((wire, value)),
        }
    }
}

#[cfg(feature = "server")]
impl Window {
    /// Reads a posted window leniently: every field is kept as it stands.
    #[must_use]
    pub fn from_fields(fields: &crate::wire::Fields) -> Self {
        let mut window = Self::new();
        for (name, value) in fields.iter() {
            if let Some(text) = value.text() {
                window.put(Cow::Owned(name.to_owned()), text.into_owned());
            }
        }
        window
    }
}

/// Shows names only: values are keys and people.
impl core::fmt::Debug for Window {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set()
            .entries(self.values.iter().map(|(wire, _)| wire))
            .finish()
    }
}

/// Our words and the page's loose spellings become the gateway's. What cannot be read stays, for `check` to name.
fn spell(wire: &str, value: &str) -> String {
    let known = match wire {
        "PCD_PAY_WORK" => value.parse().ok().map(Work::to_wire),
        "PCD_CARD_VER" => value.parse().ok().map(CardFlow::to_wire),
        "PCD_PAY_TOTAL" | "PCD_PAY_TAXTOTAL" => return spell_amount(value),
        "PCD_PAY_MONTH" => MONTHS
            .iter()
            .copied()
            .find(|month| month.as_bytes().get(1..) == Some(value.as_bytes())),
        "PCD_PAY_ISTAX" | "PCD_REGULER_FLAG" | "PCD_SIMPLE_FLAG" | "PCD_TAXSAVE_FLAG" => {
            match value {
                "true" => Some("Y"),
                "false" => Some("N"),
                _ => None,
            }
        }
        _ => None,
    };
    known.unwrap_or(value).to_owned()
}

/// Pages write `1,000` and `1000.00`; the old script took both.
fn spell_amount(value: &str) -> String {
    let plain: String = value.chars().filter(|c| *c != ',' && *c != ' ').collect();
    match Money::parse(&plain, &Currency::KRW) {
        Ok(money) => text::digits(money.minor),
        Err(_) => value.to_owned(),
    }
}

/// What pages were seen to carry and must not.
const SECRETS: [&str; 9] = [
    "custKey",
    "PCD_CUST_KEY",
    "merchantKey",
    "merchant_key",
    "PCD_REFUND_KEY",
    "refundKey",
    "refund_key",
    "PLKEY",
    "GPLKEY",
];

/// What is for the page's script alone.
const NOT_SENT: [&str; 8] = [
    "payple_auth_file",
    "payple_dir_path",
    "callbackFunction",
    "clientKey",
    "cst_id",
    "PCD_CST_ID",
    "PCD_AUTH_URL",
    "IS_DIRECT",
];
