//! Where each row of the three manuals lives in this crate, as data and as a page for people.
//!
//! Requests are listed by their own [`Table`], answers by [`Message::said`]. A row that is known and not used says why.

use std::fmt::Write as _;

use crate::{Field, Gateway, Kind, Need, Table, When, payletter, payletter_global, payple};

/// A message of a manual.
#[derive(Debug, Clone, Copy)]
pub struct Message {
    /// Whose.
    pub gateway: Gateway,
    /// The manual's section.
    pub section: &'static str,
    /// Our type.
    pub name: &'static str,
    /// Who speaks.
    pub direction: Direction,
    /// Where it goes, or comes to.
    pub place: &'static str,
    /// What we write is checked against it.
    pub table: Option<&'static Table>,
    /// What we read: the gateway's name and ours. A dot leads into an object.
    pub said: &'static [(&'static str, &'static str)],
    /// What is known and not used, with the reason.
    pub left_out: &'static [(&'static str, &'static str)],
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// We, to the gateway.
    Sent,
    /// The gateway, to us.
    Received,
}

const fn sent(
    gateway: Gateway,
    section: &'static str,
    name: &'static str,
    place: &'static str,
    table: &'static Table,
) -> Message {
    Message {
        gateway,
        section,
        name,
        direction: Direction::Sent,
        place,
        table: Some(table),
        said: &[],
        left_out: &[],
    }
}

const fn received(
    gateway: Gateway,
    section: &'static str,
    name: &'static str,
    place: &'static str,
    said: &'static [(&'static str, &'static str)],
) -> Message {
    Message {
        gateway,
        section,
        name,
        direction: Direction::Received,
        place,
        table: None,
        said,
        left_out: &[],
    }
}

impl Message {
    const fn left_out(mut self, rows: &'static [(&'static str, &'static str)]) -> Self {
        self.left_out = rows;
        self
    }

    /// Is this name of the gateway's in one of the lists?
    #[must_use]
    pub fn knows(&self, wire: &str) -> bool {
        let listed = |rows: &[(&str, &str)]| rows.iter().any(|(name, _)| *name == wire);
        let in_table = self
            .table
            .is_some_and(|table| table.fields.iter().any(|field| field.wire == wire));
        in_table || listed(self.said) || listed(self.left_out)
    }
}

const DECIDES: &str = "`Ok` or `CallError`";
const MONTH_NOT_WANTED: &str =
    "taken by the gateway, not needed: the order id and the day name the payment (recorded)";

const NOT_PRINTED: &str = "recorded, not in the manual";
const ECHO: &str = "echo of what the page filled in";
const NO_EVIDENCE: &str = "unsigned: the lookup tells";

const PAYPLE_PAYMENT_LEFT_OUT: &[(&str, &str)] = &[
    ("PCD_PAY_AMOUNT", NOT_PRINTED),
    ("PCD_PAY_AMOUNT_REAL", NOT_PRINTED),
    ("PCD_PAY_DISCOUNT", NOT_PRINTED),
    ("PCD_PAY_CARDQUOTA", NOT_PRINTED),
    ("PCD_PAY_REQKEY", "echo of the confirm"),
];

const PAYPLE_PAYMENT: &[(&str, &str)] = &[
    ("PCD_PAY_RST", DECIDES),
    ("PCD_PAY_CODE", "gateway_code"),
    ("PCD_PAY_MSG", "gateway_message"),
    ("PCD_PAY_TYPE", "method"),
    ("PCD_PAY_WORK", "work"),
    ("PCD_PAY_OID", "order_id"),
    ("PCD_PAYER_NO", "customer_id"),
    ("PCD_PAYER_ID", "billing_key"),
    ("PCD_PAYER_NAME", "customer_name"),
    ("PCD_PAYER_HP", "customer_phone"),
    ("PCD_PAYER_EMAIL", "customer_email"),
    ("PCD_REGULER_FLAG", "repeat"),
    ("PCD_SIMPLE_FLAG", "repeat"),
    ("PCD_PAY_YEAR", "repeat"),
    ("PCD_PAY_MONTH", "repeat"),
    ("PCD_PAY_GOODS", "product_name"),
    ("PCD_PAY_TOTAL", "amount"),
    ("PCD_PAY_ISTAX", "taxable"),
    ("PCD_PAY_TAXTOTAL", "tax_amount"),
    ("PCD_PAY_TIME", "paid_at"),
    ("PCD_PAY_CARDNAME", "card_name"),
    ("PCD_PAY_CARDNANE", "card_name"),
    ("PCD_CARDNAME", "card_name"),
    ("PCD_PAY_CARDNUM", "card_number"),
    ("PCD_CARDNUM", "card_number"),
    ("PCD_PAY_CARDTRADENUM", "transaction_id"),
    ("PCD_CARDTRADENUM", "transaction_id"),
    ("PCD_PAY_CARDAUTHNO", "approval_no"),
    ("PCD_PAY_CARDRECEIPT", "receipt_url"),
    ("PCD_PAY_BANK", "bank_code"),
    ("PCD_PAY_BANKNAME", "bank_name"),
    ("PCD_PAY_BANKNUM", "account_number"),
    ("PCD_PAY_BANKACCTYPE", "holder_type"),
    ("PCD_TAXSAVE_FLAG", "asked"),
    ("PCD_TAXSAVE_RST", "result"),
    ("PCD_TAXSAVE_MGTNUM", "receipt_no"),
    ("PCD_USER_DEFINE1", "custom1"),
    ("PCD_USER_DEFINE2", "custom2"),
    ("PCD_REFUND_TOTAL", "refunded"),
];

