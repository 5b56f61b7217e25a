//! Payment methods (`pginfo`) and error codes.

use crate::{Locale, Method, Period};
use MethodKind::{
    BankTransfer, Card, Carrier, ConvenienceStore, Epin, OnlineBanking, Prepaid, Wallet,
};

/// Methods that need `servicename`: WeChat Pay, Alipay and the wallets of Alipay+.
pub const NEEDS_SERVICE_NAME: &[&str] = &[
    "WeChatPayH5Payment",
    "WeChatPayQRCodePayment",
    "ICBAlipay",
    "AlipayAlipayPlus",
    "AlipayPlusAlipayHK",
    "AlipayPlusBPI",
    "AlipayPlusDana",
    "AlipayPlusGcash",
    "AlipayPlusRabbitLinePay",
    "AlipayPlusTNG",
    "AlipayPlusTrueMoney",
];

/// PayPal, in the manual's spelling and in the older plugin's. Methods compare without case.
pub const PAYPAL: &[&str] = &["PaypalExpressCheckout"];

/// Cards, whose notifications carry `cardkind` and `cardno`.
pub const CARDS: &[&str] = &["PLCreditCard", "PLCreditCardMpi", "PLCreditCard_CY"];

/// Methods that give billing keys.
pub const BILLING: &[&str] = &[
    "PLCreditCard",
    "PLCreditCardMpi",
    "PLUnionPay_HC",
    "PaypalExpressCheckout",
];

/// A method of the PGCode table, with what the table of options says about its family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodRow {
    /// `pginfo`.
    pub code: &'static str,
    /// `pgcode`; empty where only the wallet's name is known.
    pub group: &'static str,
    /// `pgsubcode`, which is what the sales list calls `pginfo`.
    pub subcode: &'static str,
    /// What it is.
    pub kind: MethodKind,
    /// 비고.
    pub note: &'static str,
    /// 자동결제: does it give billing keys?
    pub recurring: bool,
    /// 결제취소. None where the manual does not say.
    pub cancels: Option<bool>,
    /// 부분취소.
    pub cancels_partly: bool,
    /// 취소가능기간.
    pub period: Period,
    /// Is a refund only asked for by the call, and done when the notification comes (VTC)?
    pub refund_later: bool,
}

/// What a method is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MethodKind {
    /// 신용카드.
    Card,
    /// 전자지갑.
    Wallet,
    /// 선불카드.
    Prepaid,
    /// 편의점 결제.
    ConvenienceStore,
    /// 계좌이체.
    BankTransfer,
    /// 온라인 뱅킹.
    OnlineBanking,
    /// 핸드폰 결제.
    Carrier,
    /// EPIN.
    Epin,
}

impl MethodKind {
    /// Does the return only say that the request was accepted, and the money come later ("bank transfer, cvs 등")?
    #[must_use]
    pub const fn awaits_deposit(self) -> bool {
        matches!(self, Self::BankTransfer | Self::ConvenienceStore)
    }
}

const fn row(
    code: &'static str,
    group: &'static str,
    subcode: &'static str,
    kind: MethodKind,
    note: &'static str,
) -> MethodRow {
    MethodRow {
        code,
        group,
        subcode,
        kind,
        note,
        recurring: false,
        cancels: None,
        cancels_partly: false,
        period: Period::Untold,
        refund_later: false,
    }
}

impl MethodRow {
    const fn recurring(mut self) -> Self {
        self.recurring = true;
        self
    }

    const fn cancels(mut self, days: u16) -> Self {
        self.cancels = Some(true);
        self.period = Period::Days(days);
        self
    }

    const fn partly(mut self) -> Self {
        self.cancels_partly = true;
        self
    }

    const fn never(mut self) -> Self {
        self.cancels = Some(false);
        self.period = Period::Never;
        self
    }

    const fn refund_later(mut self) -> Self {
        self.refund_later = true;
        self
    }

    /// Must `servicename` be sent?
    #[must_use]
    pub fn needs_service_name(&self) -> bool {
        among(NEEDS_SERVICE_NAME, self.code)
    }

    /// May so much of a payment be cancelled? None if only the gateway knows.
    #[must_use]
    pub fn allows_refund(&self, partial: bool, paid_on: &str, today: &str) -> Option<bool> {
        match self.cancels? {
            true if partial && !self.cancels_partly => Some(false),
            true => self.period.allows(paid_on, today),
            false => Some(false),
        }
    }
}

