//! The table of apps, as types. The rows stand in `apps.tsv`, with their sources and how conflicts were settled.

use alloc::vec::Vec;
use std::sync::LazyLock;

use crate::Gateway;

/// An app that a payment window may open. An app with several schemes has a row for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct App {
    /// What stands before the first colon of its links; none for an app that is only named in manifests.
    pub scheme: Option<&'static str>,
    /// Its package on Android.
    pub package: Option<&'static str>,
    /// Its number in Apple's App Store.
    pub store_id: Option<&'static str>,
    /// What it is for.
    pub kind: Kind,
    /// Whether this scheme, or this app, is Android's alone.
    pub android_only: bool,
    /// How sure it is that the app is still of use.
    pub standing: Standing,
    /// As buyers know it.
    pub name: &'static str,
    /// Where sources disagree: what they say, and why this was taken.
    pub note: Option<&'static str>,
}

impl App {
    /// The gateways whose windows may open it.
    #[must_use]
    pub const fn gateways(&self) -> &'static [Gateway] {
        match self.kind {
            Kind::Overseas => &[Gateway::PayletterGlobal],
            // Payple takes transfers without an app, and no prepaid cards.
            Kind::Transfer | Kind::Prepaid => &[Gateway::Payletter],
            _ => &[Gateway::Payple, Gateway::Payletter],
        }
    }
}

/// What an app is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Kind {
    /// A card company's app (앱카드), ISP.
    Card,
    /// An easy pay (간편결제).
    Wallet,
    /// PASS of a carrier, and others that say who somebody is (본인인증).
    Identity,
    /// A virus scanner (백신), which card apps start before they pay.
    Antivirus,
    /// A card company's certificate sign-in (공동인증).
    Certificate,
    /// Bank transfer by Bankpay (뱅크페이, 계좌이체), one scheme for each bank.
    Transfer,
    /// A prepaid card (티머니).
    Prepaid,
    /// A bank's own app.
    Bank,
    /// A wallet of another country.
    Overseas,
}

/// Where a row was last seen. Lists with room for a few apps take the first of these first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize),
    serde(rename_all = "snake_case")
)]
pub enum Standing {
    /// In the newest list of a maintained SDK.
    Now,
    /// In older lists only.
    Old,
    /// In a merchant's app only.
    Seen,
}

/// Every app: those with a scheme by kind, within a kind the surest first; then those that manifests name only.
#[must_use]
pub fn apps() -> &'static [App] {
    static APPS: LazyLock<Vec<App>> =
        LazyLock::new(|| rows(TABLE).filter_map(|row| app(&row)).collect());
    &APPS
}

/// The app of a scheme, which is compared without case.
pub(super) fn by_scheme(scheme: &str) -> Option<&'static App> {
    find(|app| {
        app.scheme
            .is_some_and(|own| own.eq_ignore_ascii_case(scheme))
    })
}

/// The first row of a package.
pub(super) fn by_package(package: &str) -> Option<&'static App> {
    find(|app| app.package == Some(package))
}

/// The first row of a number in the App Store.
pub(super) fn by_store_id(id: &str) -> Option<&'static App> {
    find(|app| app.store_id == Some(id))
}

fn find(fits: impl Fn(&App) -> bool) -> Option<&'static App> {
    apps().iter().find(|app| fits(app))
}

const TABLE: &str = include_str!("apps.tsv");

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

/// A row as a type; none if it is not one, which a test rules out.
fn app(row: &[&'static str]) -> Option<App> {
    let [
        scheme,
        package,
        store_id,
        kind,
        platform,
        standing,
        name,
        _source,
        note,
    ] = *row
    else {
        return None;
    };
    let said = |text: &'static str| (text != "-").then_some(text);
    Some(App {
        scheme: said(scheme),
        package: said(package),
        store_id: said(store_id),
        kind: match kind {
            "card" => Kind::Card,
            "wallet" => Kind::Wallet,
            "identity" => Kind::Identity,
            "antivirus" => Kind::Antivirus,
            "certificate" => Kind::Certificate,
            "transfer" => Kind::Transfer,
            "prepaid" => Kind::Prepaid,
            "bank" => Kind::Bank,
            "overseas" => Kind::Overseas,
            _ => return None,
        },
        android_only: match platform {
            "android" => true,
            "both" => false,
            _ => return None,
        },
        standing: match standing {
            "now" => Standing::Now,
            "old" => Standing::Old,
            "seen" => Standing::Seen,
            _ => return None,
        },
        name,
        note: said(note),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::url_text::{is_package, split_scheme};
    use super::*;

    #[test]
    fn every_row_is_an_app() {
        for row in rows(TABLE) {
            assert!(app(&row).is_some(), "{row:?}");
        }
        assert!(apps().len() > 120);
    }

    #[test]
    fn schemes_packages_and_numbers_are_what_they_should_be() {
        for app in apps() {
            assert!(app.scheme.is_some() || app.package.is_some(), "{app:?}");
            if let Some(scheme) = app.scheme {
                assert_eq!(
                    split_scheme(&format!("{scheme}:")),
                    Some((scheme, "")),
                    "{app:?}"
                );
            }
            assert!(app.package.is_none_or(is_package), "{app:?}");
            let digits = |id: &str| id.len() >= 9 && id.bytes().all(|b| b.is_ascii_digit());
            assert!(app.store_id.is_none_or(digits), "{app:?}");
            assert!(!app.name.is_empty(), "{app:?}");
        }
    }

    #[test]
    fn a_scheme_stands_in_one_row() {
        let mut seen = BTreeSet::new();
        for scheme in apps().iter().filter_map(|app| app.scheme) {
            assert!(seen.insert(scheme.to_ascii_lowercase()), "{scheme}");
        }
    }

    #[test]
    fn conflicts_of_the_sources_are_settled_with_a_note() {
        for (scheme, package, store_id) in [
            ("liivbank", "com.kbstar.reboot", "1573528126"),
            ("lpayapp", "com.lottemembers.android", "473250588"),
            ("lottesmartpay", "com.lcacApp", "688047200"),
            ("hanawalletmembers", "com.hanaskcard.paycla", "847268987"),
            (
                "nonghyupcardansimclick",
                "nh.smart.nhallonepay",
                "1177889176",
            ),
        ] {
            let app = by_scheme(scheme).unwrap();
            assert_eq!(
                (app.package, app.store_id),
                (Some(package), Some(store_id)),
                "{scheme}"
            );
            assert!(app.note.is_some(), "{scheme}");
        }
    }
}
