//! Every address of the verifier, as a table: method and path to route, route to the door it stands behind.

use std::borrow::Cow;

use crate::error::ApiError;

/// Larger than any message of the gateways.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;

/// What an address is for. Identifiers are decoded, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Health,
    Asset(String),
    CpayJs,
    // The merchant's servers.
    CreateOrder,
    ShowOrder(String),
    RefundOrder(String),
    CashReceipt(String),
    CancelCashReceipt(String),
    ResolveOrder(String),
    LookUpOrder(String),
    Charge,
    AdoptBillingKey,
    BillingKeys,
    ShowBillingKey(String),
    DeleteBillingKey(String),
    ShowSubscription(String),
    CancelSubscription(String),
    Sales,
    Settlement,
    Reconcile,
    ShowReconciliation(String),
    ListBreaks,
    ResolveBreak(String),
    Events,
    Deliveries,
    ShowDelivery(String),
    ReplayDelivery(String),
    // The merchant's servers, or the buyer's page.
    Receipt(String),
    // Pages.
    Prepare(String),
    Result(String),
    Closed(String),
    Status(String),
    Launch(String),
    DropInAuth,
    // Gateways and the buyer's way back.
    PaypleReturn(String),
    PaypleWebhook,
    PayletterReturn(String),
    PayletterCancel(String),
    PayletterCallback(String),
    GlobalReturn(String),
    GlobalNotice,
    // Our own pages.
    LaunchPage(String),
    StartLaunch(String),
    Done(String),
}

/// Who may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Anybody; the path or the body carries what is needed.
    None,
    /// The merchant's bearer token.
    Bearer,
    /// An allowed origin (and, for an order, its client secret).
    Page,
    /// Either of the two: the token, or else what a page shows.
    BearerOrPage,
    /// A configured sender, if senders are configured.
    Gateway,
}

impl Route {
    /// The route of a method and a path.
    pub(crate) fn find(method: &str, path: &str) -> Result<Self, ApiError> {
        let method = if method == "HEAD" { "GET" } else { method };
        match Self::lookup(method, path) {
            Some(route) => Ok(route),
            None if ["GET", "POST"]
                .iter()
                .any(|m| Self::lookup(m, path).is_some()) =>
            {
                Err(ApiError::MethodNotAllowed)
            }
            None => Err(ApiError::NotFound),
        }
    }

    fn lookup(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<Cow<'_, str>> = path.strip_prefix('/')?.split('/').map(decode).collect();
        let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
        let own = |part: &str| part.to_owned();
        Some(match (method, parts.as_slice()) {
            ("GET", ["health"]) => Self::Health,
            ("GET", ["assets", name]) => Self::Asset(own(name)),
            ("GET", ["cpay.js"]) => Self::CpayJs,

            ("POST", ["orders"]) => Self::CreateOrder,
            ("GET", ["orders", id]) => Self::ShowOrder(own(id)),
            ("POST", ["orders", id, "refund"]) => Self::RefundOrder(own(id)),
            ("POST", ["orders", id, "lookup"]) => Self::LookUpOrder(own(id)),
            ("POST", ["orders", id, "cash-receipt"]) => Self::CashReceipt(own(id)),
            ("POST", ["orders", id, "cash-receipt", "cancel"]) => Self::CancelCashReceipt(own(id)),
            ("POST", ["orders", id, "resolve"]) => Self::ResolveOrder(own(id)),
            ("POST", ["charges"]) => Self::Charge,
            ("POST", ["billing-keys"]) => Self::AdoptBillingKey,
            ("GET", ["billing-keys"]) => Self::BillingKeys,
            ("GET", ["billing-keys", id]) => Self::ShowBillingKey(own(id)),
            ("POST", ["billing-keys", id, "delete"]) => Self::DeleteBillingKey(own(id)),
            ("GET", ["subscriptions", id]) => Self::ShowSubscription(own(id)),
            ("POST", ["subscriptions", id, "cancel"]) => Self::CancelSubscription(own(id)),
            ("GET", ["sales"]) => Self::Sales,
            ("GET", ["settlement"]) => Self::Settlement,
            ("POST", ["reconciliations"]) => Self::Reconcile,
            ("GET", ["reconciliations", id]) => Self::ShowReconciliation(own(id)),
            ("GET", ["breaks"]) => Self::ListBreaks,
            ("POST", ["breaks", id, "resolve"]) => Self::ResolveBreak(own(id)),
            ("GET", ["events"]) => Self::Events,
            ("GET", ["deliveries"]) => Self::Deliveries,
            ("GET", ["deliveries", id]) => Self::ShowDelivery(own(id)),
            ("POST", ["deliveries", id, "replay"]) => Self::ReplayDelivery(own(id)),
            ("POST", ["orders", id, "receipt"]) => Self::Receipt(own(id)),

            ("POST", ["orders", id, "prepare"]) => Self::Prepare(own(id)),
            ("POST", ["orders", id, "result"]) => Self::Result(own(id)),
            ("POST", ["orders", id, "closed"]) => Self::Closed(own(id)),
            ("GET", ["orders", id, "status"]) => Self::Status(own(id)),
            ("POST", ["orders", id, "launch"]) => Self::Launch(own(id)),
            ("POST", ["payple", "auth"]) => Self::DropInAuth,

            ("POST", ["return", "payple", nonce]) => Self::PaypleReturn(own(nonce)),
            ("POST", ["return", "payletter", nonce]) => Self::PayletterReturn(own(nonce)),
            ("POST", ["return", "payletter_global", nonce]) => Self::GlobalReturn(own(nonce)),
            ("GET", ["cancel", "payletter", nonce]) => Self::PayletterCancel(own(nonce)),
            ("POST", ["webhook", "payple"]) => Self::PaypleWebhook,
            ("POST", ["callback", "payletter", seal]) => Self::PayletterCallback(own(seal)),
            // As attempts of an earlier version are called back.
            ("POST", ["callback", "payletter"]) => Self::PayletterCallback(String::new()),
            ("POST", ["notice", "payletter_global"]) => Self::GlobalNotice,

            ("GET", ["launch", ticket]) => Self::LaunchPage(own(ticket)),
            ("POST", ["launch", ticket]) => Self::StartLaunch(own(ticket)),
            ("GET", ["done", channel]) => Self::Done(own(channel)),
            _ => return None,
        })
    }