/// "PGCode 표" joined with "결제수단별 옵션". The wallets of Alipay+, which are newer than the manual, come last.
#[rustfmt::skip] // a table
pub const METHODS: [MethodRow; 73] = [
    row("PLCreditCard", "PL", "CreditCard", Card, "해외카드 비인증").recurring().cancels(180).partly(),
    row("PLCreditCard_CY", "PL", "CreditCard_CY", Card, "해외카드 사이버소스").recurring().cancels(180).partly(),
    row("PLCreditCardMpi", "PL", "CreditCardMpi", Card, "해외카드 인증").recurring().cancels(180).partly(),
    row("PLUnionPay", "PL", "UnionPay", Card, "유니온페이").recurring().cancels(730).partly(),
    row("PLUnionPay_HC", "PL", "UnionPay_HC", Card, "유니온페이").recurring().cancels(730).partly(),
    row("AlipayAlipayPlus", "Alipay", "AlipayPlus", Wallet, "Alipay Plus (전자지갑)").cancels(365).partly(),
    row("CCCherryCredits", "CC", "CherryCredits", Prepaid, "CherryCredits (선불카드)").never(),
    row("CodaPay12Call", "CodaPay", "12Call", Prepaid, "12 Call (선불카드)").never(),
    row("Codapay7ElevenPH", "CodaPay", "7ElevenPH", ConvenienceStore, "7Eleven (편의점 결제)").never(),
    row("CodaPay7ElevenTHA", "CodaPay", "7ElevenTHA", ConvenienceStore, "7Eleven (편의점 결제)").never(),
    row("CodapayAlfamart", "CodaPay", "Alfamart", ConvenienceStore, "Alfamart (편의점 결제)").never(),
    row("CodapayBankTransfer", "CodaPay", "BankTransfer", BankTransfer, "Bank Transfer (계좌이체)").never(),
    row("CodaPayBankTransferTHA", "CodaPay", "BankTransferTHA", BankTransfer, "Bank Transfer (계좌이체)"),
    row("CodaPayCarrierBillingAIS", "CodaPay", "CarrierBillingAIS", Carrier, "AIS (핸드폰 결제)"),
    row("CodaPayCarrierBillingDTAC", "CodaPay", "CarrierBillingDTAC", Carrier, "DTAC (핸드폰 결제)"),
    row("CodapayCarrierBillingMaxis", "CodaPay", "CarrierBillingMaxis", Carrier, "Maxis (핸드폰 결제)").never(),
    row("CodaPayCarrierBillingTMH", "CodaPay", "CarrierBillingTMH", Carrier, "TMH (핸드폰 결제)"),
    row("CodapayDokuWallet", "CodaPay", "DokuWallet", Wallet, "Doku Wallet (전자지갑)").never(),
    row("CodaPayDolfin", "CodaPay", "Dolfin", Wallet, "Dolfin (전자지갑)"),
    row("CodaPayEtisalat", "CodaPay", "Etisalat", Carrier, "Etisalat (핸드폰 결제)").never(),
    row("CodaPayFawry", "CodaPay", "Fawry", Wallet, "Fawry (전자지갑)").never(),
    row("CodaPayGcash", "CodaPay", "Gcash", Wallet, "Gcash (전자지갑)").never(),
    row("CodapayIndomaret", "Codapay", "Indomaret", ConvenienceStore, "Indomaret (편의점 결제)").never(),
    row("CodaPayKplus", "CodaPay", "Kplus", BankTransfer, "Kplus (계좌이체)"),
    row("CodaPayOoredooKuwait", "CodaPay", "OoredooKuwait", Carrier, "Ooredoo (핸드폰 결제)").never(),
    row("CodaPayPromptpay", "CodaPay", "Promptpay", BankTransfer, "PromptPay (계좌이체)"),
    row("CodaPayRabbitLINEPay", "CodaPay", "RabbitLINEPay", Wallet, "Rabbit LINE Pay (전자지갑)"),
    row("CodaPayShopeePayTH", "CodaPay", "ShopeePayTH", Wallet, "ShopeePay (전자지갑)"),
    row("CodaPayTrueMoneyCashCard", "CodaPay", "TrueMoneyCashCard", Prepaid, "True Money Cash Card (선불카드)").never(),
    row("CodaPayTrueMoneyWallet", "CodaPay", "TrueMoneyWallet", Wallet, "True Money Wallet (전자지갑)").never(),
    row("CodaPayZainBahrain", "CodaPay", "ZainBahrain", Carrier, "Zain (핸드폰 결제)").never(),
    row("CodaPayZainKuwait", "CodaPay", "ZainKuwait", Carrier, "Zain (핸드폰 결제)").never(),
    row("DegicaBancontact", "Degica", "Bancontact", Wallet, "Bancontact (전자지갑)"),
    row("DegicaBankTransfer", "Degica", "BankTransfer", BankTransfer, "BankTransfer (계좌이체)"),
    row("DegicaBitCash", "Degica", "BitCash", Prepaid, "BitCash (선불카드)"),
    row("DegicaCreditCard", "Degica", "CreditCard", Card, "CreditCard (신용카드)"),
    row("DegicaEPS", "Degica", "EPS", BankTransfer, "EPS (계좌이체)"),
    row("DegicaGiroPay", "Degica", "GiroPay", BankTransfer, "GiroPay (계좌이체)"),
    row("DegicaIdeal", "Degica", "Ideal", BankTransfer, "iDEAL (계좌이체)"),
    row("DegicaJapanMobile", "Degica", "JapanMobile", Carrier, "JapanMobile (핸드폰 결제)"),
    row("DegicaKonbini", "Degica", "Konbini", ConvenienceStore, "Konbini (편의점 결제)"),
    row("DegicaLinePay", "Degica", "LinePay", Wallet, "LINE Pay (전자지갑)"),
    row("DegicaMerPay", "Degica", "MerPay", Wallet, "MerPay (전자지갑)"),
    row("DegicaMultibanco", "Degica", "Multibanco", BankTransfer, "Multibanco (계좌이체)"),
    row("DegicaMyBank", "Degica", "MyBank", BankTransfer, "MyBank (계좌이체)"),
    row("DegicaNetCash", "Degica", "NetCash", Prepaid, "NetCash (선불카드)"),
    row("DegicaPayEasy", "Degica", "PayEasy", OnlineBanking, "PayEasy (온라인 뱅킹)"),
    row("DegicaPayPay", "Degica", "PayPay", Wallet, "PayPay (전자지갑)"),
    row("DegicaPaysafecard", "Degica", "Paysafecard", Epin, "Paysafecard (EPIN)"),
    row("DegicaPrzelewy24", "Degica", "Przelewy24", BankTransfer, "Przelewy24 (계좌이체)"),
    row("DegicaSofortBanking", "Degica", "SofortBanking", BankTransfer, "Sofort (계좌이체)"),
    row("DegicaWebMoney", "Degica", "WebMoney", Prepaid, "WebMoney (선불카드)"),
    row("ICBAlipay", "ICB", "Alipay", Wallet, "Alipay (전자지갑)").cancels(365).partly(),
    row("MOLAIS 12 Call Prepaid", "MOL", "AIS 12 Call Prepaid", Prepaid, "AIS 12 Call (선불카드)").never(),
    row("MOLFPX", "MOL", "FPX", OnlineBanking, "FPX (온라인 뱅킹)").never(),
    row("MOLLoadCentral", "MOL", "LoadCentral", Prepaid, "LoadCentral (선불카드)").never(),
    row("MOLMaybank2U", "MOL", "Maybank2U", OnlineBanking, "Maybank (온라인 뱅킹)").never(),
    row("MOLMOLPoint_PP", "MOL", "MOLPoint_PP", Prepaid, "Razer Gold PIN (선불카드)").never(),
    row("MOLTrueMoney", "MOL", "True Money", Prepaid, "True Money (선불카드)").never(),
    row("MOLzGold-MOLPoints", "MOL", "zGold-MOLPoints", Wallet, "Razer Gold Wallet (전자지갑)").never(),
    row("MyCardPPCard", "MyCard", "PPCard", Prepaid, "MyCard (선불카드)"),
    row("PaypalExpressCheckout", "Paypal", "ExpressCheckout", Wallet, "PayPal (전자지갑)").recurring().cancels(180).partly(),
    row("VTCDomesticBank", "VTC", "DomesticBank", BankTransfer, "Bank Transfer (계좌이체)").cancels(150).refund_later(),
    row("VTCVTCPay", "VTC", "VTCPay", Wallet, "VTCPay (전자지갑)").cancels(180).refund_later(),
    row("WeChatPayH5Payment", "WeChatPay", "H5Payment", Wallet, "WeChatPay (전자지갑)").cancels(365).partly(),
    row("WeChatPayQRCodePayment", "WeChatPay", "QRCodePayment", Wallet, "WeChatPay (전자지갑)").cancels(365).partly(),
    row("AlipayPlusAlipayHK", "", "", Wallet, "Alipay+ AlipayHK (전자지갑)").cancels(365).partly(),
    row("AlipayPlusBPI", "", "", Wallet, "Alipay+ BPI (전자지갑)").cancels(365).partly(),
    row("AlipayPlusDana", "", "", Wallet, "Alipay+ DANA (전자지갑)").cancels(365).partly(),
    row("AlipayPlusGcash", "", "", Wallet, "Alipay+ GCash (전자지갑)").cancels(365).partly(),
    row("AlipayPlusRabbitLinePay", "", "", Wallet, "Alipay+ Rabbit LINE Pay (전자지갑)").cancels(365).partly(),
    row("AlipayPlusTNG", "", "", Wallet, "Alipay+ Touch 'n Go (전자지갑)").cancels(365).partly(),
    row("AlipayPlusTrueMoney", "", "", Wallet, "Alipay+ TrueMoney (전자지갑)").cancels(365).partly(),
];

