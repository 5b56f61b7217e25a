//! Payment methods (`pginfo`) and error codes.

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
