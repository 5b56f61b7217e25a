//! What the gateways' manuals do not say. Each default is the careful reading; each can be turned when the gateway has answered.

use serde::Deserialize;

/// Named switches for what is unknown about the gateways.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Assumptions {
    /// Payple: an explicit `PCD_PAY_RST = error` as answer to a confirm means that nothing was captured. Off: such an answer is
    /// looked up (PAYCHK) before the attempt counts as declined.
    pub payple_confirm_error_is_final: bool,
    /// How long a lookup may lag behind a payment. A money call of unknown outcome counts as not made only after several lookups,
    /// spread over at least this many minutes, found nothing.
    pub absent_after_minutes: u32,
    /// Payletter: a full cancel names the amount. The manual wants it, newer clients leave it out.
    pub payletter_cancel_with_amount: bool,
    /// Payletter: which key opens the undocumented `payments/status`, or `none` not to use it.
    pub payletter_status_key: SearchKey,
    /// Global: how old a notification's `timestamp` may be. It is not known whether resends renew it, so 24 hours.
    pub global_timestamp_tolerance_hours: u32,
    /// Global: the caller's address is registered for the sales list (a Private API). Without it, cancel notices are quarantined.
    pub global_sales_list_permitted: bool,
}

/// A key of a Payletter client, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchKey {
    /// The SEARCH key.
    Search,
    /// The PAYMENT key.
    Payment,
    /// Do not call.
    None,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            payple_confirm_error_is_final: true,
            absent_after_minutes: 60,
            payletter_cancel_with_amount: true,
            payletter_status_key: SearchKey::Search,
            global_timestamp_tolerance_hours: 24,
            global_sales_list_permitted: false,
        }
    }
}