/// The row of a method.
#[must_use]
pub fn method(method: &Method) -> Option<&'static MethodRow> {
    let word = method.as_str();
    METHODS
        .iter()
        .find(|row| row.code.eq_ignore_ascii_case(word))
}

/// The row of a method by the two parts that lists use: `PL` and `CreditCard`.
#[must_use]
pub fn method_of_parts(group: &str, subcode: &str) -> Option<&'static MethodRow> {
    METHODS.iter().find(|row| {
        row.group.eq_ignore_ascii_case(group) && row.subcode.eq_ignore_ascii_case(subcode)
    })
}

/// Is this method one of these?
pub(super) fn among(methods: &[&str], method: &str) -> bool {
    methods
        .iter()
        .any(|known| known.eq_ignore_ascii_case(method))
}

/// The number in `[2104]The payment transaction does not exist`: a refusal says its reason in `detail`.
#[must_use]
pub fn detail_code(detail: &str) -> Option<&str> {
    detail
        .trim_start()
        .strip_prefix('[')?
        .split_once(']')
        .map(|(code, _)| code)
}

/// `detail` of a refused PayPal cancellation: the subscription was cancelled before.
pub const SUBSCRIPTION_CANCELLED_BEFORE: &str = "2235";

/// Does the code speak of our access (key, address) rather than of the payment?
#[must_use]
pub fn is_access(code: &str) -> bool {
    matches!(code, "998" | "993")
}

