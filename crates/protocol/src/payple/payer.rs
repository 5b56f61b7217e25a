//! PUSERINFO and PUSERDEL: whose card a billing key is, and forgetting it.

use super::{Tokens, answer, codes, keys, notify::CARD_NAMES};
use crate::{
    CallError, CardNumber, Error, Fault, Field, Method, Secret, Table, proof::Answered,
    wire::Fields,
};

/// 등록카드 조회, sent to the `next_url` of an [`super::Auth`] for [`super::Purpose::Payer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerLookup {
    /// From the auth answer.
    pub tokens: Tokens,
    /// 결제(빌링) KEY.
    pub billing_key: Secret,
    /// 결제고객 고유번호. The manual marks it as needed, newer documents do not.
    pub customer_id: Option<String>,
}

/// A registered card.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Payer {
    /// 결제 키.
    pub billing_key: Secret,
    /// 결제고객 고유번호, where it is echoed.
    pub customer_id: Option<String>,
    /// 결제자명.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// 휴대폰번호, masked by the gateway.
    #[debug("[redacted]")]
    pub customer_phone: Option<String>,
    /// 결제수단.
    pub method: Option<Method>,
    /// 카드사코드, of an account 은행코드.
    pub issuer_code: Option<String>,
    /// 카드사명, of an account 은행명.
    pub card_name: Option<String>,
    /// 카드번호, of an account 계좌번호.
    pub card_number: Option<CardNumber>,
    /// 개인 or 법인.
    pub holder_type: Option<String>,
    /// 결과 코드.
    pub gateway_code: Option<String>,
    /// 결과 메세지.
    pub gateway_message: Option<String>,
}

impl PayerLookup {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Tokens::ROWS[0],
            Tokens::ROWS[1],
            Tokens::ROWS[2],
            Field::text("billing_key", "PCD_PAYER_ID", "결제(빌링) KEY", 255).required(),
            Field::text("customer_id", "PCD_PAYER_NO", "결제고객 고유번호", 255),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.tokens.fields();
        fields.push("PCD_PAYER_ID", &self.billing_key);
        fields.push_some("PCD_PAYER_NO", self.customer_id.as_ref());
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
        })
    }

    /// Reads the answer. The card stands under card names (new) or under bank names (manual of 2020).
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Payer>, CallError> {
        let fields = answer::open_payment(status, body)?;
        let unreadable = |error| CallError::unreadable(status, error);
        let number = fields.any(&[keys::CARD_NUMBER, "PCD_PAY_BANKNUM"]);
        Ok(Answered::new(Payer {
            billing_key: fields
                .needed_secret(keys::BILLING_KEY, "billing_key")
                .map_err(unreadable)?,
            customer_id: fields.filled(keys::CUSTOMER_ID),
            customer_name: fields.filled("PCD_PAYER_NAME"),
            customer_phone: fields.filled("PCD_PAYER_HP"),
            method: fields.filled(keys::METHOD).map(Method::from),
            issuer_code: fields.any(&["PCD_PAY_CARD", "PCD_PAY_BANK"]),
            card_name: fields
                .any(&CARD_NAMES)
                .or_else(|| fields.filled("PCD_PAY_BANKNAME")),
            card_number: number.map(|number| {
                if fields.text(keys::METHOD).as_deref() == Some("transfer") {
                    CardNumber::of_account(&number)
                } else {
                    CardNumber::new(&number)
                }
            }),
            holder_type: fields.filled("PCD_PAY_BANKACCTYPE"),
            gateway_code: codes::read(&fields),
            gateway_message: fields.filled(keys::GATEWAY_MESSAGE),
        }))
    }
}

/// 등록카드 해지, sent to the `next_url` of an [`super::Auth`] for [`super::Purpose::PayerDelete`]. The billing key is
/// gone after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerDelete {
    /// From the auth answer.
    pub tokens: Tokens,
    /// 결제 키.
    pub billing_key: Secret,
    /// 결제고객 고유번호.
    pub customer_id: Option<String>,
}

/// A registered card that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerDeleted {
    /// 결제 키.
    pub billing_key: Secret,
    /// 결제고객 고유번호, where it is echoed.
    pub customer_id: Option<String>,
    /// 결제수단.
    pub method: Option<Method>,
    /// 결과 코드; the manual's example has none.
    pub gateway_code: Option<String>,
    /// 해지요청 결과 메세지.
    pub gateway_message: Option<String>,
}

impl PayerDelete {
    /// What the call takes.
    pub const TABLE: Table = PayerLookup::TABLE;

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.tokens.fields();
        fields.push("PCD_PAYER_ID", &self.billing_key);
        fields.push_some("PCD_PAYER_NO", self.customer_id.as_ref());
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
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<PayerDeleted>, CallError> {
        let fields = answer::open_payment(status, body)?;
        let billing_key = fields.needed_secret(keys::BILLING_KEY, "billing_key");
        Ok(Answered::new(PayerDeleted {
            billing_key: billing_key.map_err(|error| CallError::unreadable(status, error))?,
            customer_id: fields.filled(keys::CUSTOMER_ID),
            method: fields.filled(keys::METHOD).map(Method::from),
            gateway_code: codes::read(&fields),
            gateway_message: fields.filled(keys::GATEWAY_MESSAGE),
        }))
    }
}
