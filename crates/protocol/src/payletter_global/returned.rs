//! The return: the browser comes back by a form post.

use crate::{Method, wire::Fields};

/// What a browser brings to `returnurl`. It has no hash and is never evidence ("returnurl에서는 구매 처리를 하면 안됩니다").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Is `retcode` zero?
    pub succeeded: bool,
    /// `retcode`.
    pub gateway_code: Option<String>,
    /// `retmsg`.
    pub gateway_message: Option<String>,
    /// `storeid`.
    pub merchant_id: Option<String>,
    /// `storeorderno`.
    pub order_id: Option<String>,
    /// `payamt`, as the text that came.
    pub amount: Option<String>,
    /// `custom`.
    pub custom: Option<String>,
    /// `pginfo`.
    pub method: Option<Method>,
}

impl Return {
    /// Reads what came. Nothing is needed.
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        let code = fields.filled("retcode");
        Self {
            succeeded: code.as_deref() == Some("0"),
            gateway_code: code,
            gateway_message: fields.filled("retmsg"),
            merchant_id: fields.filled("storeid"),
            order_id: fields.filled("storeorderno"),
            amount: fields.filled("payamt"),
            custom: fields.filled("custom"),
            method: fields.filled("pginfo").map(Method::from),
        }
    }

    /// Was the payment only accepted, and must the buyer now pay at a bank or a shop? By the table of methods; a
    /// notification comes when the money does.
    #[must_use]
    pub fn awaits_deposit(&self) -> bool {
        let row = self.method.as_ref().and_then(super::codes::method);
        self.succeeded && row.is_some_and(|row| row.kind.awaits_deposit())
    }
}
