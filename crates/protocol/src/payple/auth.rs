//! Merchant authentication (`/php/auth.php`), which comes before every other call.

use crate::{CallError, Error, Fault, Field, Kind, Secret, Table, proof::Answered, wire::Fields};

/// 가맹점 인증: asks for tokens that are good for one purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// `cst_id`.
    pub merchant_id: String,
    /// `custKey`. The answer has a field of the same name, which is a token.
    pub merchant_key: Secret,
    /// What the tokens are for.
    pub purpose: Purpose,
}

/// What tokens are for. A token for one purpose does nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Opening the payment window.
    Pay,
    /// Looking a payment up (PAYCHK).
    Lookup,
    /// Looking a registered card up (PUSERINFO).
    Payer,
    /// Cancelling.
    Refund,
    /// Deleting a registered card (PUSERDEL).
    PayerDelete,
    /// Charging a registered card once a month (RePayCard).
    RepeatMonthly,
    /// Charging a registered card at any time (SimplePayCard).
    RepeatFreely,
    /// Charging a registered account once a month (RePay). Not in the card manual.
    TransferMonthly,
    /// Charging a registered account at any time (SimplePay). Not in the card manual.
    TransferFreely,
    /// Issuing a cash receipt (TSREG). Not in the card manual.
    CashReceipt,
    /// Taking a cash receipt back (TSCANCEL). Not in the card manual.
    CashReceiptCancel,
    /// Making a payment link (LINKREG). Not in the card manual.
    Link,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 12] = [
        Self::Pay,
        Self::Lookup,
        Self::Payer,
        Self::Refund,
        Self::PayerDelete,
        Self::RepeatMonthly,
        Self::RepeatFreely,
        Self::TransferMonthly,
        Self::TransferFreely,
        Self::CashReceipt,
        Self::CashReceiptCancel,
        Self::Link,
    ];

    /// The flags that ask for it. What asks for a card and says more stands before its transfer in [`Self::ALL`].
    const fn flags(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Pay => &[],
            Self::Lookup => &[("PCD_PAYCHK_FLAG", "Y")],
            Self::Payer => &[("PCD_PAY_WORK", "PUSERINFO")],
            Self::Refund => &[("PCD_PAYCANCEL_FLAG", "Y")],
            Self::PayerDelete => &[("PCD_PAY_WORK", "PUSERDEL")],
            Self::RepeatMonthly => &[("PCD_REGULER_FLAG", "Y"), ("PCD_PAY_TYPE", "card")],
            Self::RepeatFreely => &[("PCD_SIMPLE_FLAG", "Y"), ("PCD_PAY_TYPE", "card")],
            Self::TransferMonthly => &[("PCD_REGULER_FLAG", "Y")],
            Self::TransferFreely => &[("PCD_SIMPLE_FLAG", "Y")],
            Self::CashReceipt => &[("PCD_PAY_WORK", "TSREG")],
            Self::CashReceiptCancel => &[("PCD_PAY_WORK", "TSCANCEL")],
            Self::Link => &[("PCD_PAY_WORK", "LINKREG")],
        }
    }

    /// Where the gateway sends these tokens today, for the sandbox. Callers follow the answer instead.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Pay => "/index.php?ACT_=PAYM",
            Self::Lookup => "/php/PayChkAct.php",
            Self::Payer => "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO",
            Self::Refund => "/php/account/api/cPayCAct.php",
            Self::PayerDelete => "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL",
            Self::RepeatMonthly => "/php/RePayCardAct.php?ACT_=PAYM",
            Self::RepeatFreely => "/php/SimplePayCardAct.php?ACT_=PAYM",
            Self::TransferMonthly => "/php/RePayAct.php?ACT_=PAYM",
            Self::TransferFreely => "/php/SimplePayAct.php?ACT_=PAYM",
            Self::CashReceipt => "/php/taxsave/api/tsAct.php?ACT_=TSREG",
            Self::CashReceiptCancel => "/php/taxsave/api/tsAct.php?ACT_=TSCANCEL",
            Self::Link => "/php/link/api/LinkRegAct.php?ACT_=LINKREG",
        }
    }
}

/// Windows' works do no harm: old pages send them along.
const WORKS: &[&str] = &[
    "PUSERINFO",
    "PUSERDEL",
    "TSREG",
    "TSCANCEL",
    "LINKREG",
    "CERT",
    "PAY",
    "AUTH",
];

