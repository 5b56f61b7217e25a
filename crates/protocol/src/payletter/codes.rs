//! Payment methods (`pgcode`) and error codes.

use crate::{
    Locale, Method, Money, Period,
    period::{days_between, months_between},
};

/// A method of the manual's table, or one seen since: what it can do and what it wants.
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
    /// Until when it can be cancelled.
    pub period: Period,
    /// Does it give billing keys?
    pub recurring: bool,
    /// Is a billing key given in the mobile window alone?
    pub recurring_on_mobile_only: bool,
    /// Must `service_name` be sent?
    pub needs_service_name: bool,
    /// "callback_url integration is essential": does money move after the buyer has gone?
    pub needs_callback: bool,
    /// Does a buyer who cancels come to `cancel_url`?
    pub reaches_cancel_url: bool,
    /// The methods it comes back as, if not as itself.
    pub comes_back_as: &'static [&'static str],
    /// Does it take a deposit for disposable cups?
    pub cup_deposit: bool,
    /// Does the test gateway charge real money, to give it back in the night?
    pub real_money_in_test: bool,
    /// What else people must know, in Korean.
    pub note: &'static str,
}

const fn row(code: &'static str, name: &'static str, min: u64) -> MethodRow {
    MethodRow {
        code,
        name,
        min,
        cancels: false,
        cancels_partly: false,
        period: Period::Never,
        recurring: false,
        recurring_on_mobile_only: false,
        needs_service_name: false,
        needs_callback: false,
        reaches_cancel_url: true,
        comes_back_as: &[],
        cup_deposit: false,
        real_money_in_test: false,
        note: "",
    }
}

/// Rows read `row("chai", "차이", 100).cancels(Period::Contract).partly().recurring()`.
impl MethodRow {
    const fn cancels(mut self, period: Period) -> Self {
        self.cancels = true;
        self.period = period;
        self
    }

    const fn partly(mut self) -> Self {
        self.cancels_partly = true;
        self
    }

    const fn recurring(mut self) -> Self {
        self.recurring = true;
        self
    }

    const fn on_mobile_only(mut self) -> Self {
        self.recurring_on_mobile_only = true;
        self
    }

    const fn needs_service_name(mut self) -> Self {
        self.needs_service_name = true;
        self
    }

    const fn needs_callback(mut self) -> Self {
        self.needs_callback = true;
        self
    }

    const fn never_cancel_url(mut self) -> Self {
        self.reaches_cancel_url = false;
        self
    }

    const fn comes_back_as(mut self, methods: &'static [&'static str]) -> Self {
        self.comes_back_as = methods;
        self
    }

    const fn cup_deposit(mut self) -> Self {
        self.cup_deposit = true;
        self
    }

    const fn real_money_in_test(mut self) -> Self {
        self.real_money_in_test = true;
        self
    }

    const fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// May so much of a payment be cancelled? None if only the gateway knows (a period by contract, or untold).
    ///
    /// A payment with a deposit for cups is cancelled wholly or not at all.
    #[must_use]
    pub fn allows_refund(
        &self,
        partial: bool,
        cup_deposit: bool,
        paid_on: &str,
        today: &str,
    ) -> Option<bool> {
        if !self.cancels || (partial && (!self.cancels_partly || cup_deposit)) {
            return Some(false);
        }
        self.period.allows(paid_on, today)
    }
}

const D24: Period = Period::Days(24);
const D180: Period = Period::Days(180);