    /// Does it register or move something, so that asking again under the same idempotency key answers again?
    pub(crate) fn takes_idempotency_key(&self) -> bool {
        matches!(
            self,
            Self::CreateOrder
                | Self::RefundOrder(_)
                | Self::CashReceipt(_)
                | Self::CancelCashReceipt(_)
                | Self::ResolveOrder(_)
                | Self::Charge
                | Self::AdoptBillingKey
                | Self::DeleteBillingKey(_)
                | Self::CancelSubscription(_)
        )
    }

    /// Who may come in.
    pub(crate) fn guard(&self) -> Guard {
        match self {
            Self::CreateOrder
            | Self::ShowOrder(_)
            | Self::RefundOrder(_)
            | Self::CashReceipt(_)
            | Self::CancelCashReceipt(_)
            | Self::ResolveOrder(_)
            | Self::LookUpOrder(_)
            | Self::Charge
            | Self::AdoptBillingKey
            | Self::BillingKeys
            | Self::ShowBillingKey(_)
            | Self::DeleteBillingKey(_)
            | Self::ShowSubscription(_)
            | Self::CancelSubscription(_)
            | Self::Sales
            | Self::Settlement
            | Self::Deliveries
            | Self::ShowDelivery(_)
            | Self::ReplayDelivery(_)
            | Self::Reconcile
            | Self::ShowReconciliation(_)
            | Self::ListBreaks
            | Self::ResolveBreak(_)
            | Self::Events => Guard::Bearer,
            Self::Receipt(_) => Guard::BearerOrPage,
            Self::Prepare(_)
            | Self::Result(_)
            | Self::Closed(_)
            | Self::Status(_)
            | Self::Launch(_)
            | Self::DropInAuth => Guard::Page,
            // Not Payple's webhook: it comes from addresses that nobody publishes, and is counted instead.
            Self::PayletterCallback(_) | Self::GlobalNotice => Guard::Gateway,
            _ => Guard::None,
        }
    }
}

/// The words of the table above.
const WORDS: [&str; 35] = [
    "assets",
    "auth",
    "billing-keys",
    "breaks",
    "callback",
    "cancel",
    "cash-receipt",
    "charges",
    "closed",
    "cpay.js",
    "delete",
    "deliveries",
    "done",
    "events",
    "health",
    "launch",
    "lookup",
    "notice",
    "orders",
    "payletter",
    "payletter_global",
    "payple",
    "prepare",
    "receipt",
    "reconciliations",
    "refund",
    "replay",
    "resolve",
    "result",
    "return",
    "sales",
    "settlement",
    "status",
    "subscriptions",
    "webhook",
];

/// A path as it may be written down: anything but our own words may be a seal, a nonce, or what a stranger put there.
pub(crate) fn outline(path: &str) -> String {
    let shown = |part| if WORDS.contains(&part) { part } else { "*" };
    let parts = path.strip_prefix('/').unwrap_or(path).split('/');
    parts
        .map(shown)
        .fold(String::new(), |outline, part| outline + "/" + part)
}

/// One path segment, percent-decoded with the form decoder: what a form gives a meaning of its own is escaped first.
fn decode(segment: &str) -> Cow<'_, str> {
    if !segment.contains('%') {
        return Cow::Borrowed(segment);
    }
    let escaped = segment
        .replace('+', "%2B")
        .replace('&', "%26")
        .replace('=', "%3D");
    let mut pairs = form_urlencoded::parse(escaped.as_bytes());
    Cow::Owned(
        pairs
            .next()
            .map(|(name, _)| name.into_owned())
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_where_the_contract_says() {
        assert_eq!(Route::find("GET", "/health").unwrap(), Route::Health);
        assert_eq!(
            Route::find("POST", "/orders/A%2F1+=&%EA%B0%80/prepare").unwrap(),
            Route::Prepare("A/1+=&가".to_owned())
        );
        assert_eq!(
            Route::find("POST", "/callback/payletter").unwrap().guard(),
            Guard::Gateway
        );
        assert_eq!(Route::find("HEAD", "/health").unwrap(), Route::Health);
    }

    #[test]
    fn an_outline_names_the_route_and_nothing_else() {
        for (path, shown) in [
            ("/health", "/health"),
            ("/callback/payletter/5ea1", "/callback/payletter/*"),
            (
                "/return/payletter_global/5ea1",
                "/return/payletter_global/*",
            ),
            ("/launch/order.5ea1", "/launch/*"),
            (
                "/orders/1/cash-receipt/cancel",
                "/orders/*/cash-receipt/cancel",
            ),
            ("/pay/callback/payletter/5ea1/", "/*/callback/payletter/*/*"),
            ("5ea1", "/*"),
            ("", "/*"),
        ] {
            assert_eq!(outline(path), shown, "{path}");
        }
    }

    #[test]
    fn a_known_path_with_another_method_is_405() {
        let status = |method, path| Route::find(method, path).unwrap_err().status();
        assert_eq!(status("DELETE", "/orders"), 405);
        assert_eq!(status("GET", "/return/payple/abc"), 405);
        assert_eq!(status("GET", "/nothing"), 404);
        assert_eq!(status("GET", "nothing"), 404);
    }
}
