//! Cash receipts for transfers: issuing one, and taking it back. Not in the card manual; from the vendor's documents.

use super::{Purpose, Tokens, answer, codes, keys};
use crate::{
    CallError, Currency, Error, Fault, Field, Kind, Money, Secret, Table, proof::Answered,
    wire::Fields,
};

/// 현금영수증 발행 or 발행취소, sent to the `next_url` of an [`super::Auth`] for [`CashReceipt::purpose`].
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct CashReceipt {
    /// From the auth answer.
    pub tokens: Tokens,
    /// Is it taken back? This is in the address alone.
    pub cancel: bool,
    /// 결제 KEY.
    pub billing_key: Secret,
    /// 주문번호.
    pub order_id: String,
    /// 현금영수증 발행금액.
    pub amount: Money,
    /// 소득공제 or 지출증빙.
    pub trade_use: TradeUse,
    /// 현금영수증 발행대상 번호: a phone or business number.
    #[debug("[redacted]")]
    pub holder_number: String,
}

/// Whom a cash receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TradeUse {
    /// `personal`: 소득공제.
    #[default]
    Personal,
    /// `company`: 지출증빙.
    Company,
}

impl TradeUse {
    pub(super) fn read(word: &str) -> Self {
        match word {
            "company" => Self::Company,
            _ => Self::Personal,
        }
    }

    pub(super) const fn to_wire(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Company => "company",
        }
    }
}

/// A cash receipt that was issued or taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CashReceiptDone {
    /// 주문번호, where it is echoed.
    pub order_id: Option<String>,
    /// 현금영수증 발행금액.
    pub amount: Option<Money>,
    /// 국세청 발행 고유번호.
    pub receipt_no: Option<String>,
    /// 결과 코드.
    pub gateway_code: Option<String>,
    /// 결과 메세지.
    pub gateway_message: Option<String>,
}

impl CashReceipt {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Tokens::ROWS[0],
            Tokens::ROWS[1],
            Tokens::ROWS[2],
            Field::text("billing_key", "PCD_PAYER_ID", "결제 KEY", 255).required(),
            Field::text("order_id", "PCD_PAY_OID", "주문번호", 255).required(),
            Field::new("amount", "PCD_TAXSAVE_AMOUNT", "발행금액", Kind::Won(1)).required(),
            Field::new(
                "trade_use",
                "PCD_TAXSAVE_TRADEUSE",
                "발행 타입",
                Kind::OneOf(&["personal", "company"]),
            )
            .required(),
            Field::text(
                "holder_number",
                "PCD_TAXSAVE_IDENTINUM",
                "발행대상 번호",
                20,
            )
            .required(),
        ],
    };

    /// What the tokens must be for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        if self.cancel {
            Purpose::CashReceiptCancel
        } else {
            Purpose::CashReceipt
        }
    }

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.tokens.fields();
        fields.push("PCD_PAYER_ID", &self.billing_key);
        fields.push("PCD_PAY_OID", &self.order_id);
        fields.push("PCD_TAXSAVE_AMOUNT", self.amount);
        fields.push("PCD_TAXSAVE_TRADEUSE", self.trade_use.to_wire());
        fields.push("PCD_TAXSAVE_IDENTINUM", &self.holder_number);
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent; whether it is to be taken back says the address.
    pub fn from_fields(cancel: bool, fields: &Fields) -> Result<Self, Error> {
        let amount = fields.needed("PCD_TAXSAVE_AMOUNT", "amount")?;
        Ok(Self {
            tokens: Tokens::from_fields(fields)?,
            cancel,
            billing_key: fields.needed_secret("PCD_PAYER_ID", "billing_key")?,
            order_id: fields.needed("PCD_PAY_OID", "order_id")?,
            amount: Money::parse(&amount, &Currency::KRW)?,
            trade_use: TradeUse::read(&fields.or_empty("PCD_TAXSAVE_TRADEUSE")),
            holder_number: fields.needed("PCD_TAXSAVE_IDENTINUM", "holder_number")?,
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<CashReceiptDone>, CallError> {
        let fields = answer::open_payment(status, body)?;
        Ok(Answered::new(CashReceiptDone {
            order_id: fields.filled(keys::ORDER_ID),
            amount: fields.won("PCD_TAXSAVE_AMOUNT"),
            receipt_no: fields.filled("PCD_TAXSAVE_MGTNUM"),
            gateway_code: codes::read(&fields),
            gateway_message: fields.filled(keys::GATEWAY_MESSAGE),
        }))
    }
}