/// "Information by Payment Method" joined with "Table of PGCode" and the notices below them. Methods newer than the
/// manual come last.
#[rustfmt::skip] // a table
pub const METHODS: [MethodRow; 33] = [
    row("creditcard", "신용카드", 100).cancels(D180).partly().recurring().cup_deposit()
        .note("테스트 환경에서는 VAN 통신을 하지 않습니다. 인증번호는 아무 숫자나 됩니다."),
    row("banktransfer", "계좌이체", 1000).cancels(Period::SameDay).partly(),
    row("virtualaccount", "가상계좌", 500).needs_callback()
        .note("테스트 환경에서는 계좌 발급까지만 됩니다. 테스트 계좌에 입금하면 취소할 수 없습니다."),
    row("mobile", "휴대폰", 10).cancels(Period::SameMonth).partly().recurring().cup_deposit().real_money_in_test()
        .note("자동결제는 빌키 발급 30일 후부터, 같은 금액으로, 달을 거르지 않고 됩니다."),
    row("book", "도서문화상품권", 1).cancels(D24).partly(),
    row("culture", "컬쳐랜드", 1).cancels(D24).partly(),
    row("smartculture", "스마트문상", 1).cancels(D24),
    row("happymoney", "해피머니", 1).cancels(D24).partly(),
    row("mobilepop", "모바일팝", 10).cancels(D24).partly(),
    row("teencash", "틴캐시", 10).cancels(D24),
    row("tmoney", "티머니", 10).cancels(D24).partly().cup_deposit()
        .note("모바일 티머니는 구글 플레이의 티머니 앱(충전 결제 모듈)이 있어야 합니다."),
    row("cvs", "편의점캐시", 10).cancels(D24),
    row("eggmoney", "에그머니", 10).cancels(D24),
    row("oncash", "온캐시", 10).cancels(Period::Untold),
    row("phonebill", "폰빌", 10).cancels(Period::SameMonth)
        .note("테스트 환경에서는 전화가 걸리지 않습니다."),
    row("cashbee", "이즐", 10).cancels(D24).cup_deposit(),
    row("kakaopay", "카카오페이", 100).cancels(D180).partly().cup_deposit().real_money_in_test(),
    row("payco", "페이코", 100).cancels(D180).partly().recurring(),
    row("checkpay", "체크페이", 1000).cancels(Period::Days(30)).recurring().needs_callback(),
    row("toss", "토스", 1).cancels(D180).partly().needs_callback().cup_deposit(),
    row("ssgpay", "SSG페이", 100).cancels(D180).partly().needs_service_name().cup_deposit().real_money_in_test()
        .note("SSG페이 회원의 휴대폰 번호여야 합니다."),
    row("lpay", "L.pay", 100).cancels(D180).partly().never_cancel_url(),
    row("naverpay", "네이버페이", 100).cancels(D180).partly().never_cancel_url().cup_deposit()
        .comes_back_as(&["navercard", "naverpoint"]),
    row("samsungpay", "삼성페이", 100).cancels(D180).partly().needs_service_name().never_cancel_url(),
    row("chai", "차이", 100).cancels(Period::Contract).partly().recurring().on_mobile_only()
        .note("자동결제는 모바일에서만 됩니다. 테스트는 테스트 앱과 테스트 계좌로 합니다."),
    row("smilepay", "스마일페이", 100).cancels(Period::Days(365)).partly() // 180 of them as a card
        .comes_back_as(&["smilecard", "smilecash"]),
    row("applepay", "애플페이", 100).cancels(Period::Untold).partly(),
    row("easybank", "간편계좌", 1000).cancels(Period::Untold).partly(),
    row("voucher", "문화상품권", 1).cancels(Period::Untold).partly(),
    row("navercard", "네이버페이 카드", 100).cancels(D180).partly().never_cancel_url().cup_deposit(),
    row("naverpoint", "네이버페이 포인트", 100).cancels(D180).partly().never_cancel_url().cup_deposit(),
    row("smilecard", "스마일페이 카드", 100).cancels(D180).partly(),
    row("smilecash", "스마일캐시", 100).cancels(Period::Days(365)).partly(),
];

/// Why a monthly charge of a mobile phone will be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MobileBar {
    /// The billing key is not 30 days old.
    TooEarly,
    /// Another amount than before.
    OtherAmount,
    /// Nothing was charged in the month before: the billing key is void.
    MonthMissed,
    /// This month is charged already.
    MonthCharged,
}

/// What bars the next charge of a mobile phone, by "Mobile Phone Re-payment". Days are `YYYYMMDD` in Korea; a day that
/// cannot be read bars nothing, for the gateway decides.
#[must_use]
pub fn mobile_bar(
    registered_on: &str,
    last_paid_on: &str,
    last_amount: Money,
    amount: Money,
    today: &str,
) -> Option<MobileBar> {
    if amount != last_amount {
        return Some(MobileBar::OtherAmount);
    }
    if days_between(registered_on, today).is_some_and(|days| days < 30) {
        return Some(MobileBar::TooEarly);
    }
    match months_between(last_paid_on, today) {
        Some(0) => Some(MobileBar::MonthCharged),
        Some(months) if months > 1 => Some(MobileBar::MonthMissed),
        _ => None,
    }
}

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

