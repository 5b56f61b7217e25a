//! Cancelling a payment, wholly or in part.

use crate::{
    Ban, CallError, Currency, Error, Fault, Field, Kind, Method, Money, Table, proof::Answered,
    session, wire::Fields,
};

/// `POST v1.0/payments/cancel`, or `v1.0/payments/cancel/partial` with `partial`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `pgcode`. Needed for a part, welcome for the whole.
    pub method: Method,
    /// `client_id`.
    pub merchant_id: String,
    /// `user_id`.
    pub customer_id: String,
    /// `tid`.
    pub transaction_id: String,
    /// `amount`.
    pub amount: Money,
    /// Is this only a part of the payment?
    pub partial: Option<Partial>,
    /// `ip_addr`.
    pub customer_ip: String,
}

/// How the cancelled part divides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Partial {
    /// `taxfree_amount`.
    pub tax_free_amount: Option<Money>,
    /// `tax_amount`.
    pub tax_amount: Option<Money>,
}

/// A cancellation that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// `tid`.
    pub transaction_id: String,
    /// `cid`.
    pub approval_no: Option<String>,
    /// `amount`.
    pub amount: Option<Money>,
    /// `cancel_date`, `YYYY-MM-DD HH:MM:SS` in KST.
    pub refunded_at: Option<String>,
}

const METHOD: Field = Field::text("method", "pgcode", "Payment method Code", 20);
const MERCHANT: Field = Field::text("merchant_id", "client_id", "Client ID", 10).required();
const CUSTOMER: Field = Field::text("customer_id", "user_id", "Paid User(Member) ID", 50)
    .ban(Ban::NonAscii)
    .required();
const TRANSACTION: Field =
    Field::text("transaction_id", "tid", "Unique Payment Number", 40).required();
const AMOUNT: Field = Field::new("amount", "amount", "Cancelled Amount", Kind::Won(1));
const IP: Field = Field::new("customer_ip", "ip_addr", "Request IP", Kind::Ip).required();

impl Refund {
    /// "Payment Cancellation". The manual wants an amount; five clients in use send none, so it is not needed here.
    pub const TABLE: Table = Table {
        fields: &[METHOD, MERCHANT, CUSTOMER, TRANSACTION, AMOUNT, IP],
    };

    /// "Partial Cancellation".
    pub const PARTIAL_TABLE: Table = Table {
        fields: &[
            METHOD.required(),
            MERCHANT,
            CUSTOMER,
            TRANSACTION,
            AMOUNT.required(),
            Field::new(
                "tax_free_amount",
                "taxfree_amount",
                "tax-free",
                Kind::Won(0),
            ),
            Field::new("tax_amount", "tax_amount", "VAT", Kind::Won(0)),
            IP,
        ],
    };

    /// The table of this kind of cancellation.
    #[must_use]
    pub const fn table(&self) -> &'static Table {
        if self.partial.is_some() {
            &Self::PARTIAL_TABLE
        } else {
            &Self::TABLE
        }
    }

    /// The path of this kind of cancellation.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        if self.partial.is_some() {
            "/v1.0/payments/cancel/partial"
        } else {
            "/v1.0/payments/cancel"
        }
    }

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("pgcode", &self.method);
        fields.push("client_id", &self.merchant_id);
        fields.push("user_id", &self.customer_id);
        fields.push("tid", &self.transaction_id);
        fields.push("amount", self.amount);
        if let Some(partial) = &self.partial {
            fields.push_some("taxfree_amount", partial.tax_free_amount);
            fields.push_some("tax_amount", partial.tax_amount);
        }
        fields.push("ip_addr", &self.customer_ip);
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(self.table())
    }

    /// Reads what a merchant sent for the whole. A missing amount is the whole payment, whose amount the caller knows.
    pub fn from_fields(fields: &Fields, whole: Money) -> Result<Self, Error> {
        let amount = match fields.filled("amount") {
            Some(text) => Money::parse(&text, &Currency::KRW)?,
            None => whole,
        };
        Ok(Self {
            method: Method::from(fields.or_empty("pgcode")),
            merchant_id: fields.needed("client_id", "merchant_id")?,
            customer_id: fields.needed("user_id", "customer_id")?,
            transaction_id: fields.needed("tid", "transaction_id")?,
            amount,
            partial: None,
            customer_ip: fields.or_empty("ip_addr"),
        })
    }

    /// Reads what a merchant sent for a part.
    pub fn partial_from_fields(fields: &Fields) -> Result<Self, Error> {
        fields.needed("amount", "amount")?;
        let partial = Partial {
            tax_free_amount: fields.won("taxfree_amount"),
            tax_amount: fields.won("tax_amount"),
        };
        Ok(Self {
            partial: Some(partial),
            ..Self::from_fields(fields, Money::default())?
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Refunded>, CallError> {
        let fields = session::open(status, body)?;
        let transaction_id = fields.needed("tid", "transaction_id");
        Ok(Answered::new(Refunded {
            transaction_id: transaction_id.map_err(|error| CallError::unreadable(status, error))?,
            approval_no: fields.filled("cid"),
            amount: fields.won("amount"),
            refunded_at: fields.filled("cancel_date"),
        }))
    }
}
