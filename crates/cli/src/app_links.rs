//! `paypair app-links`: what an app must declare so that payments in its webview can open card apps, banks, antivirus.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use paypair_protocol::Gateway;
use paypair_protocol::webview::{App, apps};
use serde_json::{Value, json};

use crate::show::say;
use crate::stop::Stop;

/// Writes the apps that payment windows open, for an app's manifest.
///
/// Android 11 and newer hide apps that a manifest does not name among its queries: they count as not installed. iOS answers
/// canOpenURL only for schemes that are listed. Payments in a page of a browser need none of this.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Where it goes: AndroidManifest.xml, Info.plist, app.json of Expo, or a list for tools of your own.
    #[arg(value_name = "FOR", value_enum)]
    target: Target,

    /// Only the apps of this gateway; may stand several times. Without it: of all.
    #[arg(long, value_name = "GATEWAY", value_parser = gateway)]
    gateway: Vec<Gateway>,
}

const HELP: &str = "\
Example:
  paypair app-links android --gateway payletter
  paypair app-links ios > payment-apps.plist

iOS takes 50 schemes. The surest come first and the rest is left out, which is said; apps that are left out open all
the same, since `open` needs no list. Only canOpenURL does.

Exit codes: 0 done, 2 wrong input.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// The queries of AndroidManifest.xml
    Android,
    /// LSApplicationQueriesSchemes of Info.plist
    Ios,
    /// Both, for app.json; Android's by the plugin expo-build-properties
    Expo,
    /// The table itself
    Json,
}

/// What Apple allows apps that are linked with the SDK of iOS 15 or newer.
const IOS_MOST: usize = 50;

/// Prints, and asks nobody.
pub(crate) fn run(options: &Options) -> Result<(), Stop> {
    let wanted = |app: &&App| {
        let asked = &options.gateway;
        asked.is_empty() || app.gateways().iter().any(|it| asked.contains(it))
    };
    let chosen: Vec<&App> = apps().iter().filter(wanted).collect();
    match options.target {
        Target::Android => say(&android(&chosen)),
        Target::Ios => say(&ios(&chosen)),
        Target::Expo => {
            say(&pretty(&expo(&chosen)));
            // JSON has no comments.
            if let Some(left_out) = Schemes::of(&chosen).left_out() {
                eprintln!("{left_out}");
            }
        }
        Target::Json => say(&pretty(&chosen.iter().map(|app| row(app)).collect())),
    }
    Ok(())
}

fn gateway(text: &str) -> Result<Gateway, String> {
    text.parse().map_err(|_| {
        format!(
            "the gateways are {}",
            Gateway::ALL.map(Gateway::as_str).join(", ")
        )
    })
}

/// Packages are named where they are known; what only has a scheme is seen through an intent for it.
fn android(chosen: &[&App]) -> String {
    let mut lines = vec![
        "<!-- Into <manifest> of AndroidManifest.xml, beside <application>. -->".to_owned(),
        "<queries>".to_owned(),
    ];
    lines.extend(packages(chosen).into_iter().map(|(package, name)| {
        format!("    <package android:name=\"{package}\" /> <!-- {name} -->")
    }));
    for scheme in schemes_without_package(chosen) {
        lines.extend([
            "    <intent>".to_owned(),
            "        <action android:name=\"android.intent.action.VIEW\" />".to_owned(),
            format!("        <data android:scheme=\"{scheme}\" />"),
            "    </intent>".to_owned(),
        ]);
    }
    lines.push("</queries>".to_owned());
    lines.join("\n")
}

fn ios(chosen: &[&App]) -> String {
    let schemes = Schemes::of(chosen);
    let mut lines = vec!["<!-- Into the <dict> of Info.plist. -->".to_owned()];
    lines.extend(schemes.left_out().map(|text| format!("<!-- {text} -->")));
    lines.push("<key>LSApplicationQueriesSchemes</key>".to_owned());
    lines.push("<array>".to_owned());
    lines.extend(
        schemes
            .listed
            .iter()
            .map(|scheme| format!("    <string>{scheme}</string>")),
    );
    lines.push("</array>".to_owned());
    lines.join("\n")
}

fn expo(chosen: &[&App]) -> Value {
    let packages: Vec<&str> = packages(chosen).into_iter().map(|(it, _)| it).collect();
    let intents: Vec<Value> = schemes_without_package(chosen)
        .map(|scheme| json!({ "action": "VIEW", "data": { "scheme": scheme } }))
        .collect();
    let queries = json!({ "package": packages, "intent": intents });
    json!({
        "expo": {
            "ios": { "infoPlist": { "LSApplicationQueriesSchemes": Schemes::of(chosen).listed } },
            "plugins": [["expo-build-properties", { "android": { "manifestQueries": queries } }]],
        }
    })
}

fn row(app: &App) -> Value {
    json!({
        "scheme": app.scheme,
        "package": app.package,
        "storeId": app.store_id,
        "name": app.name,
        "kind": app.kind,
        "androidOnly": app.android_only,
        "standing": app.standing,
        "gateways": app.gateways(),
        "note": app.note,
    })
}

/// Each package once, with the name of its first row.
fn packages<'a>(chosen: &[&'a App]) -> Vec<(&'a str, &'a str)> {
    let mut seen = BTreeSet::new();
    let named = chosen
        .iter()
        .filter_map(|app| Some((app.package?, app.name)));
    named.filter(|(package, _)| seen.insert(*package)).collect()
}

fn schemes_without_package<'a>(chosen: &[&'a App]) -> impl Iterator<Item = &'a str> {
    let without = chosen.iter().filter(|app| app.package.is_none());
    without.filter_map(|app| app.scheme)
}

/// The schemes for iOS: the surest, as many as it takes.
struct Schemes<'a> {
    listed: Vec<&'a str>,
    all: usize,
}

impl<'a> Schemes<'a> {
    fn of(chosen: &[&'a App]) -> Self {
        let mut known: Vec<&App> = chosen.to_vec();
        known.retain(|app| !app.android_only);
        // Stable: within a standing the table's order stays.
        known.sort_by_key(|app| app.standing);
        let mut listed: Vec<&str> = known.iter().filter_map(|app| app.scheme).collect();
        let all = listed.len();
        listed.truncate(IOS_MOST);
        Self { listed, all }
    }

    /// In words, if anything had to be left out.
    fn left_out(&self) -> Option<String> {
        let left = self.all - self.listed.len();
        (left > 0).then(|| {
            format!(
                "{IOS_MOST} of {} schemes: iOS takes no more. The other {left} open all the same; only canOpenURL does not see them.",
                self.all
            )
        })
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}
