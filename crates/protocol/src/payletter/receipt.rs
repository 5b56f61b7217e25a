//! Blocks that the return writes flat and the callback nests.

use crate::wire::Fields;

/// Where the buyer has to pay in. Comes with the return at issue time, when no money has moved yet.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct VirtualAccount {
    /// `account_no`.
    #[debug("[redacted]")]
    pub number: String,
    /// `account_name`: who pays in.
    #[debug("[redacted]")]
    pub depositor: Option<String>,
    /// `account_holder`: whose account it is.
    #[debug("[redacted]")]
    pub holder: Option<String>,
    /// `bank_code`: two digits (`88`), not three.
    pub bank_code: Option<String>,
    /// `bank_name`.
    pub bank_name: Option<String>,
    /// `issue_tid`.
    pub issue_id: Option<String>,
    /// `expire_date`, `YYYYMMDD`.
    pub expires_on: Option<String>,
    /// `expire_time`, `HHMM`; may be empty.
    pub expires_time: Option<String>,
}

impl VirtualAccount {
    pub(super) fn read(fields: &Fields) -> Option<Self> {
        Some(Self {
            number: fields.filled("account_no")?,
            depositor: fields.filled("account_name"),
            holder: fields.filled("account_holder"),
            bank_code: fields.filled("bank_code"),
            bank_name: fields.filled("bank_name"),
            issue_id: fields.filled("issue_tid"),
            expires_on: fields.filled("expire_date"),
            expires_time: fields.filled("expire_time"),
        })
    }
}

/// 현금영수증. Type `06` says that none was needed.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct CashReceipt {
    /// `code`: `0` when issued.
    pub code: Option<String>,
    /// `message`.
    pub message: Option<String>,
    /// `cid`.
    pub approval_no: Option<String>,
    /// `deal_no`: the order number it was issued for.
    pub order_id: Option<String>,
    /// `issue_type`: `1` by the buyer, `2` by oneself.
    pub issue_type: Option<String>,
    /// `payer_sid`: a phone or business number.
    #[debug("[redacted]")]
    pub payer_id: Option<String>,
    /// `type`: `01` tax deduction, `02` proof of expense, `06` none.
    pub purpose: Option<String>,
}

impl CashReceipt {
    /// The callback's object `cash_receipt`.
    pub(super) fn read_nested(fields: &Fields) -> Option<Self> {
        fields
            .object("cash_receipt")
            .map(|receipt| Self::read(|name| receipt.filled(name)))
    }

    /// The return's `cash_receipt_*`.
    pub(super) fn read_flat(fields: &Fields) -> Option<Self> {
        let receipt = Self::read(|name| fields.filled(&["cash_receipt_", name].concat()));
        (receipt.code.is_some() || receipt.purpose.is_some()).then_some(receipt)
    }

    fn read(filled: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            code: filled("code"),
            message: filled("message"),
            approval_no: filled("cid"),
            order_id: filled("deal_no"),
            issue_type: filled("issue_type"),
            payer_id: filled("payer_sid"),
            purpose: filled("type"),
        }
    }
}
