//! What a host has to do with a link that its webview is about to follow.

use alloc::format;
use alloc::string::{String, ToString};

use super::apps::{App, by_package, by_scheme, by_store_id};
use super::intent;
use super::url_text::{
    has_control, host_and_path, is_package, number_in_path, package_in_query, split_scheme, trim,
};

/// Where the webview runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Platform {
    /// Android.
    Android,
    /// iOS and iPadOS.
    Ios,
}

/// What to do with a link.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize),
    serde(tag = "kind", rename_all = "camelCase")
)]
pub enum Navigation {
    /// Stay: the webview follows it.
    Web,
    /// Leave: open it outside the webview.
    App(AppLink),
    /// The link opens nothing here; load this page in the webview instead.
    Fallback {
        /// http or https.
        url: String,
    },
    /// Do nothing.
    Blocked {
        /// Why.
        reason: Blocked,
    },
}

/// A link to open outside the webview, and where to go when that fails: first `fallback_url`, else `store_url`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize),
    serde(rename_all = "camelCase")
)]
pub struct AppLink {
    /// Open it by VIEW on Android, by `open` on iOS; never by `Intent.parseUri`.
    pub url: String,
    /// The app's package, on Android.
    #[cfg_attr(feature = "server", serde(skip_serializing_if = "Option::is_none"))]
    pub package: Option<String>,
    /// Where the app can be installed; https, to be opened outside.
    #[cfg_attr(feature = "server", serde(skip_serializing_if = "Option::is_none"))]
    pub store_url: Option<String>,
    /// The page that the link itself names for want of the app; http or https, for the webview.
    #[cfg_attr(feature = "server", serde(skip_serializing_if = "Option::is_none"))]
    pub fallback_url: Option<String>,
    /// The app's name, if it is known.
    #[cfg_attr(feature = "server", serde(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
}

/// Why a link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Blocked {
    /// It is no link: no scheme, no host, controls inside, an intent within an intent, an intent for nothing.
    Malformed,
    /// It would run code or read files: `javascript:`, `data:`, `file:`, `content:` and the like.
    UnsafeScheme,
    /// An intent that names a component or a selector: it could open what its app keeps to itself.
    IntentComponent,
    /// A store of the other platform, and an app that is not known here.
    OtherPlatform,
}

/// What the host has to do with a link. It never answers one that runs code, reads files or chooses a component.
///
/// A scheme that is in no table is an app too: gateways add apps faster than tables follow.
#[must_use]
pub fn resolve_navigation(url: &str, platform: Platform) -> Navigation {
    let url = trim(url);
    match split_scheme(url) {
        _ if has_control(url) => blocked(Blocked::Malformed),
        None => blocked(Blocked::Malformed),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("intent") => {
            intent::resolve(rest, platform)
        }
        Some((scheme, rest)) => link(url, scheme, rest, platform),
    }
}

/// A link that is no intent.
pub(super) fn link(url: &str, scheme: &str, rest: &str, platform: Platform) -> Navigation {
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "http" | "https" => web(url, rest, platform),
        "about" if is_blank(rest) => Navigation::Web,
        unsafe_scheme if UNSAFE.contains(&unsafe_scheme) => blocked(Blocked::UnsafeScheme),
        // Whoever hands this to Intent.parseUri would find the component in it.
        _ if url.contains("#Intent;") => blocked(Blocked::Malformed),
        "market" => play(url, rest, platform),
        "itms-apps" | "itms-appss" | "itms" | "itmss" => app_store(url, rest, platform),
        custom => {
            let app = by_scheme(custom);
            Navigation::App(AppLink {
                url: url.to_string(),
                ..app.map_or_else(AppLink::default, |app| of(app, platform))
            })
        }
    }
}