/// The error table. 406 carries business codes ([`BUSINESS`]) with their own sentences; 997 is not in the manual.
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

/// Codes of the gateway's business rules (HTTP 406), each with a sentence of its own.
pub const BUSINESS: core::ops::RangeInclusive<u16> = 2000..=5000;

/// Does the code speak of our access (key, address) rather than of the payment?
#[must_use]
pub fn is_access(code: &str) -> bool {
    matches!(code, "998" | "993")
}

/// What an operator can do about a code. Business codes explain themselves in the gateway's message.
#[must_use]
pub fn sentence(code: &str, locale: Locale) -> Option<&'static str> {
    let (ko, en) = match code {
        "993" => (
            "이 API를 쓸 권한이 없습니다. 키의 종류(PAYMENT, SEARCH)와 계약을 확인해 주세요.",
            "Not allowed. Check the kind of the key (PAYMENT, SEARCH) and the contract.",
        ),
        "995" => (
            "HTTP 메서드가 맞지 않습니다.",
            "The HTTP method is the wrong one.",
        ),
        "997" => (
            "요청을 읽을 수 없습니다. UTF-8 JSON인지 확인해 주세요.",
            "The request cannot be read. Check that it is JSON in UTF-8.",
        ),
        "998" => (
            "API 키가 없거나 틀립니다. 환경(테스트, 라이브)도 확인해 주세요.",
            "The API key is missing or wrong. Check the environment too.",
        ),
        "999" => (
            "결제사 시스템 오류입니다. 결과를 조회해 주세요.",
            "The gateway failed. Look the payment up.",
        ),
        _ if code.parse().is_ok_and(|code| BUSINESS.contains(&code)) => (
            "결제사가 거절하였습니다. 메시지를 확인해 주세요.",
            "The gateway refused. Its message says why.",
        ),
        _ => return None,
    };
    Some(match locale {
        Locale::Ko => ko,
        Locale::En => en,
    })
}

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

    #[test]
    fn refunds_follow_method_period_and_deposit() {
        let row = |word: &str| method(&Method::from(word)).unwrap();
        let allows =
            |word, partial, cups, today| row(word).allows_refund(partial, cups, "20260110", today);
        assert_eq!(allows("creditcard", true, false, "20260301"), Some(true));
        assert_eq!(allows("creditcard", true, true, "20260301"), Some(false));
        assert_eq!(allows("creditcard", false, true, "20260301"), Some(true));
        assert_eq!(
            allows("banktransfer", false, false, "20260111"),
            Some(false)
        );
        assert_eq!(allows("mobile", false, false, "20260201"), Some(false));
        assert_eq!(allows("checkpay", true, false, "20260111"), Some(false));
        assert_eq!(
            allows("virtualaccount", false, false, "20260110"),
            Some(false)
        );
        assert_eq!(allows("chai", true, false, "20260301"), None);
    }

    #[test]
    fn families_in_the_table_are_the_families_that_compare() {
        for row in &METHODS {
            for member in row.comes_back_as {
                assert!(same_family(&row.code.into(), &Method::from(*member)));
                assert!(method(&Method::from(*member)).is_some());
            }
        }
    }

    #[test]
    fn a_mobile_phone_is_charged_monthly_unbroken_and_alike() {
        let won = Money::won;
        let bar = |last, amount, today| mobile_bar("20260105", last, won(1000), won(amount), today);
        assert_eq!(bar("20260105", 1000, "20260204"), None);
        assert_eq!(bar("20260105", 1000, "20260203"), Some(MobileBar::TooEarly));
        assert_eq!(
            bar("20260105", 1100, "20260204"),
            Some(MobileBar::OtherAmount)
        );
        assert_eq!(
            bar("20260105", 1000, "20260301"),
            Some(MobileBar::MonthMissed)
        );
        assert_eq!(
            bar("20260204", 1000, "20260228"),
            Some(MobileBar::MonthCharged)
        );
        assert_eq!(bar("20260204", 1000, "20260301"), None);
    }

    #[test]
    fn every_code_of_the_table_has_a_sentence() {
        for row in &ERRORS {
            for locale in [Locale::Ko, Locale::En] {
                assert!(sentence(&row.code.to_string(), locale).is_some());
            }
        }
        assert!(sentence("2001", Locale::Ko).is_some() && sentence("1", Locale::Ko).is_none());
        assert!(is_access("998") && !is_access("997"));
    }
}
