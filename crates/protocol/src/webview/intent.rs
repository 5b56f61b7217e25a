//! `intent:` links: `intent://HOST/PATH#Intent;scheme=..;package=..;S.browser_fallback_url=..;end`.
//!
//! Only the link, the package and the fallback are taken. Flags, actions and extras are the host's to decide, and
//! never a page's.

use alloc::format;
use alloc::string::{String, ToString};

use super::navigation::{
    AppLink, Blocked, Navigation, Platform, blocked, link, of_package, store, web,
};
use super::url_text::{decoded, has_control, is_package, split_scheme, trim};

/// What follows `intent:`.
pub(super) fn resolve(rest: &str, platform: Platform) -> Navigation {
    // The last one counts, as on Android; an intent within an intent is nobody's honest link.
    let Some((data, parameters)) = rest.rsplit_once("#Intent;") else {
        return blocked(Blocked::Malformed);
    };
    if data.contains("#Intent;") {
        return blocked(Blocked::Malformed);
    }
    let intent = match Intent::read(parameters) {
        Ok(intent) => intent,
        Err(reason) => return blocked(reason),
    };
    let Some(target) = intent.target(data) else {
        return without_target(&intent, platform);
    };
    let opened = match split_scheme(&target) {
        None => blocked(Blocked::Malformed),
        // A browser outside the webview is meant.
        Some((scheme, rest))
            if ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) =>
        {
            match web(&target, rest, platform) {
                Navigation::Web => store(target.clone(), None),
                other => other,
            }
        }
        Some((scheme, rest)) => link(&target, scheme, rest, platform),
    };
    match opened {
        Navigation::App(app) => Navigation::App(intent.complete(app, platform)),
        Navigation::Blocked {
            reason: Blocked::OtherPlatform,
        } => without_target(&intent, platform),
        // `about:blank` in a browser is of no use to anybody.
        Navigation::Web => blocked(Blocked::UnsafeScheme),
        other => other,
    }
}

/// Nothing to open: the app's place in the store, else the page that the link names.
fn without_target(intent: &Intent, platform: Platform) -> Navigation {
    let app = intent.complete(AppLink::default(), platform);
    match (app.store_url, app.fallback_url) {
        (Some(url), fallback_url) => Navigation::App(AppLink {
            url,
            package: None,
            store_url: None,
            fallback_url,
            name: app.name,
        }),
        (None, Some(url)) => Navigation::Fallback { url },
        (None, None) => blocked(Blocked::Malformed),
    }
}

/// Google Play, as a package.
const STORE: &str = "com.android.vending";

/// What is taken from the parameters.
#[derive(Default)]
struct Intent {
    scheme: Option<String>,
    package: Option<String>,
    /// http or https, or nothing.
    fallback: Option<String>,
}

impl Intent {
    /// Reads `key=value;..;end`. A missing `end` is forgiven: card companies forget it.
    fn read(parameters: &str) -> Result<Self, Blocked> {
        let mut intent = Self::default();
        for part in parameters.split(';').map(trim) {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            match key {
                "end" => break,
                "component" | "SEL" => return Err(Blocked::IntentComponent),
                "scheme" => {
                    let scheme = decoded(value);
                    let whole = format!("{scheme}:");
                    if split_scheme(&whole).is_none_or(|(_, rest)| !rest.is_empty()) {
                        return Err(Blocked::Malformed);
                    }
                    intent.scheme = Some(scheme);
                }
                // The store itself is where apps come from, not the app that is meant.
                "package" => {
                    intent.package =
                        Some(decoded(value)).filter(|it| is_package(it) && it != STORE);
                }
                "S.browser_fallback_url" => intent.fallback = fallback(&decoded(value)),
                _ => {}
            }
        }
        Ok(intent)
    }

    /// The link inside. Some pages write its scheme twice, some only before the `://`.
    fn target(&self, data: &str) -> Option<String> {
        let own = split_scheme(data);
        match &self.scheme {
            Some(scheme) if own.is_none_or(|(it, _)| !it.eq_ignore_ascii_case(scheme)) => {
                Some(format!("{scheme}:{data}"))
            }
            _ => own.map(|_| data.to_string()),
        }
    }

    /// A link with what the intent says of its app, which is newer than any table, and of the way without it.
    fn complete(&self, app: AppLink, platform: Platform) -> AppLink {
        let said = self
            .package
            .as_deref()
            .map_or_else(AppLink::default, |package| of_package(package, platform));
        let mut app = AppLink {
            url: app.url,
            package: said.package.or(app.package),
            store_url: said.store_url.or(app.store_url),
            fallback_url: None,
            name: app.name.or(said.name),
        };
        if let Some(fallback) = &self.fallback {
            match resolve_fallback(fallback, platform) {
                Navigation::App(store) => app.store_url = Some(store.url),
                _ => app.fallback_url = Some(fallback.clone()),
            }
        }
        app
    }
}

/// Only a page can be a fallback: a link to run or to open would come round the checks.
fn fallback(text: &str) -> Option<String> {
    let url = trim(text);
    let (scheme, rest) = split_scheme(url)?;
    let is_web = ["http", "https"].contains(&scheme.to_ascii_lowercase().as_str());
    let has_host = !matches!(
        web(url, rest, Platform::Android),
        Navigation::Blocked { .. }
    );
    (is_web && has_host && !has_control(url)).then(|| url.to_string())
}

/// A fallback may be the app's page in the store.
fn resolve_fallback(url: &str, platform: Platform) -> Navigation {
    split_scheme(url).map_or(Navigation::Web, |(_, rest)| web(url, rest, platform))
}