/// Pages stay, unless a store or a known dead end is meant.
pub(super) fn web(url: &str, rest: &str, platform: Platform) -> Navigation {
    let Some((host, path)) = host_and_path(rest) else {
        return blocked(Blocked::Malformed);
    };
    if url.contains("#Intent;") {
        return Navigation::Web;
    }
    let app = match (platform, host.as_str()) {
        (Platform::Android, "play.google.com") if path == "/store/apps/details" => {
            package_in_query(url).map(|package| (url.to_string(), by_package(package)))
        }
        (Platform::Ios, "apps.apple.com" | "itunes.apple.com") => {
            number_in_path(path).map(|id| (url.to_string(), by_store_id(id)))
        }
        // Its page offers a file to install; the store has the app.
        (Platform::Android, "mobile.vpay.co.kr") if path == "/jsp/MISP/andown.jsp" => {
            Some((play_url(ISP), by_package(ISP)))
        }
        _ => None,
    };
    app.map_or(Navigation::Web, |(url, app)| store(url, app))
}

fn play(url: &str, rest: &str, platform: Platform) -> Navigation {
    let package = package_in_query(rest);
    let app = package.and_then(by_package);
    match platform {
        Platform::Android => Navigation::App(AppLink {
            url: url.to_string(),
            store_url: package.map(play_url),
            name: name(app),
            ..AppLink::default()
        }),
        Platform::Ios => app
            .and_then(|app| app.store_id)
            .map_or(blocked(Blocked::OtherPlatform), |id| {
                store(app_store_url(id), app)
            }),
    }
}

fn app_store(url: &str, rest: &str, platform: Platform) -> Navigation {
    let id = number_in_path(rest);
    let app = id.and_then(by_store_id);
    match platform {
        Platform::Ios => Navigation::App(AppLink {
            url: url.to_string(),
            store_url: id.map(app_store_url),
            name: name(app),
            ..AppLink::default()
        }),
        Platform::Android => app
            .and_then(|app| app.package)
            .map_or(blocked(Blocked::OtherPlatform), |package| {
                store(play_url(package), app)
            }),
    }
}

/// A page of a store, to be opened outside.
pub(super) fn store(url: String, app: Option<&App>) -> Navigation {
    Navigation::App(AppLink {
        url,
        name: name(app),
        ..AppLink::default()
    })
}

/// What the table knows of an app, on this platform.
pub(super) fn of(app: &App, platform: Platform) -> AppLink {
    AppLink {
        package: app
            .package
            .filter(|_| platform == Platform::Android)
            .map(str::to_string),
        store_url: match platform {
            Platform::Android => app.package.map(play_url),
            Platform::Ios => app.store_id.map(app_store_url),
        },
        name: name(Some(app)),
        ..AppLink::default()
    }
}

/// What can be said of a package, known or not.
pub(super) fn of_package(package: &str, platform: Platform) -> AppLink {
    let known = by_package(package).map_or_else(AppLink::default, |app| of(app, platform));
    match platform {
        Platform::Android if is_package(package) => AppLink {
            package: Some(package.to_string()),
            store_url: Some(play_url(package)),
            ..known
        },
        _ => known,
    }
}

pub(super) const fn blocked(reason: Blocked) -> Navigation {
    Navigation::Blocked { reason }
}

fn name(app: Option<&App>) -> Option<String> {
    app.map(|app| app.name.to_string())
}

fn play_url(package: &str) -> String {
    format!("https://play.google.com/store/apps/details?id={package}")
}

fn app_store_url(id: &str) -> String {
    format!("https://apps.apple.com/app/id{id}")
}

/// Windows begin as `about:blank`, frames as `about:srcdoc`.
fn is_blank(rest: &str) -> bool {
    let page = rest.split(['?', '#']).next().unwrap_or_default();
    matches!(page.to_ascii_lowercase().as_str(), "blank" | "srcdoc")
}

/// ISP, whose own page for phones without it leads nowhere.
const ISP: &str = "kvp.jjy.MispAndroid320";

/// Schemes that run code, read files or speak to the system itself.
const UNSAFE: [&str; 19] = [
    "about",
    "android-app",
    "android.resource",
    "blob",
    "chrome",
    "chrome-extension",
    "content",
    "data",
    "feed",
    "file",
    "filesystem",
    "intent",
    "jar",
    "javascript",
    "livescript",
    "mhtml",
    "mocha",
    "vbscript",
    "view-source",
];
