//! The words on our own pages: Korean first, English on request.

use crate::http::RawRequest;

/// One language's words.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) lang: &'static str,
    pub(crate) other_lang: &'static str,
    pub(crate) other_lang_name: &'static str,
    pub(crate) pay_title: &'static str,
    pub(crate) check_order: &'static str,
    pub(crate) order_no: &'static str,
    pub(crate) method: &'static str,
    pub(crate) pay: &'static str,
    pub(crate) see_result: &'static str,
    pub(crate) opening: &'static str,
    pub(crate) opening_hint: &'static str,
    pub(crate) go_on: &'static str,
    pub(crate) back_title: &'static str,
    pub(crate) back_hint: &'static str,
    pub(crate) waiting_title: &'static str,
    pub(crate) waiting_hint: &'static str,
    pub(crate) try_again: &'static str,
    pub(crate) fault_title: &'static str,
}

const KO: Words = Words {
    lang: "ko",
    other_lang: "en",
    other_lang_name: "English",
    pay_title: "결제하기",
    check_order: "주문 내용을 확인해 주세요.",
    order_no: "주문번호",
    method: "결제수단",
    pay: "결제하기",
    see_result: "결과 보기",
    opening: "결제창을 여는 중입니다",
    opening_hint: "잠시만 기다려 주세요. 자동으로 넘어가지 않으면 아래 버튼을 눌러 주세요.",
    go_on: "결제창으로 이동",
    back_title: "결제 결과를 확인하고 있습니다",
    back_hint: "이 창은 곧 닫힙니다.",
    waiting_title: "결제 결과를 확인하고 있습니다",
    waiting_hint: "창을 닫지 말고 잠시만 기다려 주세요.",
    try_again: "다시 확인",
    fault_title: "페이지를 열 수 없습니다",
};

const EN: Words = Words {
    lang: "en",
    other_lang: "ko",
    other_lang_name: "한국어",
    pay_title: "Payment",
    check_order: "Please check your order.",
    order_no: "Order",
    method: "Payment method",
    pay: "Pay",
    see_result: "See the result",
    opening: "Opening the payment window",
    opening_hint: "One moment. If nothing happens, use the button below.",
    go_on: "Go to the payment window",
    back_title: "Checking your payment",
    back_hint: "This window closes in a moment.",
    waiting_title: "Checking your payment",
    waiting_hint: "Please keep this window open for a moment.",
    try_again: "Check again",
    fault_title: "This page cannot be opened",
};

impl Words {
    /// The language of a request: `?lang=` first, then the browser's first wish, else Korean.
    pub(crate) fn of(request: &RawRequest) -> &'static Self {
        let wish = request
            .query("lang")
            .unwrap_or_else(|| request.header("accept-language").unwrap_or_default().into());
        let first = wish.split([',', ';', '-']).next().unwrap_or_default();
        if first.trim().eq_ignore_ascii_case("en") {
            &EN
        } else {
            &KO
        }
    }

    /// Is this Korean?
    pub(crate) fn is_korean(&self) -> bool {
        self.lang == "ko"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_comes_first_and_the_query_wins() {
        let lang = |request: RawRequest| Words::of(&request).lang;
        assert_eq!(lang(RawRequest::new("GET", "/")), "ko");
        let english = RawRequest::new("GET", "/").with_header("accept-language", "en-US,en;q=0.9");
        assert_eq!(lang(english.clone()), "en");
        let mut switched = english;
        switched.query = Some("lang=ko".to_owned());
        assert_eq!(lang(switched), "ko");
        let third = RawRequest::new("GET", "/").with_header("accept-language", "ja,en;q=0.5");
        assert_eq!(lang(third), "ko");
    }
}
