//! Pages for the buyer: asking for a cash receipt, and showing what was paid.

use crate::{
    CallError, Currency, Error, Fault, Field, Kind, Money, Table, proof::Answered, session,
    wire::Fields,
};

/// `POST v1.0/cashreceipt/issue/{tid}`: a page where the buyer has a cash receipt issued.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CashReceiptIssue {
    /// `tid`, in the path.
    pub transaction_id: String,
    /// `client_id`.
    pub merchant_id: String,
    /// `type`.
    pub purpose: CashReceiptPurpose,
    /// `tax_flag`: is the VAT left out of the amount? The gateway's Y says that it is.
    pub tax_excluded: bool,
    /// `return_url`: where the buyer goes afterwards.
    pub return_url: String,
}

/// What a cash receipt is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CashReceiptPurpose {
    /// 0: the buyer says.
    #[default]
    BuyerSays,
    /// 1: 소득공제.
    TaxDeduction,
    /// 2: 지출증빙.
    ProofOfExpense,
}

impl CashReceiptPurpose {
    /// The gateway's number.
    #[must_use]
    pub const fn to_wire(self) -> &'static str {
        match self {
            Self::BuyerSays => "0",
            Self::TaxDeduction => "1",
            Self::ProofOfExpense => "2",
        }
    }

    fn from_wire(text: &str) -> Self {
        [Self::TaxDeduction, Self::ProofOfExpense]
            .into_iter()
            .find(|purpose| purpose.to_wire() == text)
            .unwrap_or_default()
    }
}

/// `GET v1.0/receipt/info/{tid}`: a page that shows what was paid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceiptInfo {
    /// `tid`, in the path.
    pub transaction_id: String,
    /// `client_id`.
    pub merchant_id: String,
    /// `amount`.
    pub amount: Money,
    /// `transaction_date`, `YYYYMMDD`.
    pub paid_on: String,
}

/// A page to open for the buyer, through [`super::Hosts::window_url`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptPage {
    /// `receipt_url`.
    pub url: String,
}

const TRANSACTION: Field =
    Field::text("transaction_id", "tid", "Unique Payment Number", 40).required();
const MERCHANT: Field = Field::text("merchant_id", "client_id", "Store ID", 10).required();

impl CashReceiptIssue {
    /// "Issue Cash Receipt (e-Invoice)". `tid` travels in the path.
    pub const TABLE: Table = Table {
        fields: &[
            TRANSACTION,
            MERCHANT,
            Field::new("purpose", "type", "Use for", Kind::OneOf(&["0", "1", "2"])),
            Field::flag("tax_excluded", "tax_flag", "VAT (N:Include, Y:Not Include)"),
            Field::new("return_url", "return_url", "Page URL", Kind::Url(256)).required(),
        ],
    };

    /// What is sent, as the body.
    #[must_use]
    pub fn fields(&self) -> Fields {
        Fields::from([
            ("client_id", self.merchant_id.as_str()),
            ("type", self.purpose.to_wire()),
            ("tax_flag", if self.tax_excluded { "Y" } else { "N" }),
            ("return_url", &self.return_url),
        ])
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        with_id(&self.transaction_id, self.fields()).check(&Self::TABLE)
    }

    /// Reads what a merchant sent: the path's last part, and the body.
    pub fn from_fields(transaction_id: &str, fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            transaction_id: transaction_id.to_owned(),
            merchant_id: fields.needed("client_id", "merchant_id")?,
            purpose: CashReceiptPurpose::from_wire(&fields.or_empty("type")),
            tax_excluded: fields.is_yes("tax_flag"),
            return_url: fields.needed("return_url", "return_url")?,
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<ReceiptPage>, CallError> {
        read(status, body)
    }
}

impl ReceiptInfo {
    /// "Transaction History Confirmation". `tid` travels in the path.
    pub const TABLE: Table = Table {
        fields: &[
            TRANSACTION,
            MERCHANT,
            Field::new("amount", "amount", "Payment Amount", Kind::Won(1)).required(),
            Field::new(
                "paid_on",
                "transaction_date",
                "Transaction Date",
                Kind::Date,
            )
            .required(),
        ],
    };

    /// What is sent, as the query.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("client_id", &self.merchant_id);
        fields.push("amount", self.amount);
        fields.push("transaction_date", &self.paid_on);
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        with_id(&self.transaction_id, self.fields()).check(&Self::TABLE)
    }

    /// Reads what a merchant sent: the path's last part, and the query.
    pub fn from_fields(transaction_id: &str, fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            transaction_id: transaction_id.to_owned(),
            merchant_id: fields.needed("client_id", "merchant_id")?,
            amount: Money::parse(&fields.needed("amount", "amount")?, &Currency::KRW)?,
            paid_on: fields.needed("transaction_date", "paid_on")?,
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<ReceiptPage>, CallError> {
        read(status, body)
    }
}

fn with_id(transaction_id: &str, mut fields: Fields) -> Fields {
    fields.push("tid", transaction_id);
    fields
}

fn read(status: u16, body: &[u8]) -> Result<Answered<ReceiptPage>, CallError> {
    let fields = session::open(status, body)?;
    let url = fields.needed("receipt_url", "url");
    Ok(Answered::new(ReceiptPage {
        url: url.map_err(|error| CallError::unreadable(status, error))?,
    }))
}
