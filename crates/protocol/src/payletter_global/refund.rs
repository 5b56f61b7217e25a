//! Cancelling a payment, wholly or in part.

use crate::{
    CallError, Currency, Error, Fault, Field, Kind, Method, Money, Table, proof::Answered, session,
    wire::Fields,
};

/// `POST payment/refund`. Less than was paid cancels in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `storeid`.
    pub merchant_id: String,
    /// `paytoken`.
    pub transaction_id: String,
    /// `amount` and `currency`.
    pub amount: Money,
    /// `pginfo`.
    pub method: Option<Method>,
}

/// A cancellation that was done, or for Vietnamese bank transfers only asked for: theirs is done when the
/// notification comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// `storeid`.
    pub merchant_id: Option<String>,
    /// `paytoken`.
    pub transaction_id: String,
    /// `storeorderno`.
    pub order_id: Option<String>,
    /// `amount` in `currency`.
    pub amount: Option<Money>,
    /// `pginfo`; where the answer has none, the request's.
    pub method: Option<Method>,
    /// `refunddate`; of a refund that [was only asked for](Self::is_pending), when it was asked for.
    pub refunded_at: Option<String>,
}

impl Refunded {
    /// Was the refund only asked for? Then it is done when a notification of a cancellation comes (VTC).
    #[must_use]
    pub fn is_pending(&self) -> bool {
        let row = self.method.as_ref().and_then(super::codes::method);
        row.is_some_and(|row| row.refund_later)
    }
}

impl Refund {
    /// "결제 취소", "Request json data".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "storeid", "가맹점 아이디", 20).required(),
            Field::text("transaction_id", "paytoken", "페이레터 결제 고유 번호", 20).required(),
            Field::new("currency", "currency", "통화 코드", Kind::Currency).required(),
            Field::new("amount", "amount", "취소 금액", Kind::AmountIn("currency")).required(),
            Field::text("method", "pginfo", "PG 정보", 40),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("storeid", &self.merchant_id);
        fields.push("paytoken", &self.transaction_id);
        fields.push("currency", self.amount.currency.as_str());
        fields.push("amount", self.amount);
        fields.push_some("pginfo", self.method.as_ref());
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let currency = Currency::parse(&fields.needed("currency", "currency")?)?;
        Ok(Self {
            merchant_id: fields.needed("storeid", "merchant_id")?,
            transaction_id: fields.needed("paytoken", "transaction_id")?,
            amount: Money::parse(&fields.needed("amount", "amount")?, &currency)?,
            method: fields.filled("pginfo").map(Method::from),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Refunded>, CallError> {
        let fields = session::open(status, body)?;
        let data = fields.object("data").unwrap_or(&fields);
        let transaction_id = data.needed("paytoken", "transaction_id");
        Ok(Answered::new(Refunded {
            merchant_id: data.filled("storeid"),
            transaction_id: transaction_id.map_err(|error| CallError::unreadable(status, error))?,
            order_id: data.filled("storeorderno"),
            amount: super::lookup::money(data),
            method: data
                .filled("pginfo")
                .map(Method::from)
                .or_else(|| self.method.clone()),
            refunded_at: data.filled("refunddate"),
        }))
    }
}
