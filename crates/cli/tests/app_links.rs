//! `paypair app-links` writes what manifests take.

use std::process::{Command, Output};

use serde_json::Value;

fn app_links(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paypair"));
    command.arg("app-links").args(words).output().unwrap()
}

fn printed(words: &[&str]) -> String {
    let ended = app_links(words);
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

fn json(words: &[&str]) -> Value {
    serde_json::from_str(&printed(words)).unwrap()
}

/// What stands between these two, wherever.
fn between<'a>(text: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    let parts = text.split(before).skip(1);
    parts.filter_map(|part| part.split(after).next()).collect()
}

/// Every tag that opens closes, in order, and no comment holds two dashes.
fn is_well_formed(xml: &str) {
    let mut open = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let tag = &rest[at..];
        if let Some(comment) = tag.strip_prefix("<!--") {
            let end = comment.find("--").unwrap();
            assert!(comment[end..].starts_with("-->"), "{comment}");
            rest = &comment[end + 3..];
            continue;
        }
        let end = tag.find('>').unwrap();
        let inside = &tag[1..end];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
        } else if !inside.ends_with('/') {
            open.push(inside.split(' ').next().unwrap());
        }
        rest = &tag[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(!xml.contains('&'));
}

#[test]
fn android_names_every_package_once_and_sees_the_rest_by_their_schemes() {
    let xml = printed(&["android"]);
    is_well_formed(&xml);
    let packages = between(&xml, "<package android:name=\"", "\"");
    for package in [
        "kvp.jjy.MispAndroid320",
        "com.kakao.talk",
        "com.TouchEn.mVaccine.webs",
        "com.tmoney.inapp",
    ] {
        assert_eq!(
            packages.iter().filter(|it| **it == package).count(),
            1,
            "{package}"
        );
    }
    let schemes = between(&xml, "<data android:scheme=\"", "\"");
    assert!(schemes.contains(&"ibk-bankpay"));
    assert!(!schemes.contains(&"ispmobile"), "its package is named");
}

#[test]
fn ios_lists_fifty_at_most_and_says_what_is_left_out() {
    let xml = printed(&["ios"]);
    is_well_formed(&xml);
    let schemes = between(&xml, "<string>", "</string>");
    assert_eq!(schemes.len(), 50);
    for scheme in [
        "ispmobile",
        "kb-acp",
        "kakaotalk",
        "tauthlink",
        "kftc-bankpay",
    ] {
        assert!(schemes.contains(&scheme), "{scheme}");
    }
    assert!(!schemes.contains(&"samsungpay"), "Android's alone");
    assert!(
        xml.contains("50 of ") && xml.contains("iOS takes no more"),
        "{xml}"
    );

    let few = printed(&["ios", "--gateway", "payletter_global"]);
    let schemes = between(&few, "<string>", "</string>");
    assert!(schemes.contains(&"alipays") && !schemes.contains(&"ispmobile"));
    assert!(!few.contains("iOS takes no more"), "{few}");
}

#[test]
fn expo_takes_both_and_says_on_standard_error_what_is_left_out() {
    let ended = app_links(&["expo"]);
    let config: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let schemes = &config["expo"]["ios"]["infoPlist"]["LSApplicationQueriesSchemes"];
    assert_eq!(schemes.as_array().unwrap().len(), 50);
    let queries = &config["expo"]["plugins"][0][1]["android"]["manifestQueries"];
    let packages = queries["package"].as_array().unwrap();
    assert!(packages.contains(&Value::from("kvp.jjy.MispAndroid320")));
    assert_eq!(queries["intent"][0]["action"], "VIEW");
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.contains("iOS takes no more"), "{told}");
}

#[test]
fn gateways_choose_their_apps() {
    let count = |words: &[&str]| json(words).as_array().unwrap().len();
    let (payple, payletter) = ("payple", "payletter");
    let payple_alone = count(&["json", "--gateway", payple]);
    assert!(payple_alone < count(&["json", "--gateway", payletter]));
    assert_eq!(
        count(&["json", "--gateway", payple, "--gateway", payletter]),
        count(&["json", "--gateway", payletter])
    );
    assert!(count(&["json"]) > count(&["json", "--gateway", payletter]));
    let all = json(&["json"]);
    let liiv = all.as_array().unwrap().iter();
    let liiv = liiv
        .filter(|row| row["scheme"] == "liivbank")
        .collect::<Vec<_>>();
    assert_eq!(liiv[0]["storeId"], "1573528126");
    assert!(liiv[0]["note"].as_str().unwrap().contains("iamport"));
}

#[test]
fn wrong_words_end_with_one_line_and_two() {
    for (words, told) in [
        (&[][..], "<FOR>"),
        (&["windows"], "android, ios, expo, json"),
        (
            &["ios", "--gateway", "inicis"],
            "the gateways are payple, payletter, payletter_global",
        ),
        (&["ios", "android"], "see `paypair app-links --help`"),
    ] {
        let ended = app_links(words);
        let err = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(2), "{words:?} {err}");
        assert!(ended.stdout.is_empty());
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.contains(told), "wanted {told:?} in {err}");
    }
}
