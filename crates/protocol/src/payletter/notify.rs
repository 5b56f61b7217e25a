//! The callback: the gateway's server tells ours that money moved.

use super::{CashReceipt, VirtualAccount};
use crate::{
    CardNumber, Currency, Error, Method, Money, Secret, hash, proof::Verified, wire::Fields,
};

/// The answer that ends the resending. Anything else, and a code that is not 0, brings the callback again, up to 20
/// times every 5 minutes.
pub const ACK: &str = r#"{"code":0,"message":"success"}"#;

/// An answer that asks for the callback again.
#[must_use]
pub fn nack(message: &str) -> String {
    let mut fields = Fields::new();
    fields.push("code", 1_u64);
    fields.push("message", message);
    fields.to_json()
}

/// A finished payment (`callback_url`, JSON).
///
/// The hash covers `customer_id`, `amount` and `transaction_id`, joined without separators. It covers neither
/// `order_id` nor `custom`, so those must be compared with the order, and a doubt settled by the transaction list.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// `user_id`.
    pub customer_id: String,
    /// `amount`.
    pub amount: Money,
    /// `tid`.
    pub transaction_id: String,
    /// `order_no`. Not covered by the hash.
    pub order_id: String,
    /// `pgcode`; see [`super::codes::same_family`]. Not covered by the hash.
    pub method: Method,
    /// `custom_parameter`. Not covered by the hash.
    pub custom: Option<String>,
    /// `cid`.
    pub approval_no: Option<String>,
    /// `user_name`.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// `product_name`.
    pub product_name: Option<String>,
    /// `service_name`.
    pub service_name: Option<String>,
    /// `transaction_date`, `YYYY-MM-DD HH:MM:SS` in KST.
    pub paid_at: Option<String>,
    /// `pay_info`: phone number, card or account, as the method has it.
    pub extra: Option<String>,
    /// `billkey`.
    pub billing_key: Option<Secret>,
    /// `card_info`.
    pub card_number: Option<CardNumber>,
    /// `install_month`: `00`, empty or a number.
    pub installments: Option<String>,
    /// `domestic_flag`, as sent. The manual says Y is overseas, the vendor's own samples say the opposite: do not
    /// branch on it.
    pub domestic_flag: Option<String>,
    /// `taxfree_amount`; seen, not in the manual's example.
    pub tax_free_amount: Option<Money>,
    /// `tax_amount`.
    pub tax_amount: Option<Money>,
    /// `disposable_cup_deposit`.
    pub cup_deposit: Option<Money>,
    /// The account that was paid into, where the callback repeats it.
    pub virtual_account: Option<VirtualAccount>,
    /// `cash_receipt`.
    pub cash_receipt: Option<CashReceipt>,
}

impl Callback {
    /// Believes a callback if its hash is ours.
    ///
    /// The hash is taken over the received bytes. A missing hash is refused for every method: the paid callback of a
    /// virtual account has one too, whatever the manual says.
    pub fn verify(fields: &Fields, payment_key: &Secret) -> Result<Verified<Self>, Error> {
        fields.refuse_duplicates()?;
        let received = fields
            .bytes("payhash")
            .filter(|hash| !hash.is_empty())
            .ok_or(Error::HashMissing)?;
        let part = |name: &str, field| fields.bytes(name).ok_or(Error::FieldMissing { field });
        let user_id = part("user_id", "customer_id")?;
        let amount = part("amount", "amount")?;
        let tid = part("tid", "transaction_id")?;
        if !hash::payhash(user_id, amount, tid, payment_key).matches_hex(&received) {
            return Err(Error::HashMismatch);
        }
        Self::read(fields).map(Verified::new)
    }

    fn read(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            customer_id: fields.needed("user_id", "customer_id")?,
            amount: Money::parse(&fields.needed("amount", "amount")?, &Currency::KRW)?,
            transaction_id: fields.needed("tid", "transaction_id")?,
            order_id: fields.or_empty("order_no"),
            method: Method::from(fields.or_empty("pgcode")),
            custom: fields.filled("custom_parameter"),
            approval_no: fields.filled("cid"),
            customer_name: fields.filled("user_name"),
            product_name: fields.filled("product_name"),
            service_name: fields.filled("service_name"),
            paid_at: fields.filled("transaction_date"),
            extra: fields.filled("pay_info"),
            billing_key: fields.secret("billkey"),
            card_number: fields
                .filled("card_info")
                .map(|number| CardNumber::new(&number)),
            installments: fields.filled("install_month"),
            domestic_flag: fields.filled("domestic_flag"),
            tax_free_amount: fields.won("taxfree_amount"),
            tax_amount: fields.won("tax_amount"),
            cup_deposit: fields.won("disposable_cup_deposit"),
            virtual_account: VirtualAccount::read(fields),
            cash_receipt: CashReceipt::read_nested(fields),
        })
    }
}
