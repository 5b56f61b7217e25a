//! Every result code that documents name, with what it means for the payment. For people; one thing is decided by it: whether a
//! refused lookup says that there is no payment.

use super::codes::bare;
use crate::Locale;
use CodeKind::{Access, Declined, Duplicate, Invalid, Success, Uncertain};

/// A result code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeRow {
    /// `PCD_PAY_CODE`, or the number of the institution behind Payple.
    pub code: &'static str,
    /// What it means for the payment.
    pub kind: CodeKind,
    /// The gateway's sentence; where it has none, ours.
    pub ko: &'static str,
    /// The same in English.
    pub en: &'static str,
}

/// What a code means for the payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeKind {
    /// It was done.
    Success,
    /// It was not done, and asking again with another card or later may help.
    Declined,
    /// It was not done: the request is wrong.
    Invalid,
    /// It was not done: keys, Referer, session or address are wrong.
    Access,
    /// The order, the month or the cancellation is done **or in process** already: look it up.
    Duplicate,
    /// It may have been done: look it up.
    Uncertain,
}

impl CodeRow {
    /// The sentence.
    #[must_use]
    pub const fn sentence(&self, locale: Locale) -> &'static str {
        match locale {
            Locale::Ko => self.ko,
            Locale::En => self.en,
        }
    }
}

/// The row of a code, with or without the mark of the test server.
#[must_use]
pub fn row_of(code: &str) -> Option<&'static CodeRow> {
    let code = bare(code);
    CODES.iter().find(|row| row.code == code)
}

/// Refusals of a lookup that say nothing of the payment although their kind is [`CodeKind::Declined`]: the bank's maintenance, no link to
/// the issuer, a service that cannot be used, and "failed" without a why.
const SAY_NOTHING: [&str; 8] = [
    "9998", "CPCA0018", "CPCA9998", "SPCD0007", "CPCA9999", "SPCD9999", "RPCD9999", "CDAU9999",
];

/// Does a lookup that was refused with this code say that there is no such payment? What the gateway answers then is in no document, so a
/// code that none names says so too, and no code at all (seen).
pub(super) fn is_absence(code: &str) -> bool {
    row_of(code).is_none_or(|row| row.kind == Declined && !SAY_NOTHING.contains(&row.code))
        && !super::codes::is_access(code)
}

const fn row(code: &'static str, kind: CodeKind, ko: &'static str, en: &'static str) -> CodeRow {
    CodeRow { code, kind, ko, en }
}