const SESSION: &[(&str, &str)] = &[
    ("token", "session_token"),
    ("online_url", "desktop_url"),
    ("mobile_url", "mobile_url"),
];

const GLOBAL_REFUSED: &[(&str, &str)] = &[
    ("error", DECIDES),
    ("error.code", "gateway_code"),
    ("error.message", "gateway_message"),
    ("error.detail", "detail"),
    ("error.plcode", "gateway_code"),
];

use Gateway::{Payletter, PayletterGlobal, Payple};

/// Every message, in the order of the manuals.
#[rustfmt::skip] // a table
pub const MESSAGES: &[Message] = &[
    // Payple, card manual of February 2020
    sent(Payple, "가맹점 인증", "Auth", "POST /php/auth.php", &payple::Auth::TABLE),
    received(Payple, "가맹점 인증", "AuthAnswer", "answer", &[
        ("result", DECIDES),
        ("cst_id", "merchant_token"),
        ("custKey", "merchant_key_token"),
        ("AuthKey", "auth_key"),
        ("return_url", "next_url"),
        ("PCD_PAY_HOST", "host"),
        ("cPayHost", "host"),
        ("PCD_PAY_URL", "path"),
        ("cPayUrl", "path"),
    ]).left_out(&[
        ("result_msg", "of a success; a refusal's is in `CallError`"),
        ("server_name", "the host is in the URL"),
    ]),
    received(Payple, "결과 코드", "CallError", "refusal, of every call", &[
        ("result", DECIDES),
        ("result_msg", "gateway_message"),
        ("PCD_PAY_RST", DECIDES),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
    ]).left_out(&[("server_name", "the host is in the URL")]),
    sent(Payple, "1. 최초결제 - 공통", "Window", "the payment window", &payple::Window::TABLE)
        .left_out(&[
            ("payple_auth_file", "for the page's script alone"),
            ("callbackFunction", "for the page's script alone"),
        ]),
    sent(Payple, "1-1. 결제생성 후 승인", "Confirm", "POST PCD_PAY_COFURL", &payple::Confirm::TABLE),
    received(Payple, "1-1. 결제생성 후 승인", "Payment", "answer", PAYPLE_PAYMENT)
        .left_out(PAYPLE_PAYMENT_LEFT_OUT),
    sent(Payple, "3. 이후결제 - 정기결제", "Charge", "POST next_url (RePayCardAct, SimplePayCardAct)",
        &payple::Charge::TABLE),
    received(Payple, "3. 이후결제 - 정기결제", "Payment", "answer", PAYPLE_PAYMENT)
        .left_out(PAYPLE_PAYMENT_LEFT_OUT),
    sent(Payple, "4. 승인취소", "Refund", "POST next_url (cPayCAct)", &payple::Refund::TABLE)
        .left_out(&[
            ("PCD_REGULER_FLAG", MONTH_NOT_WANTED),
            ("PCD_PAY_YEAR", MONTH_NOT_WANTED),
            ("PCD_PAY_MONTH", MONTH_NOT_WANTED),
            ("PCD_PAY_TAXTOTAL", "the wire calls it PCD_REFUND_TAXTOTAL; read, not written"),
        ]),
    received(Payple, "4. 승인취소", "Refunded", "answer", &[
        ("PCD_PAY_RST", DECIDES),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
        ("PCD_PAY_TYPE", "method"),
        ("PCD_PAY_OID", "order_id"),
        ("PCD_PAYER_NO", "customer_id"),
        ("PCD_PAYER_ID", "billing_key"),
        ("PCD_PAY_YEAR", "repeat"),
        ("PCD_PAY_MONTH", "repeat"),
        ("PCD_REGULER_FLAG", "repeat"),
        ("PCD_PAY_GOODS", "product_name"),
        ("PCD_REFUND_TOTAL", "amount"),
        ("PCD_REFUND_TAXTOTAL", "tax_amount"),
        ("PCD_PAY_TAXTOTAL", "tax_amount"),
        ("PCD_PAY_CARDTRADENUM", "transaction_id"),
        ("PCD_PAY_CARDRECEIPT", "receipt_url"),
        ("PCD_TAXSAVE_RST", "result"),
        ("PCD_TAXSAVE_MSG", "message"),
    ]),
    sent(Payple, "5. 등록카드 해지", "PayerDelete", "POST next_url (cPayUserAct, PUSERDEL)", &payple::PayerDelete::TABLE),
    received(Payple, "5. 등록카드 해지", "PayerDeleted", "answer", &[
        ("PCD_PAY_RST", DECIDES),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
        ("PCD_PAY_TYPE", "method"),
        ("PCD_PAYER_ID", "billing_key"),
        ("PCD_PAYER_NO", "customer_id"),
    ]).left_out(&[("PCD_PAY_WORK", "always PUSERDEL")]),
    sent(Payple, "6. 등록카드 조회", "PayerLookup", "POST next_url (cPayUserAct, PUSERINFO)", &payple::PayerLookup::TABLE),
    received(Payple, "6. 등록카드 조회", "Payer", "answer", &[
        ("PCD_PAY_RST", DECIDES),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
        ("PCD_PAY_TYPE", "method"),
        ("PCD_PAY_BANKACCTYPE", "holder_type"),
        ("PCD_PAYER_ID", "billing_key"),
        ("PCD_PAYER_NO", "customer_id"),
        ("PCD_PAYER_NAME", "customer_name"),
        ("PCD_PAYER_HP", "customer_phone"),
        ("PCD_PAY_BANK", "issuer_code"),
        ("PCD_PAY_CARD", "issuer_code"),
        ("PCD_PAY_BANKNAME", "card_name"),
        ("PCD_PAY_CARDNAME", "card_name"),
        ("PCD_PAY_BANKNUM", "card_number"),
        ("PCD_PAY_CARDNUM", "card_number"),
    ]).left_out(&[("PCD_PAY_ISTAX", "of the merchant, not of the card")]),
    received(Payple, "결제결과 수신", "WindowResult", "callback or POST PCD_RST_URL; never evidence", &[
        ("PCD_PAY_RST", "outcome"),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
        ("PCD_AUTH_KEY", "auth_key"),
        ("PCD_PAY_REQKEY", "confirm_key"),
        ("PCD_PAY_COFURL", "confirm_url"),
        ("PCD_PAY_OID", "order_id"),
        ("PCD_PAY_TYPE", "method"),
        ("PCD_PAY_WORK", "work"),
        ("PCD_CARD_VER", "card_flow"),
        ("PCD_PAYER_ID", "billing_key"),
        ("PCD_PAYER_NO", "customer_id"),
        ("PCD_REGULER_FLAG", "repeat"),
        ("PCD_PAY_YEAR", "repeat"),
        ("PCD_PAY_MONTH", "repeat"),
        ("PCD_PAY_GOODS", "product_name"),
        ("PCD_PAY_TOTAL", "amount"),
        ("PCD_PAY_TIME", "paid_at"),
        ("PCD_SIMPLE_FLAG", "repeat"),
        ("PCD_PAY_CARDNUM", "card_number"),
        ("PCD_CARDNUM", "card_number"),
        ("PCD_PAY_CARDNAME", "card_name"),
        ("PCD_CARDNAME", "card_name"),
        ("PCD_PAY_CARDTRADENUM", "transaction_id"),
        ("PCD_CARDTRADENUM", "transaction_id"),
        ("PCD_PAY_CARDAUTHNO", "approval_no"),
        ("PCD_PAY_CARDRECEIPT", "receipt_url"),
        ("PCD_USER_DEFINE1", "custom1"),
        ("PCD_USER_DEFINE2", "custom2"),
        ("PCD_PAY_BANK", "bank_code"),
        ("PCD_PAY_BANKNAME", "bank_name"),
        ("PCD_PAY_BANKNUM", "account_number"),
        ("PCD_PAY_BANKACCTYPE", "holder_type"),
        ("PCD_TAXSAVE_FLAG", "asked"),
        ("PCD_TAXSAVE_RST", "result"),
        ("PCD_TAXSAVE_MGTNUM", "receipt_no"),
    ]).left_out(&[
        ("PCD_PAYER_NAME", ECHO),
        ("PCD_PAYER_HP", ECHO),
        ("PCD_PAYER_EMAIL", ECHO),
        ("PCD_PAY_ISTAX", ECHO),
        ("PCD_PAY_TAXTOTAL", ECHO),
        ("PCD_RST_URL", ECHO),
        ("PCD_PAY_HOST", "where the window was"),
        ("PCD_PAY_URL", "where the window was"),
        ("PCD_PAY_AMOUNT", NOT_PRINTED),
        ("PCD_PAY_AMOUNT_REAL", NOT_PRINTED),
        ("PCD_PAY_DISCOUNT", NOT_PRINTED),
        ("PCD_PAY_CARDQUOTA", NOT_PRINTED),
    ]),
    received(Payple, "not in the manual", "Webhook", "POST to the URL of the admin page; never evidence", &[
        ("PCD_PAY_RST", "outcome"),
        ("PCD_PAY_WORK", "`Webhook::PayerDeleted`, or not"),
        ("PCD_PAYCANCEL_FLAG", "`Webhook::Refund`, or not"),
        ("PCD_PAY_OID", "order_id"),
        ("PCD_PAY_TYPE", "method"),
        ("PCD_PAY_DATE", "paid_on"),
        ("PCD_PAY_TIME", "paid_on"),
        ("PCD_REFUND_TOTAL", "money"),
        ("PCD_PAYER_ID", "billing_key"),
        ("PCD_PAYER_NO", "customer_id"),
    ]).left_out(&[
        ("PCD_PAY_CODE", NO_EVIDENCE),
        ("PCD_PAY_MSG", NO_EVIDENCE),
        ("PCD_PAY_GOODS", NO_EVIDENCE),
        ("PCD_PAY_TOTAL", NO_EVIDENCE),
        ("PCD_PAY_CARDNAME", NO_EVIDENCE),
        ("PCD_PAY_CARDNUM", NO_EVIDENCE),
        ("PCD_PAY_CARDQUOTA", NO_EVIDENCE),
        ("PCD_PAY_CARDTRADENUM", NO_EVIDENCE),
        ("PCD_PAY_CARDAUTHNO", NO_EVIDENCE),
        ("PCD_PAY_CARDRECEIPT", NO_EVIDENCE),
        ("PCD_PAY_BANK", NO_EVIDENCE),
        ("PCD_PAY_BANKNAME", NO_EVIDENCE),
        ("PCD_PAY_BANKNUM", NO_EVIDENCE),
        ("PCD_PAY_BANKACCTYPE", NO_EVIDENCE),
        ("PCD_TAXSAVE_FLAG", NO_EVIDENCE),
        ("PCD_TAXSAVE_RST", NO_EVIDENCE),
        ("PCD_TAXSAVE_MGTNUM", NO_EVIDENCE),
        ("PCD_LINK_KEY", NO_EVIDENCE),
        ("PCD_REFUND_TIME", NO_EVIDENCE),
    ]),
    sent(Payple, "결제결과 조회", "Lookup", "POST next_url (PayChkAct)", &payple::Lookup::TABLE)
        .left_out(&[
            ("PCD_REGULER_FLAG", MONTH_NOT_WANTED),
            ("PCD_PAY_YEAR", MONTH_NOT_WANTED),
            ("PCD_PAY_MONTH", MONTH_NOT_WANTED),
        ]),
    received(Payple, "결제결과 조회", "Payment", "answer (LookupAnswer::Found)", PAYPLE_PAYMENT)
        .left_out(PAYPLE_PAYMENT_LEFT_OUT),
    received(Payple, "결제결과 조회", "Absent", "answer (LookupAnswer::Absent)", &[
        ("PCD_PAY_RST", DECIDES),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
    ]),
    sent(Payple, "not in the manual", "TransferCharge", "POST next_url (RePayAct, SimplePayAct)",
        &payple::TransferCharge::TABLE),
    received(Payple, "not in the manual", "Payment", "answer to TransferCharge", PAYPLE_PAYMENT),
    sent(Payple, "not in the manual", "CashReceipt", "POST next_url (tsAct, TSREG or TSCANCEL)", &payple::CashReceipt::TABLE),
    received(Payple, "not in the manual", "CashReceiptDone", "answer", &[
        ("PCD_PAY_RST", DECIDES),
        ("PCD_PAY_CODE", "gateway_code"),
        ("PCD_PAY_MSG", "gateway_message"),
        ("PCD_PAY_OID", "order_id"),
        ("PCD_TAXSAVE_AMOUNT", "amount"),
        ("PCD_TAXSAVE_MGTNUM", "receipt_no"),
    ]).left_out(&[
        ("PCD_PAY_WORK", "TSREG or TSCANCEL, as asked"),
        ("PCD_PAYER_ID", "as asked"),
    ]),
    sent(Payple, "not in the manual", "LinkRequest", "POST next_url (LinkRegAct)", &payple::LinkRequest::TABLE),
    received(Payple, "not in the manual", "Link", "answer", &[
        ("PCD_LINK_RST", DECIDES),
        ("PCD_LINK_MSG", "gateway_message"),
        ("PCD_LINK_URL", "url"),
        ("PCD_LINK_KEY", "link_id"),
        ("PCD_LINK_MEMO", "memo"),
        ("PCD_PAY_TYPE", "method"),
        ("PCD_PAY_GOODS", "product_name"),
        ("PCD_PAY_TOTAL", "amount"),
        ("PCD_REGULER_FLAG", "repeat"),
        ("PCD_PAY_YEAR", "repeat"),
        ("PCD_PAY_MONTH", "repeat"),
    ]).left_out(&[("PCD_TAXSAVE_RST", "whether a cash receipt was asked for, as asked")]),
    // Payletter, domestic manual
    sent(Payletter, "Payment Request", "PaymentRequest", "POST v1.0/payments/request", &payletter::PaymentRequest::TABLE),
    received(Payletter, "Payment Request", "Session", "answer", SESSION),
    received(Payletter, "Payment Request", "CallError", "refusal, of every call", &[
        ("code", "gateway_code"),
        ("message", "gateway_message"),
    ]),
    received(Payletter, "Return URL", "Return", "POST return_url; never evidence", &[
        ("code", "gateway_code"),
        ("message", "gateway_message"),
        ("user_id", "customer_id"),
        ("user_name", "customer_name"),
        ("order_no", "order_id"),
        ("service_name", "service_name"),
        ("product_name", "product_name"),
        ("custom_parameter", "custom"),
        ("tid", "transaction_id"),
        ("cid", "approval_no"),
        ("amount", "amount"),
        ("taxfree_amount", "tax_free_amount"),
        ("tax_amount", "tax_amount"),
        ("pay_info", "extra"),
        ("pgcode", "method"),
        ("billkey", "billing_key"),
        ("domestic_flag", "domestic_flag"),
        ("transaction_date", "paid_at"),
        ("install_month", "installments"),
        ("card_info", "card_number"),
        ("disposable_cup_deposit", "cup_deposit"),
        ("account_no", "number"),
        ("account_name", "depositor"),
        ("account_holder", "holder"),
        ("bank_code", "bank_code"),
        ("bank_name", "bank_name"),
        ("issue_tid", "issue_id"),
        ("expire_date", "expires_on"),
        ("expire_time", "expires_time"),
        ("cash_receipt_code", "code"),
        ("cash_receipt_message", "message"),
        ("cash_receipt_type", "purpose"),
        ("cash_receipt_issue_type", "issue_type"),
        ("cash_receipt_cid", "approval_no"),
        ("cash_receipt_payer_sid", "payer_id"),
        ("cash_receipt_deal_no", "order_id"),
    ]).left_out(&[
        ("payhash", "a return only triggers a lookup"),
        ("nonsettle_amount", NOT_PRINTED),
    ]),
    received(Payletter, "Callback URL", "Callback", "POST callback_url, signed", &[
        ("payhash", "`Verified`"),
        ("user_id", "customer_id"),
        ("user_name", "customer_name"),
        ("amount", "amount"),
        ("taxfree_amount", "tax_free_amount"),
        ("tax_amount", "tax_amount"),
        ("tid", "transaction_id"),
        ("cid", "approval_no"),
        ("order_no", "order_id"),
        ("service_name", "service_name"),
        ("product_name", "product_name"),
        ("custom_parameter", "custom"),
        ("transaction_date", "paid_at"),
        ("pay_info", "extra"),
        ("pgcode", "method"),
        ("domestic_flag", "domestic_flag"),
        ("billkey", "billing_key"),
        ("card_info", "card_number"),
        ("install_month", "installments"),
        ("disposable_cup_deposit", "cup_deposit"),
        ("account_no", "virtual_account"),
        ("cash_receipt", "cash_receipt"),
        ("cash_receipt.code", "code"),
        ("cash_receipt.message", "message"),
        ("cash_receipt.cid", "approval_no"),
        ("cash_receipt.deal_no", "order_id"),
        ("cash_receipt.issue_type", "issue_type"),
        ("cash_receipt.payer_sid", "payer_id"),
        ("cash_receipt.type", "purpose"),
    ]).left_out(&[("nonsettle_amount", NOT_PRINTED)]),
    sent(Payletter, "Automatic payment (Re-payment request)", "Charge", "POST v1.0/payments/autopay", &payletter::Charge::TABLE),
    received(Payletter, "Automatic payment (Re-payment request)", "Charged", "answer", &[
        ("tid", "transaction_id"),
        ("cid", "approval_no"),
        ("amount", "amount"),
        ("billkey", "billing_key"),
        ("transaction_date", "paid_at"),
    ]),
    sent(Payletter, "Automatic payment (Verification only)", "PaymentRequest", "POST v1.0/payments/request, amount 0",
        &payletter::PaymentRequest::TABLE),
    received(Payletter, "Automatic payment (Verification only)", "Session", "answer", SESSION),
    received(Payletter, "Automatic Payment (Verification only) Result", "Registration", "POST return_url, signed in its own form", &[
        ("payhash", "`Verified`"),
        ("user_id", "customer_id"),
        ("user_name", "customer_name"),
        ("order_no", "order_id"),
        ("service_name", "service_name"),
        ("product_name", "product_name"),
        ("custom_parameter", "custom"),
        ("pay_info", "card_name"),
        ("pgcode", "method"),
        ("billkey", "billing_key"),
        ("card_info", "card_number"),
    ]).left_out(&[
        ("code", "read by `Return`; a registration is one by its hash"),
        ("message", "read by `Return`"),
    ]),
    sent(Payletter, "Payment Cancellation", "Refund", "POST v1.0/payments/cancel", &payletter::Refund::TABLE),
    received(Payletter, "Payment Cancellation", "Refunded", "answer", &[
        ("tid", "transaction_id"),
        ("cid", "approval_no"),
        ("amount", "amount"),
        ("cancel_date", "refunded_at"),
    ]),
    sent(Payletter, "Partial Cancellation", "Refund", "POST v1.0/payments/cancel/partial", &payletter::Refund::PARTIAL_TABLE),
    received(Payletter, "Partial Cancellation", "Refunded", "answer", &[
        ("tid", "transaction_id"),
        ("cid", "approval_no"),
        ("amount", "amount"),
        ("cancel_date", "refunded_at"),
    ]),
    sent(Payletter, "Search Payment History", "TransactionList", "GET v1.0/payments/transaction/list", &payletter::TransactionList::TABLE),
    received(Payletter, "Search Payment History", "Transactions", "answer", &[
        ("total_count", "total"),
        ("list", "rows"),
        ("list.pgcode", "method"),
        ("list.user_id", "customer_id"),
        ("list.user_name", "customer_name"),
        ("list.tid", "transaction_id"),
        ("list.cid", "approval_no"),
        ("list.amount", "amount"),
        ("list.taxfree_amount", "tax_free_amount"),
        ("list.tax_amount", "tax_amount"),
        ("list.order_no", "order_id"),
        ("list.product_name", "product_name"),
        ("list.status_code", "status"),
        ("list.transaction_date", "paid_at"),
        ("list.cancel_date", "cancelled_at"),
    ]),
    sent(Payletter, "Issue Cash Receipt (e-Invoice)", "CashReceiptIssue", "POST v1.0/cashreceipt/issue/{tid}", &payletter::CashReceiptIssue::TABLE),
    received(Payletter, "Issue Cash Receipt (e-Invoice)", "ReceiptPage", "answer", &[("receipt_url", "url")]),
    sent(Payletter, "Transaction History Confirmation", "ReceiptInfo", "GET v1.0/receipt/info/{tid}", &payletter::ReceiptInfo::TABLE),
    received(Payletter, "Transaction History Confirmation", "ReceiptPage", "answer", &[("receipt_url", "url")]),
    sent(Payletter, "not in the manual", "Status", "POST v1.0/payments/status", &payletter::Status::TABLE),
    received(Payletter, "not in the manual", "StatusAnswer", "answer", &[
        ("order_no", "order_id"),
        ("token", "session_token"),
        ("tid", "transaction_id"),
        ("status_code", "status"),
    ]).left_out(&[
        ("code", "0; decides `Ok` or `CallError`"),
        ("message", "ok"),
        ("client_id", "what was asked with"),
    ]),
    // Payletter Global
    sent(PayletterGlobal, "결제 요청", "PaymentRequest", "POST api/payment/request", &payletter_global::PaymentRequest::TABLE),
    received(PayletterGlobal, "결제 요청", "Session", "answer", SESSION),
    received(PayletterGlobal, "결제 요청", "CallError", "refusal, of every call", GLOBAL_REFUSED),
    received(PayletterGlobal, "결과 처리 (returnurl)", "Return", "POST returnurl; never evidence", &[
        ("retcode", "gateway_code"),
        ("retmsg", "gateway_message"),
        ("storeid", "merchant_id"),
        ("storeorderno", "order_id"),
        ("payamt", "amount"),
        ("custom", "custom"),
        ("pginfo", "method"),
    ]),
    received(PayletterGlobal, "결제 처리 (Notification URL, notiurl)", "Notice", "POST notiurl, signed", &[
        ("hash", "`Verified`"),
        ("notifyid", "notification_id"),
        ("notifytype", "event"),
        ("storeid", "merchant_id"),
        ("countrycode", "country"),
        ("currency", "amount"),
        ("storeorderno", "order_id"),
        ("paytoken", "transaction_id"),
        ("payamt", "amount"),
        ("pginfo", "method"),
        ("payerid", "customer_id"),
        ("payeremail", "customer_email"),
        ("servicename", "service_name"),
        ("custom", "custom"),
        ("payinfo", "extra"),
        ("timestamp", "sent_at"),
        ("trantime", "paid_at"),
        ("poqtoken", "billing_key"),
        ("cardkind", "card_name"),
        ("cardno", "card_number"),
        ("intervaltype", "interval"),
        ("intervalcnt", "every"),
        ("totalcycles", "cycles"),
        ("retcode", "gateway_code"),
        ("retmsg", "gateway_message"),
    ]),
    sent(PayletterGlobal, "자동결제 1회차 이후 결제 요청", "Charge", "POST payment/recurring", &payletter_global::Charge::TABLE),
    received(PayletterGlobal, "자동결제 1회차 이후 결제 요청", "Charged", "answer", &[
        ("data", DECIDES),
        ("data.storeid", "merchant_id"),
        ("data.countrycode", "country"),
        ("data.storeorderno", "order_id"),
        ("data.amount", "amount"),
        ("data.payerid", "customer_id"),
        ("data.poqtoken", "billing_key"),
        ("data.paytoken", "transaction_id"),
        ("data.paydate", "paid_at"),
    ]),
    sent(PayletterGlobal, "결제 취소", "Refund", "POST payment/refund", &payletter_global::Refund::TABLE),
    received(PayletterGlobal, "결제 취소", "Refunded", "answer", &[
        ("data", DECIDES),
        ("data.storeid", "merchant_id"),
        ("data.paytoken", "transaction_id"),
        ("data.pginfo", "method"),
        ("data.storeorderno", "order_id"),
        ("data.currency", "amount"),
        ("data.amount", "amount"),
        ("data.refunddate", "refunded_at"),
    ]),
    sent(PayletterGlobal, "결제 내역 조회", "SalesList", "POST payment/cpdaesalist", &payletter_global::SalesList::TABLE),
    received(PayletterGlobal, "결제 내역 조회", "Sales", "answer", &[
        ("data", DECIDES),
        ("data.rowcount", "total"),
        ("data.rowcount.total", "total"),
        ("data.rowcount.success", "succeeded"),
        ("data.rowcount.cancel", "cancelled"),
        ("data.rowcount.cacnel", "cancelled"),
        ("data.datalist", "rows"),
        ("data.datalist.paytoken", "transaction_id"),
        ("data.datalist.pginfo", "method"),
        ("data.datalist.storeorderno", "order_id"),
        ("data.datalist.payerid", "customer_id"),
        ("data.datalist.amount", "amount"),
        ("data.datalist.currency", "amount"),
        ("data.datalist.state", "status"),
        ("data.datalist.ymd", "paid_on"),
        ("data.datalist.regdate", "paid_at"),
        ("data.datalist.cnldate", "cancelled_at"),
        ("data.datalist.pgtoken", "provider_id"),
    ]),
    sent(PayletterGlobal, "정산 내역 조회", "SettlementList", "POST settlement/detailslist", &payletter_global::SettlementList::TABLE),
    received(PayletterGlobal, "정산 내역 조회", "Settlements", "answer", &[
        ("data", DECIDES),
        ("data.datalist", "rows"),
        ("data.datalist.storeid", "merchant_id"),
        ("data.datalist.settleymd", "settled_on"),
        ("data.datalist.pgcode", "method_group"),
        ("data.datalist.pgsubcode", "method_kind"),
        ("data.datalist.currency", "currency"),
        ("data.datalist.settlestate", "state"),
        ("data.datalist.paycnt", "count"),
        ("data.datalist.payamt", "paid"),
        ("data.datalist.settleamt", "settled"),
        ("data.datalist.totalfee", "total_fee"),
        ("data.datalist.vat", "vat"),
        ("data.datalist.supplyamt", "supply"),
        ("data.datalist.storefee", "store_fee"),
        ("data.datalist.transactionfee", "transaction_fee"),
        ("data.datalist.chargebackfee", "chargeback_fee"),
        ("data.datalist.refundfee", "refund_fee"),
        ("data.datalist.etcfee", "other_fee"),
        ("data.datalist.note", "note"),
        ("data.datalist.notedesc", "note_detail"),
        ("data.datalist.rollingreserve", "rolling_reserve"),
        ("data.datalist.paytoken", "transaction_id"),
    ]),
    sent(PayletterGlobal, "PayPal 자동결제(구독형) 해지 요청", "SubscriptionCancel", "POST paypal/subscription/cancel",
        &payletter_global::SubscriptionCancel::TABLE),
    received(PayletterGlobal, "PayPal 자동결제(구독형) 해지 요청", "SubscriptionCancelled", "answer", &[
        ("data", DECIDES),
        ("data.code", DECIDES),
        ("data.message", "gateway_message"),
    ]),
];