/// What an operator can do about a code, or about the number in a refusal's `detail`.
#[must_use]
pub fn sentence(code: &str, locale: Locale) -> Option<&'static str> {
    let (ko, en) = match code {
        "990" => (
            "결제사가 거절하였습니다. 상세 메시지를 확인해 주세요.",
            "The gateway refused. Its detail says why.",
        ),
        "993" => (
            "이 API를 쓸 권한이 없습니다. Private API는 등록된 IP에서만 됩니다.",
            "Not allowed. Private APIs take registered addresses only.",
        ),
        "994" => (
            "없는 기능입니다.",
            "The gateway does not have this function.",
        ),
        "995" => (
            "HTTP 메서드가 맞지 않습니다.",
            "The HTTP method is the wrong one.",
        ),
        "996" => ("주소가 맞지 않습니다.", "The address is the wrong one."),
        "997" => (
            "요청이 올바르지 않습니다. 상세 메시지를 확인해 주세요.",
            "The request is invalid. Its detail says why.",
        ),
        "998" => (
            "API 키가 없거나 틀립니다. 환경(테스트, 라이브)도 확인해 주세요.",
            "The API key is missing or wrong. Check the environment too.",
        ),
        "999" => (
            "결제사 시스템 오류입니다. 결과를 조회해 주세요.",
            "The gateway failed. Look the payment up.",
        ),
        "2102" => (
            "이 결제수단(pginfo)의 계약 정보가 없습니다.",
            "There is no contract for this method (pginfo).",
        ),
        "2104" => ("결제 건이 없습니다.", "The payment does not exist."),
        SUBSCRIPTION_CANCELLED_BEFORE => (
            "이미 해지된 PayPal 구독입니다.",
            "The PayPal subscription is cancelled already.",
        ),
        _ => return None,
    };
    Some(match locale {
        Locale::Ko => ko,
        Locale::En => en,
    })
}

