//! How the window's result comes back: a message to the page, or a form post. The same fields, unsigned both ways.

use core::str::FromStr;

use crate::Error;

/// The names of the result's fields.
pub mod keys {
    /// 결제요청 결과: `success`, `error`, `close`.
    pub const OUTCOME: &str = "PCD_PAY_RST";
    /// What the vendor's quick start calls [`OUTCOME`]; merchants copied it, the gateway does not send it.
    pub const OUTCOME_IN_OLD_SNIPPETS: &str = "PCD_PAY_RESULT";
    /// 결과 코드.
    pub const GATEWAY_CODE: &str = "PCD_PAY_CODE";
    /// 결과 메세지.
    pub const GATEWAY_MESSAGE: &str = "PCD_PAY_MSG";
    /// 결제수단.
    pub const METHOD: &str = "PCD_PAY_TYPE";
    /// 결제요청 방식.
    pub const WORK: &str = "PCD_PAY_WORK";
    /// 일반/정기결제.
    pub const CARD_FLOW: &str = "PCD_CARD_VER";
    /// 주문번호.
    pub const ORDER_ID: &str = "PCD_PAY_OID";
    /// 결제금액.
    pub const AMOUNT: &str = "PCD_PAY_TOTAL";
    /// 상품명.
    pub const PRODUCT_NAME: &str = "PCD_PAY_GOODS";
    /// Transaction 키.
    pub const AUTH_KEY: &str = "PCD_AUTH_KEY";
    /// 최종 승인요청용 키.
    pub const CONFIRM_KEY: &str = "PCD_PAY_REQKEY";
    /// Where to confirm.
    pub const CONFIRM_URL: &str = "PCD_PAY_COFURL";
    /// 결제(빌링) KEY.
    pub const BILLING_KEY: &str = "PCD_PAYER_ID";
    /// 결제고객 고유번호.
    pub const CUSTOMER_ID: &str = "PCD_PAYER_NO";
    /// 결제결과 RETURN URL.
    pub const RESULT_URL: &str = "PCD_RST_URL";
    /// 결제시간.
    pub const PAID_AT: &str = "PCD_PAY_TIME";
    /// 카드사명.
    pub const CARD_NAME: &str = "PCD_PAY_CARDNAME";
    /// 카드번호, masked.
    pub const CARD_NUMBER: &str = "PCD_PAY_CARDNUM";
    /// 거래 키.
    pub const TRANSACTION_ID: &str = "PCD_PAY_CARDTRADENUM";
    /// 승인번호.
    pub const APPROVAL_NO: &str = "PCD_PAY_CARDAUTHNO";
    /// 매출전표 출력 링크.
    pub const RECEIPT_URL: &str = "PCD_PAY_CARDRECEIPT";
    /// What the vendor's script says when the buyer closes the window. Merchants compare this text.
    pub const CLOSED_MESSAGE: &str = "결제를 종료하였습니다.";
}

/// How the window says it went (`PCD_PAY_RST`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// `success`: authenticated, paid or registered, as the work says.
    Success,
    /// `error`, and anything unknown.
    Error,
    /// `close`: the buyer closed the window.
    Close,
}

impl FromStr for Outcome {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "success" => Ok(Self::Success),
            "error" => Ok(Self::Error),
            "close" => Ok(Self::Close),
            _ => Err(Error::NameUnknown),
        }
    }
}

#[cfg(feature = "server")]
pub use unproven::WindowResult;

#[cfg(feature = "server")]
mod unproven {
    use super::{Outcome, keys};
    use crate::{CardFlow, CardNumber, Method, Secret, Work, wire::Fields};