/// The page: manual by manual, message by message, row by row, then methods and codes. Markdown.
#[must_use]
pub fn coverage() -> String {
    let mut page = String::from(
        "# Coverage\n\nWritten from the tables of `paypair-protocol` (`coverage::coverage`); do not edit.\n",
    );
    for gateway in Gateway::ALL {
        let _ = write!(page, "\n## {}\n", title(gateway));
        for message in MESSAGES.iter().filter(|message| message.gateway == gateway) {
            message.write(&mut page);
        }
        match gateway {
            Payple => write_payple_codes(&mut page),
            Payletter => write_payletter_codes(&mut page),
            PayletterGlobal => write_global_codes(&mut page),
        }
    }
    page
}

const fn title(gateway: Gateway) -> &'static str {
    match gateway {
        Payple => "Payple (card manual, February 2020)",
        Payletter => "Payletter (domestic manual)",
        PayletterGlobal => "Payletter Global (manual)",
    }
}

impl Message {
    fn write(&self, page: &mut String) {
        let Self {
            section,
            name,
            place,
            ..
        } = self;
        let way = match self.direction {
            Direction::Sent => "sent",
            Direction::Received => "received",
        };
        let module = self.gateway.as_str();
        let _ = write!(
            page,
            "\n### {section}: `{module}::{name}`\n\n{way}: {place}\n\n"
        );
        if let Some(table) = self.table {
            page.push_str(
                "| parameter | manual's word | holds | needed | ours |\n|---|---|---|---|---|\n",
            );
            for field in table.fields {
                write_field(page, field);
            }
        }
        if !self.said.is_empty() {
            page.push_str("| parameter | ours |\n|---|---|\n");
            for (wire, ours) in self.said {
                let tick = if ours.contains('`') { "" } else { "`" };
                let _ = writeln!(page, "| `{wire}` | {tick}{ours}{tick} |");
            }
        }
        if !self.left_out.is_empty() {
            page.push_str("\nKnown and not used:\n\n");
            for (wire, why) in self.left_out {
                let _ = writeln!(page, "- `{wire}`: {why}");
            }
        }
    }
}

