//! PAYCHK: what became of a payment.

use super::{Payment, Tokens, answer, code_table};
use crate::{CallError, Error, Fault, Field, Kind, Method, Table, proof::Answered, wire::Fields};

/// 결제결과 조회, sent to the `next_url` of an [`super::Auth`] for [`super::Purpose::Lookup`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// From the auth answer; one set is good for half an hour of lookups.
    pub tokens: Tokens,
    /// 결제수단.
    pub method: Method,
    /// 주문번호.
    pub order_id: String,
    /// 결제요청일자 `YYYYMMDD`, the day in Korea. Around midnight ask for both.
    pub paid_on: String,
}

/// What a lookup found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // taken apart where it is read, never stored
pub enum LookupAnswer {
    /// The payment.
    Found(Answered<Payment>),
    /// No such payment on that day. It may still come: this alone declines nothing.
    Absent(Answered<Absent>),
}

/// The gateway knows no payment of this order on this day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The order that was asked for.
    pub order_id: String,
    /// The day that was asked for.
    pub paid_on: String,
    /// 결과 코드.
    pub gateway_code: Option<String>,
    /// 결과 메세지.
    pub gateway_message: Option<String>,
}

impl Lookup {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Tokens::ROWS[0],
            Tokens::ROWS[1],
            Tokens::ROWS[2],
            Field::new(
                "lookup",
                "PCD_PAYCHK_FLAG",
                "결과조회 여부",
                Kind::OneOf(&["Y"]),
            )
            .required(),
            Field::text("method", "PCD_PAY_TYPE", "결제수단", 20).required(),
            Field::text("order_id", "PCD_PAY_OID", "주문번호", 255).required(),
            Field::new("paid_on", "PCD_PAY_DATE", "결제요청일자", Kind::Date).required(),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.tokens.fields();
        fields.push("PCD_PAYCHK_FLAG", "Y");
        fields.push("PCD_PAY_TYPE", &self.method);
        fields.push("PCD_PAY_OID", &self.order_id);
        fields.push("PCD_PAY_DATE", &self.paid_on);
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
            method: Method::from(fields.or_empty("PCD_PAY_TYPE")),
            order_id: fields.needed("PCD_PAY_OID", "order_id")?,
            paid_on: fields.needed("PCD_PAY_DATE", "paid_on")?,
        })
    }

    /// Reads the answer. `PCD_PAY_RST: error` means that there is no such payment, unless its code speaks of something else: our
    /// access, the question, an outage, or a payment that is done or in process. Then it is a refusal, and nothing is known.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<LookupAnswer, CallError> {
        match answer::open_payment(status, body) {
            Ok(fields) => match Payment::from_fields(&fields) {
                Ok(payment) => Ok(LookupAnswer::Found(Answered::new(payment))),
                Err(error) => Err(CallError::unreadable(status, error)),
            },
            Err(CallError::Refused {
                status: 200..=299,
                gateway_code,
                gateway_message,
                ..
            }) if code_table::is_absence(&gateway_code) => {
                let said = |text: String| Some(text).filter(|text| !text.is_empty());
                Ok(LookupAnswer::Absent(Answered::new(Absent {
                    order_id: self.order_id.clone(),
                    paid_on: self.paid_on.clone(),
                    gateway_code: said(gateway_code),
                    gateway_message: said(gateway_message),
                })))
            }
            Err(refused) => Err(refused),
        }
    }
}
