//! What can come back from a call besides the answer.

use crate::{Error, payple::codes};

/// Why a call brought no answer to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallError {
    /// The gateway said no.
    Refused {
        /// HTTP status.
        status: u16,
        /// The gateway's code, as text; empty if it gave none.
        gateway_code: String,
        /// The gateway's sentence.
        gateway_message: String,
        /// What it adds (Payletter Global).
        detail: Option<String>,
    },
    /// The body is not an answer to this request.
    Unreadable {
        /// HTTP status.
        status: u16,
        /// Why.
        error: Error,
    },
}

impl CallError {
    pub(crate) const fn unreadable(status: u16, error: Error) -> Self {
        Self::Unreadable { status, error }
    }

    /// May the gateway have done what was asked all the same?
    ///
    /// True for anything unreadable, for refusals with a server error or a request timeout, for Payletter's 999 (its own
    /// failure) whatever status it comes under, and for the codes by which Payple itself says so
    /// ([`crate::payple::codes::is_uncertain`]): after a money call these must be settled by a lookup, never by asking
    /// again.
    #[must_use]
    pub fn is_uncertain(&self) -> bool {
        match self {
            Self::Unreadable { .. } => true,
            Self::Refused {
                status,
                gateway_code,
                ..
            } => {
                *status >= 500
                    || *status == 408
                    || gateway_code == INTERNAL_ERROR
                    || codes::is_uncertain(gateway_code)
            }
        }
    }

    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "gateway_refused",
            Self::Unreadable { .. } => "gateway_unreadable",
        }
    }
}

/// Both Payletter gateways' word for a failure of their own. It belongs to HTTP 500, but refusals were seen under 200 too.
const INTERNAL_ERROR: &str = "999";

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused {
                status,
                gateway_code,
                gateway_message,
                ..
            } => {
                write!(
                    f,
                    "the gateway refused (HTTP {status}): {gateway_code} {gateway_message}"
                )
            }
            Self::Unreadable { status, error } => write!(
                f,
                "the gateway's answer (HTTP {status}) is unreadable: {error}"
            ),
        }
    }
}

impl std::error::Error for CallError {}
