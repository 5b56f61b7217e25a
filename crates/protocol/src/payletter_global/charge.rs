//! Charging a billing key.

use super::Ispp;
use crate::{
    Ban, CallError, Currency, Error, Fault, Field, Kind, Method, Money, Secret, Table,
    proof::Answered, session, wire::Fields,
};

/// `POST payment/recurring`: every charge after the first. A Private API. PayPal subscriptions are charged by PayPal
/// itself, not by this.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Charge {
    /// `storeid`.
    pub merchant_id: String,
    /// `poqtoken`.
    pub billing_key: Secret,
    /// `storeorderno`.
    pub order_id: String,
    /// `amount` and `currency`.
    pub amount: Money,
    /// `pginfo`.
    pub method: Method,
    /// `payinfo`.
    pub extra: Option<String>,
    /// `payerid`.
    pub customer_id: Option<String>,
    /// `custom`.
    pub custom: Option<String>,
    /// `paypalisppflag` and the payer it needs, for PayPal billing.
    pub ispp: Option<Ispp>,
}

/// A charge that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// `paytoken`.
    pub transaction_id: String,
    /// `storeid`.
    pub merchant_id: Option<String>,
    /// `storeorderno`.
    pub order_id: Option<String>,
    /// `amount`, in the currency that was asked for: the answer names none.
    pub amount: Option<Money>,
    /// `payerid`.
    pub customer_id: Option<String>,
    /// `poqtoken`.
    pub billing_key: Option<Secret>,
    /// `countrycode`.
    pub country: Option<String>,
    /// `paydate`, `yyyy-MM-dd HH:mm:ss`.
    pub paid_at: Option<String>,
}

impl Charge {
    /// "자동결제 1회차 이후 결제 요청", "Request json data".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "storeid", "가맹점 아이디", 20).required(),
            Field::text("billing_key", "poqtoken", "페이레터 자동결제 토큰", 40).required(),
            Field::text("order_id", "storeorderno", "가맹점 주문 번호", 128).required(),
            Field::new("currency", "currency", "통화 코드", Kind::Currency).required(),
            Field::new("amount", "amount", "결제 금액", Kind::AmountIn("currency")).required(),
            Field::text("method", "pginfo", "결제 요청 PG 정보", 40).required(),
            Field::text("extra", "payinfo", "추가 결제정보", 200),
            Field::text("customer_id", "payerid", "결제자(회원) 아이디", 50).ban(Ban::NonAscii),
            Field::text("custom", "custom", "가맹점이 전송하는 임의의 값", 2000).ban(Ban::Quotes),
            Ispp::ROWS[0],
            Ispp::ROWS[1],
            Ispp::ROWS[2],
            Ispp::ROWS[3],
            Ispp::ROWS[4],
            Ispp::ROWS[5],
        ],
    };

    /// What is sent, in the manual's order.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("storeid", &self.merchant_id);
        fields.push("poqtoken", &self.billing_key);
        fields.push("storeorderno", &self.order_id);
        fields.push("currency", self.amount.currency.as_str());
        fields.push("amount", self.amount);
        fields.push("pginfo", &self.method);
        fields.push_some("payinfo", self.extra.as_ref());
        fields.push_some("payerid", self.customer_id.as_ref());
        fields.push_some("custom", self.custom.as_ref());
        if let Some(ispp) = &self.ispp {
            ispp.push_to(&mut fields);
        }
        fields
    }

    /// Every row that is not kept, and whether the method gives billing keys at all.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = self.fields().check(&Self::TABLE);
        if super::codes::method(&self.method).is_some_and(|row| !row.recurring) {
            faults.push(Fault {
                field: "method",
                wire: "pginfo",
                error: Error::FieldNotForMethod { field: "method" },
            });
        }
        faults
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let currency = Currency::parse(&fields.needed("currency", "currency")?)?;
        Ok(Self {
            merchant_id: fields.needed("storeid", "merchant_id")?,
            billing_key: fields.needed_secret("poqtoken", "billing_key")?,
            order_id: fields.needed("storeorderno", "order_id")?,
            amount: Money::parse(&fields.needed("amount", "amount")?, &currency)?,
            method: Method::from(fields.needed("pginfo", "method")?),
            extra: fields.filled("payinfo"),
            customer_id: fields.filled("payerid"),
            custom: fields.filled("custom"),
            ispp: Ispp::read(fields),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Charged>, CallError> {
        let fields = session::open(status, body)?;
        let data = fields.object("data").unwrap_or(&fields);
        let transaction_id = data.needed("paytoken", "transaction_id");
        let amount = data.text("amount");
        Ok(Answered::new(Charged {
            transaction_id: transaction_id.map_err(|error| CallError::unreadable(status, error))?,
            merchant_id: data.filled("storeid"),
            order_id: data.filled("storeorderno"),
            amount: amount.and_then(|text| Money::parse(&text, &self.amount.currency).ok()),
            customer_id: data.filled("payerid"),
            billing_key: data.secret("poqtoken"),
            country: data.filled("countrycode"),
            paid_at: data.filled("paydate"),
        }))
    }
}
