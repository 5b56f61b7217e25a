//! Charging a registered card: once a month (RePayCard), or at any time (SimplePayCard).

use super::{Payment, Purpose, Tokens, answer};
use crate::{
    Ban, CallError, Currency, Error, Fault, Field, Kind, Money, Secret, Table, When,
    proof::Answered, wire::Fields,
};

/// 이후결제 - 정기결제, sent to the `next_url` of an [`super::Auth`] for [`Charge::purpose`].
///
/// The order id is the only guard against charging twice: no answer means *unknown*, and is settled by
/// [`super::Lookup`], never by a new order id.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// From the auth answer.
    pub tokens: Tokens,
    /// 결제(빌링) KEY.
    pub billing_key: Secret,
    /// 사용자 필드, echoed.
    pub customer_id: Option<String>,
    /// 결제고객 이름.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// 고객 휴대폰번호: the buyer gets a notice there.
    #[debug("[redacted]")]
    pub customer_phone: Option<String>,
    /// 결과 발송 Email.
    #[debug("[redacted]")]
    pub customer_email: Option<String>,
    /// 상품명.
    pub product_name: String,
    /// 카드승인 요청금액.
    pub amount: Money,
    /// 과세설정; without it the gateway takes Y.
    pub taxable: Option<bool>,
    /// 복합과세 부가세.
    pub tax_amount: Option<Money>,
    /// 주문번호.
    pub order_id: String,
    /// How often.
    pub repeat: Repeat,
    /// 가맹점 사용 필드 1.
    pub custom1: Option<String>,
    /// 가맹점 사용 필드 2.
    pub custom2: Option<String>,
}

/// How often a registered card is charged. The two flags of the wire allow four states; there are two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repeat {
    /// `PCD_REGULER_FLAG`: once a month. A second charge for the same month is refused (CPAY0202).
    Monthly {
        /// 결제 구분 년도.
        year: u16,
        /// 결제 구분 월, 1 to 12.
        month: u8,
    },
    /// `PCD_SIMPLE_FLAG`: whenever the merchant wants.
    Freely,
}

impl Repeat {
    /// Reads the flags that a request has and an answer echoes.
    pub(super) fn read(fields: &Fields) -> Option<Self> {
        if fields.is_yes("PCD_REGULER_FLAG") {
            let year = fields.filled("PCD_PAY_YEAR")?.parse().ok()?;
            let month = fields.filled("PCD_PAY_MONTH")?.parse().ok()?;
            Some(Self::Monthly { year, month })
        } else {
            fields.is_yes("PCD_SIMPLE_FLAG").then_some(Self::Freely)
        }
    }
}

const WHEN_MONTHLY: &[&[When]] = &[&[When::Is("PCD_REGULER_FLAG", &["Y"])]];

