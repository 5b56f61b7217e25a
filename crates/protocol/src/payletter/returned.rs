//! The return: the browser comes back by a form post, from an origin of `null` and without cookies.

use super::{CashReceipt, VirtualAccount};
use crate::{CardNumber, Error, Method, Money, Secret, hash, proof::Verified, wire::Fields};

/// What a browser brings to `return_url`. It is not evidence: it tells which payment to look up, and for a virtual
/// account where to pay in.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Is `code` zero?
    pub succeeded: bool,
    /// `code`.
    pub gateway_code: Option<String>,
    /// `message`.
    pub gateway_message: Option<String>,
    /// `user_id`.
    pub customer_id: Option<String>,
    /// `user_name`.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// `service_name`.
    pub service_name: Option<String>,
    /// `order_no`.
    pub order_id: Option<String>,
    /// `amount`, as the text that came.
    pub amount: Option<String>,
    /// `taxfree_amount`.
    pub tax_free_amount: Option<Money>,
    /// `tax_amount`.
    pub tax_amount: Option<Money>,
    /// `disposable_cup_deposit`.
    pub cup_deposit: Option<Money>,
    /// `tid`.
    pub transaction_id: Option<String>,
    /// `cid`.
    pub approval_no: Option<String>,
    /// `pgcode`.
    pub method: Option<Method>,
    /// `product_name`.
    pub product_name: Option<String>,
    /// `custom_parameter`.
    pub custom: Option<String>,
    /// `pay_info`.
    pub extra: Option<String>,
    /// `transaction_date`.
    pub paid_at: Option<String>,
    /// `card_info`.
    pub card_number: Option<CardNumber>,
    /// `install_month`.
    pub installments: Option<String>,
    /// `domestic_flag`, as sent; see [`super::Callback::domestic_flag`].
    pub domestic_flag: Option<String>,
    /// `billkey`.
    pub billing_key: Option<Secret>,
    /// Where to pay in, if a virtual account was issued.
    pub virtual_account: Option<VirtualAccount>,
    /// The cash receipt, if one was asked for.
    pub cash_receipt: Option<CashReceipt>,
}

/// A registered billing key ("Verification only"). There is no callback for it: the return's own hash is the evidence.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// `user_id`.
    pub customer_id: String,
    /// `billkey`.
    pub billing_key: Secret,
    /// `order_no`. Not covered by the hash.
    pub order_id: String,
    /// `pgcode`. Not covered by the hash.
    pub method: Method,
    /// `custom_parameter`. Not covered by the hash.
    pub custom: Option<String>,
    /// `card_info`.
    pub card_number: Option<CardNumber>,
    /// `pay_info`: the card company.
    pub card_name: Option<String>,
    /// `user_name`.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// `service_name`.
    pub service_name: Option<String>,
    /// `product_name`.
    pub product_name: Option<String>,
}

impl Return {
    /// Reads what came. Nothing is needed: a failure carries little more than its code.
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        let code = fields.filled("code");
        Self {
            succeeded: code.as_deref() == Some("0"),
            gateway_code: code,
            gateway_message: fields.filled("message"),
            customer_id: fields.filled("user_id"),
            customer_name: fields.filled("user_name"),
            service_name: fields.filled("service_name"),
            order_id: fields.filled("order_no"),
            amount: fields.filled("amount"),
            tax_free_amount: fields.won("taxfree_amount"),
            tax_amount: fields.won("tax_amount"),
            cup_deposit: fields.won("disposable_cup_deposit"),
            transaction_id: fields.filled("tid"),
            approval_no: fields.filled("cid"),
            method: fields.filled("pgcode").map(Method::from),
            product_name: fields.filled("product_name"),
            custom: fields.filled("custom_parameter"),
            extra: fields.filled("pay_info"),
            paid_at: fields.filled("transaction_date"),
            card_number: fields
                .filled("card_info")
                .map(|number| CardNumber::new(&number)),
            installments: fields.filled("install_month"),
            domestic_flag: fields.filled("domestic_flag"),
            billing_key: fields.secret("billkey"),
            virtual_account: VirtualAccount::read(fields),
            cash_receipt: CashReceipt::read_flat(fields),
        }
    }

    /// Believes a registration if its hash is ours. For attempts that asked for a registration, and for no others:
    /// which form of the hash applies is the caller's knowledge, not the message's.
    pub fn verify_registration(
        fields: &Fields,
        payment_key: &Secret,
    ) -> Result<Verified<Registration>, Error> {
        fields.refuse_duplicates()?;
        let received = fields
            .bytes("payhash")
            .filter(|hash| !hash.is_empty())
            .ok_or(Error::HashMissing)?;
        let part = |name: &str, field| {
            let bytes = fields.bytes(name).filter(|bytes| !bytes.is_empty());
            bytes.ok_or(Error::FieldMissing { field })
        };
        let user_id = part("user_id", "customer_id")?;
        let billkey = part("billkey", "billing_key")?;
        if !hash::payhash_verification_only(user_id, billkey, payment_key).matches_hex(&received) {
            return Err(Error::HashMismatch);
        }
        Ok(Verified::new(Registration {
            customer_id: fields.needed("user_id", "customer_id")?,
            billing_key: fields.needed_secret("billkey", "billing_key")?,
            order_id: fields.or_empty("order_no"),
            method: Method::from(fields.or_empty("pgcode")),
            custom: fields.filled("custom_parameter"),
            card_number: fields
                .filled("card_info")
                .map(|number| CardNumber::new(&number)),
            card_name: fields.filled("pay_info"),
            customer_name: fields.filled("user_name"),
            service_name: fields.filled("service_name"),
            product_name: fields.filled("product_name"),
        }))
    }
}