/// Documents of 2018 to 2022. Four digits alone are the institution's.
#[rustfmt::skip] // a table
pub const CODES: &[CodeRow] = &[
    row("0000", Success, "성공", "Done."),
    row("SPCD0000", Success, "카드결제완료", "The card was charged."),
    row("PCCF0000", Success, "카드승인완료", "The payment was confirmed."),
    row("PAYC0000", Success, "환불성공", "The payment was cancelled."),
    row("TSDL0000", Success, "카드해지완료", "The card was deleted."),
    row("PCHK000", Success, "조회완료", "The payment was found."),
    row("BILL0000", Success, "출금이체완료", "The transfer was made."),
    row("CDAU0000", Success, "카드인증완료", "The card was registered."),
    row("AUTH0001", Access, "가맹점 인증에 필요한 cst_id 를 확인해주세요.", "Check the cst_id."),
    row("AUTH0002", Access, "가맹점 인증에 필요한 custKey 를 확인해주세요.", "Check the custKey."),
    row("AUTH0003", Access, "가맹점 계정이 존재하지 않습니다.", "There is no such merchant account."),
    row("AUTH0004", Access, "접속하시는 서버의 도메인 확인이 필요합니다.", "The Referer or the address of the server is not registered."),
    row("AUTH0005", Access, "TOKEN CREATE ERROR!!", "The tokens could not be made."),
    row("AUTH0006", Access, "보안프로토콜(HTTPS) 접속이 필요합니다.", "HTTPS is needed."),
    row("AUTH0007", Access, "결제창을 연 도메인과 Referer가 다릅니다.", "The Referer is not the domain that opens the window."),
    row("AUTH0008", Access, "승인 요청을 PCD_PAY_COFURL이 아닌 주소로 보냈습니다.", "The confirmation went to another URL than PCD_PAY_COFURL."),
    row("CPCA0001", Declined, "인증시간(3분)이 초과되었습니다. 다시 시도해주세요.", "The three minutes of the window are over."),
    row("CPCA0002", Declined, "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.", "The card is not registered or was removed."),
    row("CPCA0003", Declined, "카드인증회원이 아닙니다.", "The payer has no registered card."),
    row("CPCA0004", Declined, "카드정보가 존재하지 않거나, 일치하지 않습니다.", "The card is unknown or another one."),
    row("CPCA0005", Access, "카드결제용 인증키 값이 존재하지 않거나, 일치하지 않습니다.", "The PCD_AUTH_KEY is missing or another one."),
    row("CPCA0006", Declined, "한도를 초과하였습니다.", "A limit of the merchant is exceeded."),
    row("CPCA0011", Uncertain, "결제요청 값과 결제결과 값이 다릅니다.", "The result differs from what was asked; the gateway cancels by itself."),
    row("CPCA0018", Declined, "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.", "The link to the issuer failed."),
    row("CPCA0022", Declined, "한도를 초과하였습니다.", "A limit of the merchant is exceeded."),
    row("CPCA0023", Declined, "한도를 초과하였습니다.", "A limit of the merchant is exceeded."),
    row("CPCA0024", Declined, "한도를 초과하였습니다.", "A limit of the merchant is exceeded."),
    row("CPCA0025", Declined, "한도를 초과하였습니다.", "A limit of the merchant is exceeded."),
    row("CPCA0201", Duplicate, "이미 존재하는 거래입니다. 다시 시도해주세요.", "The order id is used."),
    row("CPCA9997", Invalid, "결제방식 오류", "The way of paying is wrong."),
    row("CPCA9998", Declined, "카드결제 서비스 이용불가", "Card payment is not open to the merchant."),
    row("CPCA9999", Declined, "카드결제 실패!!", "The payment failed."),
    row("SPCD0001", Invalid, "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.", "The billing key (PCD_PAYER_ID) is missing."),
    row("SPCD0002", Invalid, "결제가능 최저금액은 100원 입니다.", "The least amount is 100 won."),
    row("SPCD0003", Invalid, "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.", "The product name is missing."),
    row("SPCD0004", Access, "인증세션이 만료되었습니다. 다시 시도해주세요.", "The tokens are old or used."),
    row("SPCD0007", Declined, "카드서비스 이용 불가", "Card payment is not open to the merchant."),
    row("SPCD0009", Declined, "한도를 초과하였습니다.", "The limit is exceeded."),
    row("SPCD0010", Declined, "월 한도를 초과하였습니다.", "The monthly limit is exceeded."),
    row("SPCD0011", Declined, "결제 진행 중 오류가 발생하였습니다. 상점에 문의해주세요.", "The billing key is unknown, deleted or not a card's."),
    row("SPCD0012", Declined, "결제 진행 중 오류가 발생하였습니다. 상점에 문의해주세요.", "The billing key is unknown, deleted or not a card's."),
    row("SPCD0013", Declined, "미인증 카드입니다.", "The card is not authenticated."),
    row("SPCD0014", Duplicate, "이미 처리된 거래입니다. 다시 시도해주세요.", "The order is done or in process."),
    row("SPCD1001", Uncertain, "카드사 응답이 없습니다.", "The issuer did not answer."),
    row("SPCD1002", Declined, "카드가 자동 해지되었습니다.", "The card was unregistered by the gateway."),
    row("SPCD1003", Declined, "승인 후 자동 취소되었습니다.", "The payment was approved and cancelled by the gateway."),
    row("SPCD9991", Access, "custKey를 확인해주세요.", "Check the custKey."),
    row("SPCD9997", Uncertain, "승인취소 실패", "The cancellation by the gateway failed."),
    row("SPCD9998", Invalid, "잘못된 접근입니다.", "Wrong access."),
    row("SPCD9999", Declined, "결제 진행 중 오류가 발생하였습니다.", "The payment failed."),
    row("RPCD0001", Declined, "결제고객 정보를 찾을 수 없습니다.", "The payer is unknown."),
    row("RPCD0002", Invalid, "결제가능 최저금액은 100원 입니다.", "The least amount is 100 won."),
    row("RPCD0003", Invalid, "결제상품명이 존재하지 않습니다.", "The product name is missing."),
    row("RPCD0004", Invalid, "정기결제 년도(YYYY) 오류", "The year is wrong."),
    row("RPCD0005", Invalid, "정기결제 월(MM) 오류", "The month is wrong."),
    row("RPCD0006", Access, "인증세션이 만료되었습니다. 다시 시도해주세요.", "The tokens are old or used."),
    row("RPCD0011", Declined, "등록된 카드를 찾을 수 없습니다.", "The billing key is unknown."),
    row("RPCD0012", Declined, "카드 인증정보를 찾을 수 없습니다.", "The card is not found."),
    row("RPCD0013", Declined, "미인증 카드입니다.", "The card is not authenticated."),
    row("RPCD0015", Duplicate, "이미 처리된 거래입니다. 다시 시도해주세요.", "The order is done or in process."),
    row("RPCD1001", Uncertain, "카드사 응답이 없습니다.", "The issuer did not answer."),
    row("RPCD1002", Declined, "카드가 자동 해지되었습니다.", "The card was unregistered by the gateway."),
    row("RPCD1003", Declined, "승인 후 자동 취소되었습니다.", "The payment was approved and cancelled by the gateway."),
    row("RPCD9991", Access, "custKey를 확인해주세요.", "Check the custKey."),
    row("RPCD9998", Invalid, "잘못된 접근입니다.", "Wrong access."),
    row("RPCD9999", Declined, "결제 진행 중 오류가 발생하였습니다.", "The payment failed."),
    row("CDAU0001", Access, "인증세션이 만료되었습니다. 다시 시도해주세요.", "The session is over."),
    row("CDAU0002", Declined, "카드번호를 바르게 입력하세요.", "The card number is wrong."),
    row("CDAU0007", Declined, "카드 인증 실패", "The card was not authenticated."),
    row("CDAU9991", Access, "custKey를 확인해주세요.", "Check the custKey."),
    row("CDAU9998", Invalid, "잘못된 접근입니다.", "Wrong access."),
    row("CDAU9999", Declined, "인증 실패", "The card was not authenticated."),
    row("CK01", Invalid, "PCD_PAY_TYPE ERROR", "PCD_PAY_TYPE is wrong."),
    row("CK02", Invalid, "PCD_PAY_WORK ERROR", "PCD_PAY_WORK is wrong."),
    row("CK03", Invalid, "PCD_PAYER_BIRTH ERROR", "PCD_PAYER_BIRTH is wrong."),
    row("CK04", Invalid, "PCD_PAY_CARDNUM ERROR", "PCD_PAY_CARDNUM is wrong."),
    row("CK05", Invalid, "PCD_PAY_CARDEXYEAR/MONTH ERROR", "The card's month of expiry is wrong."),
    row("CK06", Invalid, "PCD_PAY_CARDPW ERROR", "The card's password is wrong."),
    row("CBIL0001", Invalid, "Wrong access attempt", "Wrong access."),
    row("CPAY0001", Access, "출금이체 MEM ERROR", "The merchant is not authenticated."),
    row("CPAY0002", Declined, "출금이체 대상자 정보 없음", "The payer is unknown."),
    row("CPAY0003", Declined, "결제자 정보가 일치하지 않습니다.", "The payer is another one."),
    row("CPAY0004", Declined, "정기결제 대상자 정보 없음", "The account is not registered for monthly payments."),
    row("CPAY0005", Declined, "가맹점 건당 한도 초과", "The merchant's limit for one payment is exceeded."),
    row("CPAY0006", Declined, "가맹점 월 한도 초과", "The merchant's limit of the month is exceeded."),
    row("CPAY0007", Declined, "정기결제요청내역 등록 실패", "The monthly payment could not be entered."),
    row("CPAY0008", Declined, "결제내역 등록 실패", "The payment could not be entered."),
    row("CPAY0012", Declined, "결제정보를 다시 입력해주세요.", "The data of the account are wrong."),
    row("CPAY0013", Declined, "계좌등록 실패", "The account could not be registered."),
    row("CPAY0022", Declined, "출금이체 실패", "The transfer failed."),
    row("CPAY0018", Uncertain, "출금은 되었으나 응답이 없습니다. 확인이 필요합니다.", "The bank may have paid without answering."),
    row("CPAY0202", Duplicate, "이번 달은 이미 결제되었습니다.", "This month is charged already."),
    row("SPAY0001", Access, "AUTH_KEY 불일치 또는 만료", "The PCD_AUTH_KEY is another one or over."),
    row("SPAY0002", Invalid, "평생계좌번호가 아닌 실계좌번호를 입력해주세요.", "Aliases of accounts are not taken."),
    row("SPAY0003", Declined, "가맹점 건당 한도 초과", "The merchant's limit for one payment is exceeded."),
    row("SPAY0004", Declined, "가맹점 월 한도 초과", "The merchant's limit of the month is exceeded."),
    row("SPAY0005", Declined, "등록된 계좌정보를 찾을 수 없습니다.", "The registered account is not found."),
    row("SPAY0012", Declined, "출금이체 실패", "The transfer failed."),
    row("ARSA0001", Access, "ARS인증 - MEM ERROR", "The keys do not fit."),
    row("ARSA0002", Invalid, "평생계좌번호가 아닌 실계좌번호를 입력해주세요.", "Aliases of accounts are not taken."),
    row("ARSA0003", Declined, "가맹점 건당 한도 초과", "The merchant's limit for one payment is exceeded."),
    row("ARSA0004", Declined, "가맹점 월 한도 초과", "The merchant's limit of the month is exceeded."),
    row("ARSA0005", Declined, "계좌조회 전문생성 오류", "The account could not be asked for."),
    row("ARSA0006", Declined, "계좌정보 또는 생년월일을 올바르게 입력해주세요.", "The account or the date of birth is wrong."),
    row("ARSA0007", Declined, "예금주명을 바르게 입력해주세요.", "The holder's name is wrong."),
    row("ARSA0008", Declined, "계좌조회 실패", "The account could not be asked for."),
    row("ARSA0009", Declined, "계좌조회 실패", "The account could not be asked for."),
    row("ARSA0010", Declined, "ARS 인증요청 실패", "The call to the payer could not be made."),
    row("BILL0001", Invalid, "Wrong access attempt", "Wrong access."),
    row("BILL0002", Access, "결제내역 발송 - MEM ERROR", "The keys do not fit."),
    row("BILL0003", Declined, "계좌이체(요청)결제 내역 없음", "There is no such transfer."),
    row("SPAY0019", Access, "ACT_ 또는 플래그 오류", "The address or the flag does not fit the tokens."),
    row("cpc0034", Invalid, "PCD_PAYER_NO는 18자 이내입니다.", "PCD_PAYER_NO takes 18 characters."),
    row("1103", Duplicate, "이미 처리된 거래입니다.", "The institution knows this payment already."),
    row("1104", Declined, "거래내역이 없습니다.", "There is no such payment."),
    row("1105", Invalid, "금액이 다릅니다.", "The amount differs."),
    row("1110", Invalid, "결제가능 최저금액은 100원 입니다.", "The least amount is 100 won."),
    row("1115", Duplicate, "이미 취소된 거래입니다.", "The payment is cancelled already."),
    row("1117", Declined, "거래내역이 없습니다.", "There is no such payment."),
    row("1123", Declined, "취소 가능 기간이 지났습니다.", "The time to cancel is over."),
    row("1124", Declined, "유효기간이 지났습니다.", "The card has expired."),
    row("1126", Invalid, "취소 금액 오류", "The amount to cancel is wrong."),
    row("1127", Invalid, "취소 금액 오류", "The amount to cancel is wrong."),
    row("1128", Invalid, "취소 금액 오류", "The amount to cancel is wrong."),
    row("1129", Invalid, "취소 금액 오류", "The amount to cancel is wrong."),
    row("1144", Declined, "부분취소를 할 수 없습니다.", "This payment cannot be cancelled in part."),
    row("1149", Declined, "카드정보 오류", "The card data are wrong."),
    row("1150", Declined, "카드정보 오류", "The card data are wrong."),
    row("1151", Declined, "카드정보 오류", "The card data are wrong."),
    row("1152", Declined, "카드정보 오류", "The card data are wrong."),
    row("1156", Duplicate, "주문번호가 중복되었습니다.", "The order id is used."),
    row("2101", Declined, "고객이 취소하였습니다.", "The buyer cancelled."),
    row("2118", Declined, "팝업이 차단되었습니다.", "The popup was blocked."),
    row("9998", Declined, "은행 점검 중입니다.", "The bank is under maintenance."),
];

