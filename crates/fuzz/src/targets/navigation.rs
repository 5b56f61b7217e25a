//! Links that a webview is about to follow: never code, never a file, never a component of an app.

use paypair_protocol::webview::{Navigation, Platform, resolve_navigation};
use url::Url;

/// What is answered is safe to open.
pub(crate) fn run(data: &[u8]) {
    let link = String::from_utf8_lossy(data);
    for platform in [Platform::Android, Platform::Ios] {
        match resolve_navigation(&link, platform) {
            Navigation::Web => {
                let safe = Url::parse(link.trim()).map_or(true, |url| {
                    matches!(url.scheme(), "http" | "https" | "about")
                });
                assert!(safe, "{link} stays in the webview");
            }
            Navigation::App(app) => {
                harmless(&app.url);
                app.fallback_url.as_deref().into_iter().for_each(page);
                app.store_url
                    .as_deref()
                    .into_iter()
                    .for_each(|url| assert!(url.starts_with("https://"), "{url}"));
                if let Some(package) = app.package {
                    assert!(
                        package
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte)),
                        "{package}"
                    );
                }
            }
            Navigation::Fallback { url } => page(&url),
            Navigation::Blocked { .. } => {}
        }
    }
}

fn page(url: &str) {
    let lower = url.to_ascii_lowercase();
    assert!(
        lower.starts_with("http://") || lower.starts_with("https://"),
        "{url}"
    );
}

fn harmless(url: &str) {
    let scheme = url
        .split(':')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let unsafe_schemes = [
        "javascript",
        "data",
        "file",
        "content",
        "blob",
        "about",
        "view-source",
        "filesystem",
        "intent",
    ];
    assert!(!unsafe_schemes.contains(&scheme.as_str()), "{url}");
    assert!(!url.contains("#Intent;"), "{url} could name a component");
    // What a browser drops from a URL. Controls beyond ASCII it escapes, as any letter that is not of ASCII.
    assert!(!url.contains(|c: char| c.is_ascii_control()), "{url}");
}