fn write_field(page: &mut String, field: &Field) {
    let Field {
        wire, word, name, ..
    } = field;
    let holds = match field.kind {
        Kind::Text(max, _) => format!("text, {max}"),
        Kind::Digits(min, max) if min == max => format!("{max} digits"),
        Kind::Digits(min, max) => format!("{min} to {max} digits"),
        Kind::OneOf(values) => values.join(", "),
        Kind::Won(min) => format!("won, from {min}"),
        Kind::AmountIn(currency) => format!("amount in `{currency}`"),
        Kind::Currency => "currency".to_owned(),
        Kind::Date => "YYYYMMDD".to_owned(),
        Kind::Time => "HHMM".to_owned(),
        Kind::Url(max) => format!("URL, {max}"),
        Kind::Email(max) => format!("e-mail, {max}"),
        Kind::Ip => "IP address".to_owned(),
    };
    let need = match field.need {
        Need::Required => "yes".to_owned(),
        Need::Optional => "no".to_owned(),
        Need::When(groups) => format!("when {}", conditions(groups)),
        Need::Unless(groups) => format!("unless {}", conditions(groups)),
    };
    let _ = writeln!(page, "| `{wire}` | {word} | {holds} | {need} | `{name}` |");
}

fn conditions(groups: &[&[When]]) -> String {
    let condition = |when: &When| match when {
        When::Is(wire, values) => format!("`{wire}` is {}", values.join(" or ")),
        When::Present(wire) => format!("`{wire}` is sent"),
        When::Absent(wire) => format!("`{wire}` is not sent"),
    };
    let all = |group: &&[When]| {
        group
            .iter()
            .map(condition)
            .collect::<Vec<_>>()
            .join(" and ")
    };
    groups.iter().map(all).collect::<Vec<_>>().join(", or ")
}

