//! Cancelling a payment, wholly or in part.

use super::{Repeat, Tokens, TransferReceipt, answer, codes, keys, notify::TRANSACTION_IDS};
use crate::{
    CallError, Currency, Error, Fault, Field, Kind, Method, Money, Secret, Table, proof::Answered,
    wire::Fields,
};

/// 승인취소, sent to the `next_url` of an [`super::Auth`] for [`super::Purpose::Refund`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// From the auth answer.
    pub tokens: Tokens,
    /// 취소요청 Token, from the merchant's admin page.
    pub refund_key: Secret,
    /// 주문번호.
    pub order_id: String,
    /// 취소할 원거래일자 `YYYYMMDD`, the day of the payment in Korea.
    pub paid_on: String,
    /// 취소금액; less than was paid cancels in part, which the test account cannot.
    pub amount: Money,
    /// 복합과세 부가세.
    pub tax_amount: Option<Money>,
}

/// A cancellation that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refunded {
    /// 주문번호.
    pub order_id: String,
    /// 취소금액.
    pub amount: Option<Money>,
    /// 복합과세 부가세 that was given back.
    pub tax_amount: Option<Money>,
    /// 결제수단.
    pub method: Option<Method>,
    /// 결제고객 고유번호, `0` where the page sent nothing.
    pub customer_id: Option<String>,
    /// 결제(빌링) KEY.
    pub billing_key: Option<Secret>,
    /// 상품명.
    pub product_name: Option<String>,
    /// Which month's charge it was.
    pub repeat: Option<Repeat>,
    /// 거래 키.
    pub transaction_id: Option<String>,
    /// 매출전표 링크.
    pub receipt_url: Option<String>,
    /// Whether the cash receipt of a transfer was taken back too.
    pub cash_receipt: Option<TransferReceipt>,
    /// 결과 코드.
    pub gateway_code: Option<String>,
    /// 결과 메세지.
    pub gateway_message: Option<String>,
}

impl Refund {
    /// What the call takes. The manual also wants the monthly fields and calls the tax `PCD_PAY_TAXTOTAL`; the wire
    /// does not.
    pub const TABLE: Table = Table {
        fields: &[
            Tokens::ROWS[0],
            Tokens::ROWS[1],
            Tokens::ROWS[2],
            Field::text("refund_key", "PCD_REFUND_KEY", "취소요청 Token", 255).required(),
            Field::new(
                "refund",
                "PCD_PAYCANCEL_FLAG",
                "승인취소",
                Kind::OneOf(&["Y"]),
            )
            .required(),
            Field::text("order_id", "PCD_PAY_OID", "주문번호", 255).required(),
            Field::new("paid_on", "PCD_PAY_DATE", "원거래일자", Kind::Date).required(),
            Field::new("amount", "PCD_REFUND_TOTAL", "취소금액", Kind::Won(1)).required(),
            Field::new(
                "tax_amount",
                "PCD_REFUND_TAXTOTAL",
                "복합과세 부가세",
                Kind::Won(0),
            ),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.tokens.fields();
        fields.push("PCD_REFUND_KEY", &self.refund_key);
        fields.push("PCD_PAYCANCEL_FLAG", "Y");
        fields.push("PCD_PAY_OID", &self.order_id);
        fields.push("PCD_PAY_DATE", &self.paid_on);
        fields.push("PCD_REFUND_TOTAL", self.amount);
        fields.push_some("PCD_REFUND_TAXTOTAL", self.tax_amount);
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
            refund_key: fields.needed_secret("PCD_REFUND_KEY", "refund_key")?,
            order_id: fields.needed("PCD_PAY_OID", "order_id")?,
            paid_on: fields.needed("PCD_PAY_DATE", "paid_on")?,
            amount: Money::parse(
                &fields.needed("PCD_REFUND_TOTAL", "amount")?,
                &Currency::KRW,
            )?,
            tax_amount: fields
                .won("PCD_REFUND_TAXTOTAL")
                .or_else(|| fields.won("PCD_PAY_TAXTOTAL")),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Refunded>, CallError> {
        let fields = answer::open_payment(status, body)?;
        let order_id = fields.needed(keys::ORDER_ID, "order_id");
        Ok(Answered::new(Refunded {
            order_id: order_id.map_err(|error| CallError::unreadable(status, error))?,
            amount: fields.won("PCD_REFUND_TOTAL"),
            tax_amount: fields
                .won("PCD_REFUND_TAXTOTAL")
                .or_else(|| fields.won("PCD_PAY_TAXTOTAL")),
            method: fields.filled(keys::METHOD).map(Method::from),
            customer_id: fields.filled(keys::CUSTOMER_ID),
            billing_key: fields.secret(keys::BILLING_KEY),
            product_name: fields.filled(keys::PRODUCT_NAME),
            repeat: Repeat::read(&fields),
            transaction_id: fields.any(&TRANSACTION_IDS),
            receipt_url: fields.filled(keys::RECEIPT_URL),
            cash_receipt: TransferReceipt::read(&fields),
            gateway_code: codes::read(&fields),
            gateway_message: fields.filled(keys::GATEWAY_MESSAGE),
        }))
    }
}
