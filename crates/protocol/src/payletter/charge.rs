//! Charging a billing key.

use super::pay::{broken, has_some, too_small};
use crate::{
    Ban, CallError, Currency, Error, Fault, Field, Kind, Method, Money, Secret, Table,
    proof::Answered, session, wire::Fields,
};

/// `POST v1.0/payments/autopay`.
///
/// The gateway takes the same order id twice: no answer means *unknown*, and is settled by the transaction list. A
/// mobile phone has rules of its own, see [`super::codes::mobile_bar`].
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default)]
pub struct Charge {
    /// `pgcode`.
    pub method: Method,
    /// `client_id`.
    pub merchant_id: String,
    /// `service_name`.
    pub service_name: Option<String>,
    /// `user_id`.
    pub customer_id: String,
    /// `user_name`.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// `order_no`.
    pub order_id: String,
    /// `amount`.
    pub amount: Money,
    /// `taxfree_amount`.
    pub tax_free_amount: Option<Money>,
    /// `tax_amount`; computed by the gateway when absent.
    pub tax_amount: Option<Money>,
    /// `product_name`.
    pub product_name: String,
    /// `billkey`.
    pub billing_key: Secret,
    /// `ip_addr`.
    pub customer_ip: String,
    /// `disposable_cup_deposit`: credit card and Kakao Pay only.
    pub cup_deposit: Option<Money>,
}

/// A charge that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charged {
    /// `tid`.
    pub transaction_id: String,
    /// `cid`.
    pub approval_no: Option<String>,
    /// `amount`.
    pub amount: Option<Money>,
    /// `billkey`: what to charge the next time.
    pub billing_key: Option<Secret>,
    /// `transaction_date`, `YYYY-MM-DD HH:MM:SS` in KST.
    pub paid_at: Option<String>,
}

impl Charge {
    /// "Automatic payment (Re-payment request)".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("method", "pgcode", "Payment method Code", 20).required(),
            Field::text("merchant_id", "client_id", "Client ID", 10).required(),
            Field::text("service_name", "service_name", "Name of Service", 20),
            Field::text("customer_id", "user_id", "Paid User(Member) ID", 50)
                .ban(Ban::NonAscii)
                .required(),
            Field::text("customer_name", "user_name", "Name of User", 20),
            Field::text("order_id", "order_no", "Order Number", 50),
            Field::new("amount", "amount", "Payment Amount", Kind::Won(1)).required(),
            Field::new(
                "tax_free_amount",
                "taxfree_amount",
                "tax-free",
                Kind::Won(0),
            ),
            Field::new("tax_amount", "tax_amount", "VAT", Kind::Won(0)),
            Field::text("product_name", "product_name", "Name of Product", 100)
                .ban(Ban::Markup)
                .required(),
            Field::text("billing_key", "billkey", "Automatic Payment Billkey", 40).required(),
            Field::new("customer_ip", "ip_addr", "Requested IP", Kind::Ip).required(),
            Field::new(
                "cup_deposit",
                "disposable_cup_deposit",
                "Disposable cup deposit",
                Kind::Won(0),
            ),
        ],
    };

    /// What is sent, in the manual's order.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("pgcode", &self.method);
        fields.push("client_id", &self.merchant_id);
        fields.push_some("service_name", self.service_name.as_ref());
        fields.push("user_id", &self.customer_id);
        fields.push_some("user_name", self.customer_name.as_ref());
        fields.push("order_no", &self.order_id);
        fields.push("amount", self.amount);
        fields.push_some("taxfree_amount", self.tax_free_amount);
        fields.push_some("tax_amount", self.tax_amount);
        fields.push("product_name", &self.product_name);
        fields.push("billkey", &self.billing_key);
        fields.push("ip_addr", &self.customer_ip);
        fields.push_some("disposable_cup_deposit", self.cup_deposit);
        fields
    }

    /// Every row that is not kept, and every rule of the method.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = self.fields().check(&Self::TABLE);
        faults.extend(too_small(&self.method, self.amount));
        let row = super::codes::method(&self.method);
        let takes_cups = matches!(self.method.as_str(), "creditcard" | "kakaopay");
        faults.extend(broken(&[
            ("method", "pgcode", row.is_some_and(|row| !row.recurring)),
            (
                "cup_deposit",
                "disposable_cup_deposit",
                has_some(self.cup_deposit) && !takes_cups,
            ),
        ]));
        faults
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            method: Method::from(fields.needed("pgcode", "method")?),
            merchant_id: fields.needed("client_id", "merchant_id")?,
            service_name: fields.filled("service_name"),
            customer_id: fields.needed("user_id", "customer_id")?,
            customer_name: fields.filled("user_name"),
            order_id: fields.or_empty("order_no"),
            amount: Money::parse(&fields.needed("amount", "amount")?, &Currency::KRW)?,
            tax_free_amount: fields.won("taxfree_amount"),
            tax_amount: fields.won("tax_amount"),
            product_name: fields.needed("product_name", "product_name")?,
            billing_key: fields.needed_secret("billkey", "billing_key")?,
            customer_ip: fields.or_empty("ip_addr"),
            cup_deposit: fields.won("disposable_cup_deposit"),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Charged>, CallError> {
        let fields = session::open(status, body)?;
        let transaction_id = fields.needed("tid", "transaction_id");
        Ok(Answered::new(Charged {
            transaction_id: transaction_id.map_err(|error| CallError::unreadable(status, error))?,
            approval_no: fields.filled("cid"),
            amount: fields.won("amount"),
            billing_key: fields.secret("billkey"),
            paid_at: fields.filled("transaction_date"),
        }))
    }
}