impl Charge {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Tokens::ROWS[0],
            Tokens::ROWS[1],
            Tokens::ROWS[2],
            Field::new("method", "PCD_PAY_TYPE", "결제수단", Kind::OneOf(&["card"])).required(),
            Field::text("billing_key", "PCD_PAYER_ID", "결제(빌링) KEY", 255).required(),
            Field::text("customer_id", "PCD_PAYER_NO", "사용자 필드", 255),
            Field::text("customer_name", "PCD_PAYER_NAME", "결제고객 이름", 20),
            Field::text("customer_phone", "PCD_PAYER_HP", "휴대폰번호", 20),
            Field::new(
                "customer_email",
                "PCD_PAYER_EMAIL",
                "결과 발송 Email",
                Kind::Email(100),
            ),
            Field::text("product_name", "PCD_PAY_GOODS", "상품명", 2048)
                .ban(Ban::Emoji)
                .required(),
            Field::new(
                "amount",
                "PCD_PAY_TOTAL",
                "카드승인 요청금액",
                Kind::Won(100),
            )
            .required(),
            Field::flag("taxable", "PCD_PAY_ISTAX", "과세설정"),
            Field::new(
                "tax_amount",
                "PCD_PAY_TAXTOTAL",
                "복합과세 부가세",
                Kind::Won(0),
            ),
            Field::text("order_id", "PCD_PAY_OID", "주문번호", 255).required(),
            Field::new(
                "repeat_year",
                "PCD_PAY_YEAR",
                "결제 구분 년도",
                Kind::Digits(4, 4),
            )
            .when(WHEN_MONTHLY),
            Field::new(
                "repeat_month",
                "PCD_PAY_MONTH",
                "결제 구분 월",
                Kind::OneOf(super::pay::MONTHS),
            )
            .when(WHEN_MONTHLY),
            Field::new(
                "repeat_monthly",
                "PCD_REGULER_FLAG",
                "월 1회 정기결제",
                Kind::OneOf(&["Y"]),
            )
            .when(&[&[When::Absent("PCD_SIMPLE_FLAG")]]),
            Field::new(
                "repeat_freely",
                "PCD_SIMPLE_FLAG",
                "월 2회 이상",
                Kind::OneOf(&["Y"]),
            )
            .when(&[&[When::Absent("PCD_REGULER_FLAG")]]),
            Field::text("custom1", "PCD_USER_DEFINE1", "가맹점 사용 필드 1", 2048),
            Field::text("custom2", "PCD_USER_DEFINE2", "가맹점 사용 필드 2", 2048),
        ],
    };

    /// What the tokens must be for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self.repeat {
            Repeat::Monthly { .. } => Purpose::RepeatMonthly,
            Repeat::Freely => Purpose::RepeatFreely,
        }
    }

    /// What is sent, in the manual's order.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.tokens.fields();
        fields.push("PCD_PAY_TYPE", "card");
        fields.push("PCD_PAYER_ID", &self.billing_key);
        fields.push_some("PCD_PAYER_NO", self.customer_id.as_ref());
        fields.push_some("PCD_PAYER_NAME", self.customer_name.as_ref());
        fields.push_some("PCD_PAYER_HP", self.customer_phone.as_ref());
        fields.push_some("PCD_PAYER_EMAIL", self.customer_email.as_ref());
        fields.push("PCD_PAY_GOODS", &self.product_name);
        fields.push("PCD_PAY_TOTAL", self.amount);
        fields.push_some(
            "PCD_PAY_ISTAX",
            self.taxable.map(|yes| if yes { "Y" } else { "N" }),
        );
        fields.push_some("PCD_PAY_TAXTOTAL", self.tax_amount);
        fields.push("PCD_PAY_OID", &self.order_id);
        match self.repeat {
            Repeat::Monthly { year, month } => {
                fields.push("PCD_PAY_YEAR", format!("{year:04}"));
                fields.push("PCD_PAY_MONTH", format!("{month:02}"));
                fields.push("PCD_REGULER_FLAG", "Y");
            }
            Repeat::Freely => fields.push("PCD_SIMPLE_FLAG", "Y"),
        }
        fields.push_some("PCD_USER_DEFINE1", self.custom1.as_ref());
        fields.push_some("PCD_USER_DEFINE2", self.custom2.as_ref());
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            tokens: Tokens::from_fields(fields)?,
            billing_key: fields.needed_secret("PCD_PAYER_ID", "billing_key")?,
            customer_id: fields.filled("PCD_PAYER_NO"),
            customer_name: fields.filled("PCD_PAYER_NAME"),
            customer_phone: fields.filled("PCD_PAYER_HP"),
            customer_email: fields.filled("PCD_PAYER_EMAIL"),
            product_name: fields.needed("PCD_PAY_GOODS", "product_name")?,
            amount: Money::parse(&fields.needed("PCD_PAY_TOTAL", "amount")?, &Currency::KRW)?,
            taxable: fields
                .filled("PCD_PAY_ISTAX")
                .map(|_| fields.is_yes("PCD_PAY_ISTAX")),
            tax_amount: fields.won("PCD_PAY_TAXTOTAL"),
            order_id: fields.needed("PCD_PAY_OID", "order_id")?,
            repeat: Repeat::read(fields).ok_or(Error::FieldMissing { field: "repeat" })?,
            custom1: fields.filled("PCD_USER_DEFINE1"),
            custom2: fields.filled("PCD_USER_DEFINE2"),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Payment>, CallError> {
        let fields = answer::open_payment(status, body)?;
        let payment =
            Payment::from_fields(&fields).map_err(|error| CallError::unreadable(status, error))?;
        Ok(Answered::new(payment))
    }
}
