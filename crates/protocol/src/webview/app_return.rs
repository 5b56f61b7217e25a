//! How another app comes back: by a link of yours with the rest of the payment in it.

use super::url_text::{has_control, host_and_path, split_scheme, trim};

/// The domains of the gateways' pages, with everything below them.
pub const GATEWAY_DOMAINS: [&str; 2] = ["payletter.com", "payple.kr"];

/// The page that the webview must load to finish a payment, out of the link by which ISP or a bank came back.
///
/// `prefix` is what was sent as `app_return_url` or `app_cancel_url`: Payletter's window puts `/` and a whole URL behind
/// it (`myapp://ISPSuccess/https://testpg.payletter.com/..`). Any app can send such a link, so only https pages of
/// `domains` ([`GATEWAY_DOMAINS`]) are answered.
#[must_use]
pub fn app_return_page<'a>(url: &'a str, prefix: &str, domains: &[&str]) -> Option<&'a str> {
    let url = trim(url);
    let prefix = prefix.trim_end_matches('/');
    let head = url.get(..prefix.len()).filter(|_| !prefix.is_empty())?;
    if !head.eq_ignore_ascii_case(prefix) {
        return None;
    }
    let page = url.get(prefix.len()..)?.trim_start_matches('/');
    let (scheme, rest) = split_scheme(page)?;
    let (host, _) = host_and_path(rest)?;
    let ours = domains.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
    });
    // A sandbox on this machine has no certificate.
    let safe = scheme.eq_ignore_ascii_case("https")
        || (scheme.eq_ignore_ascii_case("http") && host == "localhost");
    (ours && safe && !has_control(page)).then_some(page)
}
