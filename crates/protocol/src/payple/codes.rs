//! Result codes (`PCD_PAY_CODE`). The outcome is decided by `PCD_PAY_RST`; codes only explain it.

use crate::Locale;

/// Codes that were seen with a success.
pub const SUCCESS: [&str; 8] = [
    "0000", "SPCD0000", "PCCF0000", "PAYC0000", "TSDL0000", "PCHK000", "BILL0000", "CDAU0000",
];

/// The code without the `[TEST]` that the test server may put before it.
#[must_use]
pub fn bare(code: &str) -> &str {
    let marked = code
        .as_bytes()
        .get(..6)
        .is_some_and(|mark| mark.eq_ignore_ascii_case(b"[TEST]"));
    if marked {
        code.get(6..).unwrap_or(code).trim()
    } else {
        code.trim()
    }
}

/// May the card have been charged although the answer was an error?
///
/// No answer from the issuer (SPCD1001), an order that is done **or still in process** (SPCD0014, the institution's 1103
/// and 1156), or the gateway's own cancelling that failed (SPCD9997): look it up.
#[must_use]
pub fn is_uncertain(code: &str) -> bool {
    [
        "SPCD1001", "RPCD1001", "SPCD0014", "RPCD0015", "CPCA0201", "CPAY0018", "SPCD9997",
        "CPCA0011", "1103", "1156",
    ]
    .contains(&bare(code))
}

/// Does the code speak of our access (keys, Referer, session) rather than of the payment?
#[must_use]
pub fn is_access(code: &str) -> bool {
    let code = bare(code);
    code.starts_with("AUTH")
        || [
            "SPCD0004", "RPCD0006", "CPCA0005", "CPAY0001", "SPAY0001", "SPAY0019", "SPCD9991",
            "RPCD9991", "CDAU0001", "CDAU9991", "ARSA0001", "BILL0002",
        ]
        .contains(&code)
}

/// A sentence for the codes a buyer or an operator can do something about.
#[must_use]
pub fn sentence(code: &str, locale: Locale) -> Option<&'static str> {
    let code = bare(code);
    let (_, ko, en) = SENTENCES.iter().find(|(codes, ..)| codes.contains(&code))?;
    Some(match locale {
        Locale::Ko => ko,
        Locale::En => en,
    })
}

#[cfg(feature = "server")]
pub use super::code_table::{CODES, CodeKind, CodeRow, row_of};

type Sentence = (&'static [&'static str], &'static str, &'static str);

const SENTENCES: [Sentence; 13] = [
    (
        &["AUTH0001", "AUTH0002", "AUTH0003", "SPCD9991", "RPCD9991"],
        "가맹점 ID와 키를 확인해 주세요.",
        "Check the merchant id and key.",
    ),
    (
        &["AUTH0004", "AUTH0007"],
        "가맹점에 등록된 도메인과 Referer를 확인해 주세요.",
        "Check the registered domain and the Referer.",
    ),
    (&["AUTH0006"], "HTTPS로 접속해 주세요.", "Use HTTPS."),
    (
        &["AUTH0008"],
        "승인 요청은 결제창이 준 주소로 보내 주세요.",
        "Send the confirmation to the URL the window gave.",
    ),
    (
        &["CPCA0001", "SPCD0004", "RPCD0006", "CDAU0001"],
        "인증시간이 지났습니다. 결제를 다시 시작해 주세요.",
        "The time to authenticate is over. Start the payment again.",
    ),
    (
        &[
            "CPCA0006", "CPCA0022", "CPCA0023", "CPCA0024", "CPCA0025", "SPCD0009", "SPCD0010",
        ],
        "한도를 초과하였습니다. 다른 카드로 결제해 주세요.",
        "The limit is exceeded. Use another card.",
    ),
    (
        &["CPCA0201", "SPCD0014", "RPCD0015", "1103", "1156"],
        "이미 처리되었거나 처리 중인 주문입니다. 결과를 조회해 주세요.",
        "The order is done or in process. Look it up.",
    ),
    (
        &["SPCD0002", "RPCD0002"],
        "결제 가능한 최저 금액은 100원입니다.",
        "The least amount is 100 won.",
    ),
    (
        &[
            "SPCD0011", "SPCD0012", "SPCD0013", "RPCD0001", "RPCD0011", "RPCD0012", "RPCD0013",
            "CPCA0003", "CPCA0004",
        ],
        "등록된 카드를 찾을 수 없습니다. 카드를 다시 등록해 주세요.",
        "The registered card is not found. Register it again.",
    ),
    (
        &["CPAY0002", "CPAY0004", "SPAY0005"],
        "등록된 계좌를 찾을 수 없습니다. 계좌를 다시 등록해 주세요.",
        "The registered account is not found. Register it again.",
    ),
    (
        &["SPCD1001", "RPCD1001", "CPAY0018"],
        "카드사의 응답이 없습니다. 결과를 조회해 주세요.",
        "The card company did not answer. Look the payment up.",
    ),
    (
        &["CDAU0002"],
        "카드번호를 바르게 입력해 주세요.",
        "Enter the card number correctly.",
    ),
    (
        &["cpc0034"],
        "고객번호(PCD_PAYER_NO)는 18자 이내로 보내 주세요.",
        "Send a customer number (PCD_PAYER_NO) of at most 18 characters.",
    ),
];

#[cfg(feature = "server")]
pub(super) fn read(fields: &crate::wire::Fields) -> Option<alloc::string::String> {
    fields.filled("PCD_PAY_CODE").map(|code| bare(&code).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_mark_is_taken_off() {
        assert_eq!(bare("[TEST]SPCD0000"), "SPCD0000");
        assert_eq!(bare("[Test] 0000"), "0000");
        assert_eq!((bare("0000"), bare(""), bare("카드")), ("0000", "", "카드"));
    }

    #[test]
    fn doubt_and_access_are_told_apart() {
        assert!(is_uncertain("[TEST]SPCD1001") && !is_uncertain("SPCD0009"));
        assert!(is_access("AUTH0004") && !is_access("PCHK0001"));
        assert!(sentence("SPCD0009", Locale::Ko).is_some() && sentence("X", Locale::En).is_none());
    }
}