fn write_payple_codes(page: &mut String) {
    page.push_str(
        "\n### Codes: `payple::codes::CODES`\n\n| code | kind | sentence |\n|---|---|---|\n",
    );
    for row in payple::codes::CODES {
        let _ = writeln!(page, "| `{}` | {:?} | {} |", row.code, row.kind, row.ko);
    }
}

fn write_payletter_codes(page: &mut String) {
    page.push_str("\n### Methods: `payletter::codes::METHODS`\n\n");
    page.push_str("| pgcode | name | least | recurring | cancel | partial | period | rules |\n");
    page.push_str("|---|---|---|---|---|---|---|---|\n");
    for row in &payletter::codes::METHODS {
        let rules = [
            (row.needs_service_name, "service_name needed"),
            (row.needs_callback, "callback essential"),
            (!row.reaches_cancel_url, "never comes to cancel_url"),
            (row.cup_deposit, "takes cup deposits"),
            (row.real_money_in_test, "charges real money in test"),
        ];
        let mut rules: Vec<String> = rules
            .iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, rule)| (*rule).to_owned())
            .collect();
        if !row.comes_back_as.is_empty() {
            rules.push(format!("comes back as {}", row.comes_back_as.join(" or ")));
        }
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} | {:?} | {} |",
            row.code,
            row.name,
            row.min,
            mark(Some(row.recurring)),
            mark(Some(row.cancels)),
            mark(Some(row.cancels_partly)),
            row.period,
            rules.join(", ")
        );
    }
    page.push_str("\n### Error codes: `payletter::codes::ERRORS`\n\n| HTTP | code | message |\n|---|---|---|\n");
    for row in &payletter::codes::ERRORS {
        let _ = writeln!(
            page,
            "| {} | `{}` | {} |",
            row.status, row.code, row.message
        );
    }
    let business = payletter::codes::BUSINESS;
    let _ = writeln!(
        page,
        "| 406 | `{}` to `{}` | its own |",
        business.start(),
        business.end()
    );
}

fn write_global_codes(page: &mut String) {
    page.push_str("\n### Methods: `payletter_global::codes::METHODS`\n\n");
    page.push_str(
        "| pginfo | pgcode | pgsubcode | note | recurring | cancel | partial | period |\n",
    );
    page.push_str("|---|---|---|---|---|---|---|---|\n");
    for row in &payletter_global::codes::METHODS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} | {} | {:?}{} |",
            row.code,
            row.group,
            row.subcode,
            row.note,
            mark(Some(row.recurring)),
            mark(row.cancels),
            mark(row.cancels.map(|_| row.cancels_partly)),
            row.period,
            if row.refund_later {
                ", done when notified"
            } else {
                ""
            }
        );
    }
    page.push_str("\n### Error codes: `payletter_global::codes::ERRORS`, `OLD_ERRORS`\n\n| HTTP | code | message |\n|---|---|---|\n");
    for row in payletter_global::codes::ERRORS
        .iter()
        .chain(&payletter_global::codes::OLD_ERRORS)
    {
        let _ = writeln!(
            page,
            "| {} | `{}` | {} |",
            row.status, row.code, row.message
        );
    }
}

const fn mark(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => "O",
        Some(false) => "X",
        None => "?",
    }
}