    /// What a browser says the window said. Nobody signed it: it says what to ask the gateway about, and is never
    /// evidence of a payment.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct WindowResult {
        /// How it went.
        pub outcome: Outcome,
        /// 결과 코드, without the mark of the test server.
        pub gateway_code: Option<String>,
        /// 결과 메세지, to show as it is.
        pub gateway_message: Option<String>,
        /// 결제수단.
        pub method: Option<Method>,
        /// What the window was opened for.
        pub work: Option<Work>,
        /// 일반/정기.
        pub card_flow: Option<CardFlow>,
        /// 주문번호.
        pub order_id: Option<String>,
        /// 결제금액, as the text that came.
        pub amount: Option<String>,
        /// Transaction 키.
        pub auth_key: Option<Secret>,
        /// 최종 승인요청용 키.
        pub confirm_key: Option<Secret>,
        /// Where to confirm; keys go there only through [`super::super::Hosts::confirm_url`].
        pub confirm_url: Option<String>,
        /// 결제(빌링) KEY.
        pub billing_key: Option<Secret>,
        /// 결제고객 고유번호.
        pub customer_id: Option<String>,
        /// 상품명.
        pub product_name: Option<String>,
        /// How often the card is charged: monthly for which month, or freely.
        pub repeat: Option<super::super::Repeat>,
        /// 카드사명.
        pub card_name: Option<String>,
        /// 카드번호.
        pub card_number: Option<CardNumber>,
        /// 거래 키.
        pub transaction_id: Option<String>,
        /// 승인번호.
        pub approval_no: Option<String>,
        /// The account, if it is a transfer.
        pub bank_account: Option<super::super::BankAccount>,
        /// The cash receipt of a transfer.
        pub cash_receipt: Option<super::super::TransferReceipt>,
        /// 결제시간 `yyyyMMddHHmmss`, KST.
        pub paid_at: Option<String>,
        /// 매출전표 링크.
        pub receipt_url: Option<String>,
        /// 가맹점 사용 필드 1, echoed.
        pub custom1: Option<String>,
        /// 가맹점 사용 필드 2, echoed.
        pub custom2: Option<String>,
    }

    impl WindowResult {
        /// Reads the fields of a message or a post. Nothing is needed: an error may come with a message alone.
        #[must_use]
        pub fn read(fields: &Fields) -> Self {
            let outcome = fields
                .any(&[keys::OUTCOME, keys::OUTCOME_IN_OLD_SNIPPETS])
                .unwrap_or_default();
            Self {
                outcome: outcome.parse().unwrap_or(Outcome::Error),
                gateway_code: super::super::codes::read(fields),
                gateway_message: fields.filled(keys::GATEWAY_MESSAGE),
                method: fields.filled(keys::METHOD).map(Method::from),
                work: fields.filled(keys::WORK).and_then(|word| word.parse().ok()),
                card_flow: fields
                    .filled(keys::CARD_FLOW)
                    .and_then(|word| word.parse().ok()),
                order_id: fields.filled(keys::ORDER_ID),
                amount: fields.filled(keys::AMOUNT),
                auth_key: fields.secret(keys::AUTH_KEY),
                confirm_key: fields.secret(keys::CONFIRM_KEY),
                confirm_url: fields.filled(keys::CONFIRM_URL),
                billing_key: fields.secret(keys::BILLING_KEY),
                customer_id: fields.filled(keys::CUSTOMER_ID),
                product_name: fields.filled(keys::PRODUCT_NAME),
                repeat: super::super::Repeat::read(fields),
                card_name: fields.any(&CARD_NAMES),
                card_number: fields
                    .any(&CARD_NUMBERS)
                    .map(|number| CardNumber::new(&number)),
                transaction_id: fields.any(&TRANSACTION_IDS),
                approval_no: fields.filled(keys::APPROVAL_NO),
                bank_account: super::super::BankAccount::read(fields),
                cash_receipt: super::super::TransferReceipt::read(fields),
                paid_at: fields.filled(keys::PAID_AT),
                receipt_url: fields.filled(keys::RECEIPT_URL),
                custom1: fields.filled("PCD_USER_DEFINE1"),
                custom2: fields.filled("PCD_USER_DEFINE2"),
            }
        }
    }

    /// The page of 2020 has `PCD_CARD*`, a sample of the manual has a typo. The newer spelling comes first.
    pub(crate) const CARD_NAMES: [&str; 3] = [keys::CARD_NAME, "PCD_CARDNAME", "PCD_PAY_CARDNANE"];
    pub(crate) const CARD_NUMBERS: [&str; 2] = [keys::CARD_NUMBER, "PCD_CARDNUM"];
    pub(crate) const TRANSACTION_IDS: [&str; 2] = [keys::TRANSACTION_ID, "PCD_CARDTRADENUM"];
}

#[cfg(feature = "server")]
pub(super) use unproven::{CARD_NAMES, CARD_NUMBERS, TRANSACTION_IDS};
