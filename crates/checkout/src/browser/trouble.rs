//! Why a call could not be carried out, on its way to becoming a `PaypairError`.

use alloc::{borrow::ToOwned, string::String};

use wasm_bindgen::JsValue;

use super::js;
use crate::flow::Failure;

/// An error as the launcher takes it. Without a sentence the launcher finds one for the code.
#[derive(Debug, Clone)]
pub(crate) struct Trouble {
    pub(crate) code: String,
    /// The code is the server's, which may be newer than this.
    #[cfg(feature = "full")]
    pub(crate) is_answer: bool,
    pub(crate) message: Option<String>,
    #[cfg(feature = "full")]
    pub(crate) field: Option<String>,
    pub(crate) failure: Failure,
}

impl Trouble {
    pub(crate) fn unreachable() -> Self {
        Self::coded("server_unreachable", Failure::Unreachable)
    }

    /// A proxy's page, or an answer that broke off: not our server's word, so it is asked again like one that never came.
    pub(crate) fn unreadable() -> Self {
        Self::coded("answer_unreadable", Failure::Unreachable)
    }

    fn coded(code: &str, failure: Failure) -> Self {
        Self {
            code: code.to_owned(),
            #[cfg(feature = "full")]
            is_answer: false,
            message: None,
            #[cfg(feature = "full")]
            field: None,
            failure,
        }
    }

    /// The verifier's error body.
    pub(crate) fn read(answer: &JsValue, locale: &str) -> Self {
        let error = js::get(answer, "error");
        let Some(code) = js::text(&error, "code") else {
            return Self::unreadable();
        };
        let retryable = js::get(&error, "retryable").is_truthy();
        Self {
            code,
            #[cfg(feature = "full")]
            is_answer: true,
            message: js::text(&js::get(&error, "message"), locale),
            #[cfg(feature = "full")]
            field: js::text(&error, "field"),
            failure: if retryable {
                Failure::Unreachable
            } else {
                Failure::Refused
            },
        }
    }

    #[cfg(feature = "full")]
    pub(crate) fn to_js(&self) -> JsValue {
        let code = if self.is_answer { "serverCode" } else { "code" };
        let texts = [
            (code, Some(&self.code)),
            ("message", self.message.as_ref()),
            ("field", self.field.as_ref()),
        ];
        js::object(
            texts
                .iter()
                .filter_map(|(key, text)| Some((*key, text.as_ref()?.as_str()))),
        )
    }
}
