//! Payment methods (`pgcode`) and error codes.

use crate::Method;

/// A method of the manual's table, or one seen since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodRow {
    /// `pgcode`.
    pub code: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// The least amount in won.
    pub min: u64,
    /// Can it be cancelled?
    pub cancels: bool,
    /// Can it be cancelled in part?
    pub cancels_partly: bool,
}

const fn row(
    code: &'static str,
    name: &'static str,
    min: u64,
    cancels: bool,
    cancels_partly: bool,
) -> MethodRow {
    MethodRow {
        code,
        name,
        min,
        cancels,
        cancels_partly,
    }
}

/// "Information by Payment Method" joined with "Table of PGCode". Methods newer than the manual come last.
pub const METHODS: [MethodRow; 33] = [
    row("creditcard", "신용카드", 100, true, true),
    row("banktransfer", "계좌이체", 1000, true, true),
    row("virtualaccount", "가상계좌", 500, false, false),
    row("mobile", "휴대폰", 10, true, true),
    row("book", "도서문화상품권", 1, true, true),
    row("culture", "컬쳐랜드", 1, true, true),
    row("smartculture", "스마트문상", 1, true, false),
    row("happymoney", "해피머니", 1, true, true),
    row("mobilepop", "모바일팝", 10, true, true),
    row("teencash", "틴캐시", 10, true, false),
    row("tmoney", "티머니", 10, true, true),
    row("cvs", "편의점캐시", 10, true, false),
    row("eggmoney", "에그머니", 10, true, false),
    row("oncash", "온캐시", 10, true, false),
    row("phonebill", "폰빌", 10, true, false),
    row("cashbee", "이즐", 10, true, false),
    row("kakaopay", "카카오페이", 100, true, true),
    row("payco", "페이코", 100, true, true),
    row("checkpay", "체크페이", 1000, true, false),
    row("toss", "토스", 1, true, true),
    row("ssgpay", "SSG페이", 100, true, true),
    row("lpay", "L.pay", 100, true, true),
    row("naverpay", "네이버페이", 100, true, true),
    row("samsungpay", "삼성페이", 100, true, true),
    row("chai", "차이", 100, true, true),
    row("smilepay", "스마일페이", 100, true, true),
    row("applepay", "애플페이", 100, true, true),
    row("easybank", "간편계좌", 1000, true, true),
    row("voucher", "문화상품권", 1, true, true),
    row("navercard", "네이버페이 카드", 100, true, true),
    row("naverpoint", "네이버페이 포인트", 100, true, true),
    row("smilecard", "스마일페이 카드", 100, true, true),
    row("smilecash", "스마일캐시", 100, true, true),
];

/// The row of a method.
#[must_use]
pub fn method(method: &Method) -> Option<&'static MethodRow> {
    METHODS
        .iter()
        .find(|row| row.code.eq_ignore_ascii_case(method.as_str()))
}

/// The method that a payment was *asked* with, given the one it was *made* with: Naver Pay comes back as `navercard` or
/// `naverpoint`, Smile Pay as `smilecard` or `smilecash`.
#[must_use]
pub fn family(method: &Method) -> &str {
    match method.as_str() {
        "navercard" | "naverpoint" => "naverpay",
        "smilecard" | "smilecash" => "smilepay",
        other => other,
    }
}

/// Could a payment asked with one method have been made with the other?
#[must_use]
pub fn same_family(asked: &Method, made: &Method) -> bool {
    family(asked).eq_ignore_ascii_case(family(made))
}

/// A row of the error table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorRow {
    /// HTTP status.
    pub status: u16,
    /// `code`.
    pub code: u16,
    /// `message`, with the gateway's own spelling.
    pub message: &'static str,
}

/// The error table. 406 carries business codes 2000 to 5000 with their own sentences; 997 is not in the manual.
pub const ERRORS: [ErrorRow; 5] = [
    ErrorRow {
        status: 400,
        code: 997,
        message: "The request is invalid",
    },
    ErrorRow {
        status: 401,
        code: 998,
        message: "Authentication token is missing or incorrect",
    },
    ErrorRow {
        status: 403,
        code: 993,
        message: "Yon do not have authorization.",
    },
    ErrorRow {
        status: 405,
        code: 995,
        message: "Not authorized method.",
    },
    ErrorRow {
        status: 500,
        code: 999,
        message: "Internal server error",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_comes_back_under_its_members_names() {
        let method = |word: &str| Method::from(word);
        assert!(same_family(&method("naverpay"), &method("navercard")));
        assert!(same_family(&method("smilepay"), &method("smilecash")));
        assert!(same_family(&method("naverpay"), &method("naverpoint")));
        assert!(same_family(&method("smilepay"), &method("smilecard")));
        assert!(same_family(&method("creditcard"), &method("creditcard")));
        assert!(!same_family(&method("naverpay"), &method("smilecard")));
        assert!(!same_family(&method("creditcard"), &method("navercard")));
    }
}
