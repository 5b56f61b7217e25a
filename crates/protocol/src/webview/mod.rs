//! What an app that shows a payment window in a webview must know: which app a link opens, and what to do without it.
//!
//! A Korean payment window leaves the webview for card apps, banks, antivirus and the PASS apps of the carriers, by
//! `intent:` links and schemes of their own. [`resolve_navigation`] says of any link what the host has to do;
//! [`apps`] is the table behind it, which manifests are written from too.
//!
//! The npm package has the same function (`paypair/webview`), held to the same vectors: `tests/golden/navigation.json`.
//!
//! ```
//! use paypair_protocol::webview::{Navigation, Platform, resolve_navigation};
//!
//! let link = "intent://pay?id=1#Intent;scheme=ispmobile;package=kvp.jjy.MispAndroid320;end";
//! let Navigation::App(app) = resolve_navigation(link, Platform::Android) else { unreachable!() };
//! assert_eq!(app.url, "ispmobile://pay?id=1");
//! assert_eq!(app.package.as_deref(), Some("kvp.jjy.MispAndroid320"));
//! ```

mod app_return;
mod apps;
mod intent;
mod navigation;
mod url_text;

pub use app_return::{GATEWAY_DOMAINS, app_return_page};
pub use apps::{App, Kind, Standing, apps};
pub use navigation::{AppLink, Blocked, Navigation, Platform, resolve_navigation};
