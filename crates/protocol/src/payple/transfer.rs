//! Bank transfers (계좌이체): the account they are paid from, their cash receipts, and charging a registered account.
//! Not in the card manual; from the vendor's documents of bank payment.

use super::{Charge, Payment, Purpose, Repeat, Tokens, TradeUse};
use crate::{
    CallError, CardNumber, Error, Fault, Field, Kind, Table, When, proof::Answered, wire::Fields,
};

/// The account that a transfer is paid from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankAccount {
    /// 은행코드.
    pub bank_code: Option<String>,
    /// 은행명.
    pub bank_name: Option<String>,
    /// 계좌번호, masked.
    pub account_number: Option<CardNumber>,
    /// 개인 or 법인: `personal`, `company`, or in Korean.
    pub holder_type: Option<String>,
}

impl BankAccount {
    /// None if nothing is said of an account.
    pub(super) fn read(fields: &Fields) -> Option<Self> {
        let account = Self {
            bank_code: fields.filled("PCD_PAY_BANK"),
            bank_name: fields.filled("PCD_PAY_BANKNAME"),
            account_number: fields
                .filled("PCD_PAY_BANKNUM")
                .map(|number| CardNumber::of_account(&number)),
            holder_type: fields.filled("PCD_PAY_BANKACCTYPE"),
        };
        let said = account.bank_name.is_some() || account.account_number.is_some();
        said.then_some(account)
    }
}

/// What became of the cash receipt of a transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferReceipt {
    /// 현금영수증 발행여부: was one asked for?
    pub asked: bool,
    /// 현금영수증 발행결과, as it came: `Y`, `N`, `0000`, or a number such as `-10002122`.
    pub result: Option<String>,
    /// 국세청 발행 고유번호.
    pub receipt_no: Option<String>,
    /// 결과 메세지.
    pub message: Option<String>,
}

impl TransferReceipt {
    /// None if nothing is said of one.
    pub(super) fn read(fields: &Fields) -> Option<Self> {
        let receipt = Self {
            asked: fields.is_yes("PCD_TAXSAVE_FLAG"),
            result: fields.filled("PCD_TAXSAVE_RST"),
            receipt_no: fields.filled("PCD_TAXSAVE_MGTNUM"),
            message: fields.filled("PCD_TAXSAVE_MSG"),
        };
        let said = receipt.asked || receipt.result.is_some() || receipt.receipt_no.is_some();
        said.then_some(receipt)
    }

    /// Was it issued, or with a refund taken back? A refund may be done although this was not.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.result.as_deref(), Some("Y" | "0000"))
    }
}

/// 이후결제 of a registered account, sent to the `next_url` of an [`super::Auth`] for [`TransferCharge::purpose`].
///
/// The same as a card's [`Charge`] in all else: the order id is the only guard against charging twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferCharge {
    /// What is charged. Its billing key is an account's.
    pub charge: Charge,
    /// The cash receipt that is to be issued with it; none if none.
    pub receipt: Option<ReceiptOrder>,
}

/// A cash receipt that is asked for with a charge.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct ReceiptOrder {
    /// 소득공제 or 지출증빙.
    pub trade_use: TradeUse,
    /// 발행 번호: a phone or business number. Without it the payer's own is taken.
    #[debug("[redacted]")]
    pub holder_number: Option<String>,
}

const WHEN_RECEIPT: &[&[When]] = &[&[When::Is("PCD_TAXSAVE_FLAG", &["Y"])]];

const CARD_ROWS: usize = Charge::TABLE.fields.len();

/// The rows of a card's charge, with another method and another least amount, and those of the receipt.
const ROWS: [Field; CARD_ROWS + 3] = {
    let mut rows = [METHOD; CARD_ROWS + 3];
    let mut at = 0;
    while at < CARD_ROWS {
        rows[at] = Charge::TABLE.fields[at];
        if matches!(rows[at].kind, Kind::Won(100)) {
            rows[at] = AMOUNT;
        }
        at += 1;
    }
    rows[Tokens::ROWS.len()] = METHOD;
    rows[at] = Field::flag("cash_receipt", "PCD_TAXSAVE_FLAG", "현금영수증 발행여부").required();
    rows[at + 1] = Field::new(
        "trade_use",
        "PCD_TAXSAVE_TRADE",
        "현금영수증 발행 타입",
        Kind::OneOf(&["personal", "company"]),
    )
    .when(WHEN_RECEIPT);
    rows[at + 2] = Field::text(
        "holder_number",
        "PCD_TAXSAVE_IDNUM",
        "현금영수증 발행 번호",
        20,
    );
    rows
};

const METHOD: Field = Field::new(
    "method",
    "PCD_PAY_TYPE",
    "결제수단",
    Kind::OneOf(&["transfer"]),
)
.required();

const AMOUNT: Field = Field::new("amount", "PCD_PAY_TOTAL", "결제금액", Kind::Won(1000)).required();

impl TransferCharge {
    /// What the call takes.
    pub const TABLE: Table = Table { fields: &ROWS };

    /// What the tokens must be for.
    #[must_use]
    pub const fn purpose(&self) -> Purpose {
        match self.charge.repeat {
            Repeat::Monthly { .. } => Purpose::TransferMonthly,
            Repeat::Freely => Purpose::TransferFreely,
        }
    }

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = self.charge.fields();
        fields.set("PCD_PAY_TYPE", "transfer");
        let receipt = self.receipt.as_ref();
        fields.push("PCD_TAXSAVE_FLAG", receipt.map_or("N", |_| "Y"));
        if let Some(receipt) = receipt {
            fields.push("PCD_TAXSAVE_TRADE", receipt.trade_use.to_wire());
            fields.push_some("PCD_TAXSAVE_IDNUM", receipt.holder_number.as_ref());
        }
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let receipt = || ReceiptOrder {
            trade_use: TradeUse::read(&fields.or_empty("PCD_TAXSAVE_TRADE")),
            holder_number: fields.filled("PCD_TAXSAVE_IDNUM"),
        };
        Ok(Self {
            charge: Charge::from_fields(fields)?,
            receipt: fields.is_yes("PCD_TAXSAVE_FLAG").then(receipt),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Payment>, CallError> {
        self.charge.read(status, body)
    }
}