#[cfg(test)]
mod tests {
    use super::super::codes::{SUCCESS, is_access, is_uncertain};
    use super::*;

    #[test]
    fn kinds_agree_with_what_calls_decide_by() {
        for row in CODES {
            if row.kind == Success {
                assert!(SUCCESS.contains(&row.code), "{row:?}");
            }
            assert_eq!(is_access(row.code), row.kind == Access, "{row:?}");
            if is_uncertain(row.code) {
                assert!(matches!(row.kind, Duplicate | Uncertain), "{row:?}");
            }
            if row.kind == Uncertain {
                assert!(is_uncertain(row.code), "{row:?}");
            }
        }
        for code in SUCCESS {
            assert_eq!(row_of(code).map(|row| row.kind), Some(Success), "{code}");
        }
    }

    #[test]
    fn each_code_stands_once_and_speaks_both_languages() {
        for (index, row) in CODES.iter().enumerate() {
            assert!(
                CODES[..index].iter().all(|other| other.code != row.code),
                "{row:?}"
            );
            assert!(
                !row.ko.is_empty() && row.en.is_ascii() && row.en.ends_with('.'),
                "{row:?}"
            );
        }
    }

    #[test]
    fn duplicates_are_told_from_refusals() {
        for code in ["SPCD0014", "[TEST]RPCD0015", "CPAY0202", "1115"] {
            assert_eq!(row_of(code).map(|row| row.kind), Some(Duplicate), "{code}");
        }
        assert_eq!(row_of("SPCD0009").map(|row| row.kind), Some(Declined));
        assert!(row_of("nothing").is_none());
    }

    #[test]
    fn what_says_nothing_is_a_decline_of_the_table() {
        for code in SAY_NOTHING {
            assert_eq!(row_of(code).map(|row| row.kind), Some(Declined), "{code}");
        }
    }
}