/// A row of the error table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorRow {
    /// HTTP status.
    pub status: u16,
    /// `error.code`.
    pub code: u16,
    /// `error.message`.
    pub message: &'static str,
}

/// The manual's table.
pub const ERRORS: [ErrorRow; 5] = [
    ErrorRow {
        status: 400,
        code: 997,
        message: "The request is invalid.",
    },
    ErrorRow {
        status: 401,
        code: 998,
        message: "Authentication token is missing or incorrect.",
    },
    ErrorRow {
        status: 403,
        code: 993,
        message: "You do not have authorization.",
    },
    ErrorRow {
        status: 406,
        code: 990,
        message: "Business logic error.",
    },
    ErrorRow {
        status: 500,
        code: 999,
        message: "Internal Error",
    },
];

/// Rows of the older table that the vendor's samples still carry.
pub const OLD_ERRORS: [ErrorRow; 3] = [
    ErrorRow {
        status: 404,
        code: 996,
        message: "Cannot find resource. Please check resource.",
    },
    ErrorRow {
        status: 405,
        code: 995,
        message: "Requested method is not allowed.",
    },
    ErrorRow {
        status: 501,
        code: 994,
        message: "Related function is not implemented",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_its_group_and_its_subcode() {
        // Three rows spell the group differently from the front of the whole.
        for row in METHODS.iter().filter(|row| !row.group.is_empty()) {
            let joined = [row.group, row.subcode].concat();
            let same = joined
                .replace(' ', "")
                .eq_ignore_ascii_case(&row.code.replace(' ', ""));
            assert!(same, "{row:?}");
            assert_eq!(method_of_parts(row.group, row.subcode), Some(row));
        }
    }

    #[test]
    fn each_method_stands_once_and_lists_are_made_of_them() {
        for (index, row) in METHODS.iter().enumerate() {
            let alike = |other: &MethodRow| other.code.eq_ignore_ascii_case(row.code);
            assert!(!METHODS[..index].iter().any(alike), "{row:?}");
        }
        for code in [NEEDS_SERVICE_NAME, PAYPAL, CARDS, BILLING].concat() {
            assert!(method(&Method::from(code)).is_some(), "{code}");
        }
        for code in BILLING {
            assert!(method(&Method::from(*code)).is_some_and(|row| row.recurring));
        }
    }

    #[test]
    fn refunds_follow_method_and_period() {
        let allows = |word: &str, partial, today| {
            method(&Method::from(word))
                .unwrap()
                .allows_refund(partial, "20260101", today)
        };
        assert_eq!(allows("plcreditcardmpi", true, "20260630"), Some(true));
        assert_eq!(allows("PLCreditCard", true, "20260701"), Some(false));
        assert_eq!(allows("PLUnionPay", true, "20270701"), Some(true));
        assert_eq!(allows("VTCVTCPay", true, "20260102"), Some(false));
        assert_eq!(allows("VTCVTCPay", false, "20260102"), Some(true));
        assert_eq!(allows("MOLFPX", false, "20260101"), Some(false));
        assert_eq!(allows("DegicaPayPay", false, "20260102"), None);
    }

    #[test]
    fn details_carry_their_number_in_brackets() {
        assert_eq!(detail_code("[2104]The payment"), Some("2104"));
        assert_eq!(detail_code("Not allowed ip address."), None);
        for row in ERRORS.iter().chain(&OLD_ERRORS) {
            assert!(
                sentence(&row.code.to_string(), Locale::Ko).is_some(),
                "{row:?}"
            );
        }
    }

    #[test]
    fn transfers_and_shops_wait_for_the_money() {
        let waits = |word: &str| method(&Method::from(word)).unwrap().kind.awaits_deposit();
        assert!(waits("DegicaKonbini") && waits("VTCDomesticBank"));
        assert!(!waits("PLCreditCard") && !waits("PaypalExpressCheckout"));
    }
}
