//! Links that payment windows follow: the vectors that the npm package is held to as well, and what holds for any text.

use paypair_protocol::webview::{
    AppLink, GATEWAY_DOMAINS, Navigation, Platform, app_return_page, apps, resolve_navigation,
};
use proptest::prelude::*;
use serde_json::Value;

fn vectors(name: &str) -> Vec<Value> {
    let text = include_str!("../../../tests/golden/navigation.json");
    let all: Value = serde_json::from_str(text).unwrap();
    all[name].as_array().unwrap().clone()
}

#[test]
fn every_link_is_resolved_as_recorded() {
    let vectors = vectors("navigation");
    assert!(vectors.len() > 100);
    for vector in vectors {
        let url = vector["url"].as_str().unwrap();
        for (name, platform) in [("android", Platform::Android), ("ios", Platform::Ios)] {
            let found = serde_json::to_value(resolve_navigation(url, platform)).unwrap();
            assert_eq!(
                found, vector[name],
                "{name}, {}: {}",
                vector["why"], vector["url"]
            );
        }
    }
}

#[test]
fn apps_come_back_to_a_page_of_the_gateway_or_to_none() {
    for vector in vectors("appReturn") {
        let text = |name: &str| vector[name].as_str().unwrap();
        let page = app_return_page(text("url"), text("prefix"), &GATEWAY_DOMAINS);
        assert_eq!(page, vector["page"].as_str(), "{}", vector["why"]);
    }
    let here = "shop://ISPSuccess/http://localhost:8081/a";
    let page = app_return_page(here, "shop://ISPSuccess", &["localhost"]);
    assert_eq!(page, Some("http://localhost:8081/a"));
}

#[test]
fn every_app_of_the_table_is_opened_by_its_scheme() {
    for app in apps() {
        let Some(scheme) = app.scheme else { continue };
        let url = format!("{scheme}://pay");
        let intent = format!("intent://pay#Intent;scheme={scheme};end");
        for link in [&url, &intent] {
            let Navigation::App(opened) = resolve_navigation(link, Platform::Android) else {
                panic!("{link}");
            };
            assert_eq!(opened.url, url);
            assert_eq!(opened.package.as_deref(), app.package);
        }
    }
}

/// Pieces that links are made of, put together in any order.
fn link() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "intent:",
            "javascript:",
            "JAVASCRIPT:",
            "data:",
            "file:",
            "content:",
            "about:",
            "market:",
            "itms-apps:",
            "https:",
            "http:",
            "ispmobile:",
            "//",
            "/",
            "a.example",
            "play.google.com/store/apps/details?id=",
            "com.kakao.talk",
            "apps.apple.com/app/id",
            "369125087",
            "#",
            "#Intent;",
            "scheme=",
            "package=",
            "component=",
            "SEL;",
            "S.browser_fallback_url=",
            "https%3A%2F%2Fa.example",
            "javascript%3Aalert(1)",
            ";",
            "end",
            "%",
            "%0A",
            "%00",
            "\n",
            "\u{0}",
            " ",
            "@",
            "\\",
            "주문",
            "?",
            "&",
            "=",
        ])
        .prop_map(str::to_owned),
        ".{0,8}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Is it a link that the host may open or load, whatever it is?
fn harmless(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap().to_ascii_lowercase();
    let never = [
        "javascript",
        "vbscript",
        "data",
        "file",
        "content",
        "intent",
        "about",
        "blob",
    ];
    url.contains(':')
        && !never.contains(&scheme.as_str())
        && !url.bytes().any(|b| b < b' ' || b == 0x7f)
        && !url.contains("#Intent;")
}

fn is_page(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    url.starts_with("http://") || url.starts_with("https://")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn nothing_dangerous_is_ever_opened(url in link(), on_android: bool) {
        let platform = if on_android { Platform::Android } else { Platform::Ios };
        match resolve_navigation(&url, platform) {
            Navigation::Web => {
                let url = url.trim_matches(|c: char| c <= ' ');
                let blank = url.to_ascii_lowercase();
                prop_assert!(is_page(url) || blank.starts_with("about:blank") || blank.starts_with("about:srcdoc"));
            }
            Navigation::App(AppLink { url, store_url, fallback_url, package, .. }) => {
                prop_assert!(harmless(&url), "{url:?}");
                prop_assert!(store_url.is_none_or(|url| url.starts_with("https://") || is_page(&url)));
                prop_assert!(fallback_url.is_none_or(|url| is_page(&url) && !url.chars().any(|c| c < ' ')));
                prop_assert!(on_android || package.is_none());
            }
            Navigation::Fallback { url } => prop_assert!(is_page(&url), "{url:?}"),
            Navigation::Blocked { .. } => {}
        }
    }

    #[test]
    fn any_text_is_a_link_or_not(url in any::<String>(), prefix in any::<String>()) {
        let _ = resolve_navigation(&url, Platform::Android);
        let _ = resolve_navigation(&url, Platform::Ios);
        let _ = app_return_page(&url, &prefix, &GATEWAY_DOMAINS);
    }
}