impl Auth {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "cst_id", "가맹점 ID", 255).required(),
            Field::text("merchant_key", "custKey", "비밀키", 255).required(),
            Field::new(
                "purpose_lookup",
                "PCD_PAYCHK_FLAG",
                "결과조회 여부",
                Kind::OneOf(&["Y"]),
            ),
            Field::new(
                "purpose_payer",
                "PCD_PAY_WORK",
                "업무구분",
                Kind::OneOf(WORKS),
            ),
            Field::new(
                "purpose_refund",
                "PCD_PAYCANCEL_FLAG",
                "승인취소",
                Kind::OneOf(&["Y"]),
            ),
            Field::new(
                "purpose_monthly",
                "PCD_REGULER_FLAG",
                "월 1회 정기결제",
                Kind::OneOf(&["Y"]),
            ),
            Field::new(
                "purpose_freely",
                "PCD_SIMPLE_FLAG",
                "월 2회 이상",
                Kind::OneOf(&["Y"]),
            ),
            // Without it the two flags above mean transfers.
            Field::text("method", "PCD_PAY_TYPE", "결제수단", 20),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::from([
            ("cst_id", self.merchant_id.as_str()),
            ("custKey", self.merchant_key.expose()),
        ]);
        for (flag, value) in self.purpose.flags() {
            fields.push(*flag, *value);
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
        let asks = |purpose: &Purpose| {
            let is_said =
                |(name, value): &(&str, &str)| fields.text(name).as_deref() == Some(value);
            let flags = purpose.flags();
            !flags.is_empty() && flags.iter().all(is_said)
        };
        Ok(Self {
            merchant_id: fields.needed("cst_id", "merchant_id")?,
            merchant_key: fields.needed_secret("custKey", "merchant_key")?,
            purpose: Purpose::ALL.into_iter().find(asks).unwrap_or(Purpose::Pay),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<AuthAnswer>, CallError> {
        let fields = super::answer::open(status, body, "result", "result_msg")?;
        let answer = AuthAnswer::from_fields(&fields)
            .map_err(|error| CallError::unreadable(status, error))?;
        Ok(Answered::new(answer))
    }
}

/// 인증 결과: tokens for the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthAnswer {
    /// `cst_id`, now a token; new with every call.
    pub merchant_token: Secret,
    /// `custKey`, now a token; new with every call.
    pub merchant_key_token: Secret,
    /// `AuthKey`.
    pub auth_key: Secret,
    /// `PCD_PAY_HOST` (`cPayHost` in an old example).
    pub host: String,
    /// `PCD_PAY_URL` (`cPayUrl`).
    pub path: String,
    /// `return_url`: the next endpoint. It may change from call to call, so it is followed, within
    /// [`super::Hosts::next_url`].
    pub next_url: String,
}

impl AuthAnswer {
    fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let host = fields
            .any(&["PCD_PAY_HOST", "cPayHost"])
            .unwrap_or_default();
        let path = fields.any(&["PCD_PAY_URL", "cPayUrl"]).unwrap_or_default();
        let next_url = match fields.filled("return_url") {
            Some(url) => url,
            None if host.is_empty() => return Err(Error::FieldMissing { field: "next_url" }),
            None => [host.as_str(), path.as_str()].concat(),
        };
        Ok(Self {
            merchant_token: fields.needed_secret("cst_id", "merchant_token")?,
            merchant_key_token: fields.needed_secret("custKey", "merchant_key_token")?,
            auth_key: fields.needed_secret("AuthKey", "auth_key")?,
            host,
            path,
            next_url,
        })
    }

    /// The tokens, for the next call.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        Tokens {
            merchant_token: self.merchant_token.clone(),
            merchant_key_token: self.merchant_key_token.clone(),
            auth_key: self.auth_key.clone(),
        }
    }
}

/// What every call after [`Auth`] begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// `PCD_CST_ID`.
    pub merchant_token: Secret,
    /// `PCD_CUST_KEY`.
    pub merchant_key_token: Secret,
    /// `PCD_AUTH_KEY`.
    pub auth_key: Secret,
}

impl Tokens {
    pub(super) const ROWS: [Field; 3] = [
        Field::text("merchant_token", "PCD_CST_ID", "가맹점 ID", 1024).required(),
        Field::text("merchant_key_token", "PCD_CUST_KEY", "비밀키", 1024).required(),
        Field::text("auth_key", "PCD_AUTH_KEY", "Transaction 키", 1024).required(),
    ];

    pub(super) fn fields(&self) -> Fields {
        Fields::from([
            ("PCD_CST_ID", &self.merchant_token),
            ("PCD_CUST_KEY", &self.merchant_key_token),
            ("PCD_AUTH_KEY", &self.auth_key),
        ])
    }

    pub(super) fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            merchant_token: fields.needed_secret("PCD_CST_ID", "merchant_token")?,
            merchant_key_token: fields.needed_secret("PCD_CUST_KEY", "merchant_key_token")?,
            auth_key: fields.needed_secret("PCD_AUTH_KEY", "auth_key")?,
        })
    }
}
