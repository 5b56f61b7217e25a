//! How a window hands its result back to the merchant's page.

use super::wire::Form;

/// How a payment window hands its end over to the merchant's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Handback {
    /// `postMessage(message, target_origin)` to the opener or parent.
    Message {
        message: String,
        target_origin: String,
    },
    /// A form POST by the browser.
    Post {
        url: String,
        fields: Vec<(String, String)>,
    },
    /// A plain navigation: no query, no body, no `Origin`.
    Get { url: String },
    /// The window stays where it is and says so.
    Stay { title: String, text: String },
}

/// What the buyer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Paid, registered the card, or had an account issued.
    Pay,
    /// Was refused by the card company.
    Decline,
    /// Pressed the window's own cancel button.
    Cancel,
    /// Transferred money into the issued account.
    Deposit,
    /// Paid, and PayPal holds the money for now.
    Hold,
}

impl Deed {
    /// From the pressed button; what is not known cancels.
    pub(crate) fn of(form: &Form) -> Self {
        match form.get("deed") {
            "pay" => Self::Pay,
            "decline" => Self::Decline,
            "deposit" => Self::Deposit,
            "hold" => Self::Hold,
            _ => Self::Cancel,
        }
    }
}

impl Handback {
    /// The message, and the only origin that may read it.
    pub(crate) fn message(&self) -> Option<(&str, &str)> {
        match self {
            Self::Message {
                message,
                target_origin,
            } => Some((message, target_origin)),
            _ => None,
        }
    }

    /// The form's target and fields.
    pub(crate) fn post(&self) -> Option<(&str, &[(String, String)])> {
        match self {
            Self::Post { url, fields } => Some((url, fields)),
            _ => None,
        }
    }

    pub(crate) fn stay(title: &str, text: &str) -> Self {
        Self::Stay {
            title: title.to_owned(),
            text: text.to_owned(),
        }
    }

    /// What the buyer sees when a token or window is used a second time.
    pub(crate) fn already_done() -> Self {
        Self::stay(
            "이미 처리된 거래",
            "이미 처리된 거래입니다. 이 창을 닫고 주문 내역을 확인해주세요.",
        )
    }

    /// `return_never`: the buyer never gets back.
    pub(crate) fn never() -> Self {
        Self::stay(
            "응답 없음",
            "가맹점으로 돌아가지 못했습니다. (return_never)",
        )
    }
}
