//! Ending a PayPal subscription.

use crate::{
    CallError, Error, Fault, Field, Secret, Table, proof::Answered, session, wire::Fields,
};

/// `POST paypal/subscription/cancel`: PayPal charges no more. A subscription that was ended before is refused with
/// [`super::codes::SUBSCRIPTION_CANCELLED_BEFORE`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionCancel {
    /// `storeid`.
    pub merchant_id: String,
    /// `poqtoken`.
    pub billing_key: Secret,
}

/// A subscription that was ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionCancelled {
    /// `code`: `0`.
    pub gateway_code: Option<String>,
    /// `message`: `OK`.
    pub gateway_message: Option<String>,
}

impl SubscriptionCancel {
    /// "PayPal 자동결제(구독형) 해지 요청", "Request json data".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "storeid", "가맹점 아이디", 20).required(),
            Field::text("billing_key", "poqtoken", "페이레터 자동결제 토큰", 40).required(),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("storeid", &self.merchant_id);
        fields.push("poqtoken", &self.billing_key);
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
            merchant_id: fields.needed("storeid", "merchant_id")?,
            billing_key: fields.needed_secret("poqtoken", "billing_key")?,
        })
    }

    /// Reads the answer. A body without a code is no answer, whatever its status.
    pub fn read(
        &self,
        status: u16,
        body: &[u8],
    ) -> Result<Answered<SubscriptionCancelled>, CallError> {
        let fields = session::open(status, body)?;
        let data = fields.object("data").unwrap_or(&fields);
        let code = data.needed("code", "gateway_code");
        Ok(Answered::new(SubscriptionCancelled {
            gateway_code: Some(code.map_err(|error| CallError::unreadable(status, error))?),
            gateway_message: data.filled("message"),
        }))
    }
}
