//! The merchant's last word in the CERT flow: only now does money move.

use super::{Payment, answer};
use crate::{CallError, Error, Fault, Field, Secret, Table, proof::Answered, wire::Fields};

/// 결제 승인요청, sent to the URL that [`super::Hosts::confirm_url`] let through.
///
/// It names no amount: the answer's order and amount must be compared with the order, and a difference cancelled at
/// once. No auth call comes before it, and the merchant's raw id and key are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// 가맹점 ID.
    pub merchant_id: String,
    /// 비밀키, the raw one.
    pub merchant_key: Secret,
    /// Transaction 키 of this payment.
    pub auth_key: Secret,
    /// 최종 승인요청용 키, from the window's result.
    pub confirm_key: Secret,
    /// 결제고객 고유 ID; needed for `PCD_CARD_VER` 01 and transfers, empty for app cards.
    pub billing_key: Option<Secret>,
}

impl Confirm {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "PCD_CST_ID", "가맹점 ID", 255).required(),
            Field::text("merchant_key", "PCD_CUST_KEY", "비밀키", 255).required(),
            Field::text("auth_key", "PCD_AUTH_KEY", "Transaction 키", 1024).required(),
            Field::text("confirm_key", "PCD_PAY_REQKEY", "최종 승인요청용 키", 1024).required(),
            Field::text("billing_key", "PCD_PAYER_ID", "결제고객 고유 ID", 255),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        Fields::from([
            ("PCD_CST_ID", self.merchant_id.as_str()),
            ("PCD_CUST_KEY", self.merchant_key.expose()),
            ("PCD_AUTH_KEY", self.auth_key.expose()),
            ("PCD_PAY_REQKEY", self.confirm_key.expose()),
            (
                "PCD_PAYER_ID",
                self.billing_key.as_ref().map_or("", Secret::expose),
            ),
        ])
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            merchant_id: fields.needed("PCD_CST_ID", "merchant_id")?,
            merchant_key: fields.needed_secret("PCD_CUST_KEY", "merchant_key")?,
            auth_key: fields.needed_secret("PCD_AUTH_KEY", "auth_key")?,
            confirm_key: fields.needed_secret("PCD_PAY_REQKEY", "confirm_key")?,
            billing_key: fields.secret("PCD_PAYER_ID"),
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
