//! What Payple answers about a payment, and how its answers are told from refusals.

use super::{
    BankAccount, Repeat, TransferReceipt, codes, keys,
    notify::{CARD_NAMES, CARD_NUMBERS, TRANSACTION_IDS},
};
use crate::{CallError, CardNumber, Error, Method, Money, Secret, Work, wire::Fields};

/// A payment, as the gateway tells our server (confirm, charge and PAYCHK).
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// 주문번호.
    pub order_id: String,
    /// 결제금액.
    pub amount: Option<Money>,
    /// What the window was opened for; PAYCHK does not always say.
    pub work: Option<Work>,
    /// 결제수단.
    pub method: Option<Method>,
    /// 결제고객 고유번호. The gateway answers `0` where the page sent nothing.
    pub customer_id: Option<String>,
    /// 결제고객 이름.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// 결제고객 휴대폰번호.
    #[debug("[redacted]")]
    pub customer_phone: Option<String>,
    /// 결과 발송 Email.
    #[debug("[redacted]")]
    pub customer_email: Option<String>,
    /// 결제(빌링) KEY.
    pub billing_key: Option<Secret>,
    /// 상품명.
    pub product_name: Option<String>,
    /// 과세설정.
    pub taxable: Option<bool>,
    /// 복합과세 부가세.
    pub tax_amount: Option<Money>,
    /// How often the card is charged: monthly for which month, or freely.
    pub repeat: Option<Repeat>,
    /// 거래 키.
    pub transaction_id: Option<String>,
    /// 승인번호.
    pub approval_no: Option<String>,
    /// 카드사명.
    pub card_name: Option<String>,
    /// 카드번호.
    pub card_number: Option<CardNumber>,
    /// The account, if it is a transfer.
    pub bank_account: Option<BankAccount>,
    /// The cash receipt of a transfer.
    pub cash_receipt: Option<TransferReceipt>,
    /// 결제시간 `yyyyMMddHHmmss`, KST.
    pub paid_at: Option<String>,
    /// 매출전표 링크.
    pub receipt_url: Option<String>,
    /// 가맹점 사용 필드 1.
    pub custom1: Option<String>,
    /// 가맹점 사용 필드 2.
    pub custom2: Option<String>,
    /// What was given back; none if nothing was.
    pub refunded: Option<Money>,
    /// 결과 코드.
    pub gateway_code: Option<String>,
    /// 결과 메세지.
    pub gateway_message: Option<String>,
}

impl Payment {
    pub(super) fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            order_id: fields.needed(keys::ORDER_ID, "order_id")?,
            amount: fields.won(keys::AMOUNT),
            work: fields.filled(keys::WORK).and_then(|word| word.parse().ok()),
            method: fields.filled(keys::METHOD).map(Method::from),
            customer_id: fields.filled(keys::CUSTOMER_ID),
            customer_name: fields.filled("PCD_PAYER_NAME"),
            customer_phone: fields.filled("PCD_PAYER_HP"),
            customer_email: fields.filled("PCD_PAYER_EMAIL"),
            billing_key: fields.secret(keys::BILLING_KEY),
            product_name: fields.filled(keys::PRODUCT_NAME),
            taxable: fields
                .filled("PCD_PAY_ISTAX")
                .map(|_| fields.is_yes("PCD_PAY_ISTAX")),
            tax_amount: fields.won("PCD_PAY_TAXTOTAL"),
            repeat: Repeat::read(fields),
            transaction_id: fields.any(&TRANSACTION_IDS),
            approval_no: fields.filled(keys::APPROVAL_NO),
            card_name: fields.any(&CARD_NAMES),
            card_number: fields
                .any(&CARD_NUMBERS)
                .map(|number| CardNumber::new(&number)),
            bank_account: BankAccount::read(fields),
            cash_receipt: TransferReceipt::read(fields),
            paid_at: fields.filled(keys::PAID_AT),
            receipt_url: fields.filled(keys::RECEIPT_URL),
            custom1: fields.filled("PCD_USER_DEFINE1"),
            custom2: fields.filled("PCD_USER_DEFINE2"),
            refunded: fields
                .won("PCD_REFUND_TOTAL")
                .filter(|money| !money.is_zero()),
            gateway_code: codes::read(fields),
            gateway_message: fields.filled(keys::GATEWAY_MESSAGE),
        })
    }
}

/// Opens an answer: its fields if it is a success, the refusal if it says so, unreadable otherwise.
///
/// The gateway answers HTTP 200 to everything, with whatever content type PHP sets, so the body decides.
pub(super) fn open(
    status: u16,
    body: &[u8],
    outcome: &str,
    message: &str,
) -> Result<Fields, CallError> {
    let unreadable = |error| CallError::unreadable(status, error);
    let fields = Fields::from_json(body).map_err(unreadable)?;
    let said = fields.needed(outcome, "outcome").map_err(unreadable)?;
    if said != "success" {
        return Err(CallError::Refused {
            status,
            gateway_code: codes::read(&fields).unwrap_or_default(),
            gateway_message: fields.or_empty(message),
            detail: None,
        });
    }
    // A success under an error status is nothing to build on.
    if (200..300).contains(&status) {
        Ok(fields)
    } else {
        Err(unreadable(Error::BodyMalformed))
    }
}

pub(super) fn open_payment(status: u16, body: &[u8]) -> Result<Fields, CallError> {
    open(status, body, keys::OUTCOME, keys::GATEWAY_MESSAGE)
}
