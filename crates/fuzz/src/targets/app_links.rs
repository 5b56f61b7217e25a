//! The link by which another app comes back: only a page of the gateways may be loaded for it.

use paypair_protocol::webview::{GATEWAY_DOMAINS, app_return_page};
use url::{Host, Url};

/// First line: the link; second: the prefix that was sent.
pub(crate) fn run(data: &[u8]) {
    let lines = super::lines(data);
    let (Some(link), Some(prefix)) = (lines.first(), lines.get(1)) else {
        return;
    };
    let Some(page) = app_return_page(link, prefix, &GATEWAY_DOMAINS) else {
        return;
    };
    // What a browser makes of the address, not what we think it says.
    let Ok(url) = Url::parse(page) else { return };
    let Some(Host::Domain(host)) = url.host() else {
        panic!("{page} has no name")
    };
    let ours = GATEWAY_DOMAINS
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
    assert!(ours, "{page} goes to {host}");
    assert_eq!(url.scheme(), "https", "{page}");
}
