//! `paypair doctor`: what it finds in settings, without a network.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Settings that are as they should be, in life.
const LIVE: &str = r#"
public_url = "https://shop.example/pay"
env = "live"
merchant_token = "0123456789abcdef0123456789abcdef0123456789abcdef"
trusted_proxies = ["127.0.0.1/32"]
notification_senders = ["211.115.72.37/32", "211.115.72.38/32", "211.115.117.11/32"]

[payple]
merchant_id = "shop01"
merchant_key = "5e1b2c3d4f"
refund_key = "b52df121fedacfbfb3be86b24858806596a9db68b79d138b147c3e563e1829a1"

[payletter]
refund_ip = "203.0.113.5"
[[payletter.clients]]
client_id = "shop01"
payment_key = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="
search_key = "RUZHSElKS0xNTk9QUVJTVFVWV1hZWjAxMjM0NTY3ODk="

[payletter_global]
store_id = "shop01"
api_key = "0123456789"

[assumptions]
global_sales_list_permitted = true
"#;

struct Report {
    code: i32,
    json: Value,
    out: String,
}

impl Report {
    /// The level of a check, worst first.
    fn level(&self, check: &str) -> &str {
        let found = self.json["findings"].as_array().unwrap();
        let levels: Vec<&str> = found
            .iter()
            .filter(|finding| finding["check"] == check)
            .map(|finding| finding["level"].as_str().unwrap())
            .collect();
        ["fail", "warn", "ok"]
            .into_iter()
            .find(|level| levels.contains(level))
            .unwrap_or("absent")
    }
}

fn doctor(words: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_paypair"))
        .arg("doctor")
        .args(words)
        .env_remove("PAYPAIR_CONFIG")
        .env_remove("PAYPAIR_MERCHANT_TOKEN")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// Settings in a folder of their own, for their owner alone.
fn written(folder: &TempDir, settings: &str) -> String {
    let database = folder.path().join("orders.sqlite3");
    let text = format!("database = {database:?}\n{settings}");
    let file = folder.path().join("paypair.toml");
    std::fs::write(&file, text).unwrap();
    mode(&file, 0o600);
    file.to_str().unwrap().to_owned()
}

#[cfg(unix)]
fn mode(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn mode(_: &Path, _: u32) {}

fn examined(folder: &TempDir, settings: &str) -> Report {
    let file = written(folder, settings);
    let (code, json, err) = doctor(&["--config", &file, "--offline", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap_or_else(|_| panic!("{json} {err}"));
    let (again, out, err) = doctor(&["--config", &file, "--offline"]);
    assert_eq!(code, again);
    assert_eq!(json["fail"] == 0, code == 0, "{json}");
    assert_eq!(err.lines().count(), usize::from(code != 0), "{err}");
    for line in out.lines() {
        let level = line.split_whitespace().next().unwrap();
        assert!(["ok", "warn", "fail"].contains(&level), "{line}");
    }
    assert_eq!(
        out.lines().count(),
        json["findings"].as_array().unwrap().len()
    );
    Report { code, json, out }
}

#[test]
fn good_settings_pass_and_no_key_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let report = examined(&folder, LIVE);
    assert_eq!(report.code, 0, "{}", report.out);
    for check in [
        "settings",
        "permissions",
        "keys",
        "public_url",
        "hosts",
        "notification_senders",
        "tls",
        "database",
        "private_api",
    ] {
        assert_eq!(report.level(check), "ok", "{check}: {}", report.out);
    }
    // Offline it says so, and what it thinks the time is.
    assert_eq!(report.level("clock"), "warn");
    assert!(report.out.contains("--offline"), "{}", report.out);
    for secret in [
        "0123456789abcdef",
        "5e1b2c3d4f",
        "b52df121",
        "QUJDREVG",
        "RUZHSElK",
    ] {
        assert!(!report.out.contains(secret), "{secret} in {}", report.out);
    }
    assert!(
        !folder.path().join("orders.sqlite3").exists(),
        "it only looks"
    );
}

#[test]
fn each_wrong_setting_is_a_line_with_what_to_do() {
    let cases: &[(&str, &str, &str, &str)] = &[
        (
            "public_url = \"https://shop.example/pay\"",
            "public_url = \"https://shop.example:8443/pay\"",
            "public_url",
            "fail",
        ),
        (
            "public_url = \"https://shop.example/pay\"",
            "public_url = \"https://10.0.0.3/pay\"",
            "public_url",
            "fail",
        ),
        (
            "public_url = \"https://shop.example/pay\"",
            "public_url = \"http://shop.example/pay\"",
            "settings",
            "fail",
        ),
        (
            "0123456789abcdef0123456789abcdef0123456789abcdef",
            "0123456789abcdef",
            "merchant_token",
            "warn",
        ),
        (
            "0123456789abcdef0123456789abcdef0123456789abcdef",
            "change-me-change-me-change-me",
            "merchant_token",
            "fail",
        ),
        (
            "merchant_id = \"shop01\"",
            "merchant_id = \"test\"",
            "settings",
            "fail",
        ),
        (
            "merchant_key = \"5e1b2c3d4f\"",
            "merchant_key = \"abcd1234567890\"",
            "payple.merchant_key",
            "fail",
        ),
        (
            "merchant_key = \"5e1b2c3d4f\"",
            "merchant_key = \"5e1b 2c3d\"",
            "payple.merchant_key",
            "fail",
        ),
        ("refund_key = \"b52", "# \"b52", "payple.refund_key", "warn"),
        (
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=",
            "11A503510401AB229BC805852E82FD40",
            "payletter.clients.payment_key",
            "fail",
        ),
        (
            "RUZHSElKS0xNTk9QUVJTVFVWV1hZWjAxMjM0NTY3ODk=",
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=",
            "payletter.clients.search_key",
            "fail",
        ),
        (
            "search_key",
            "# search_key",
            "payletter.clients.search_key",
            "warn",
        ),
        (
            "[\"211.115.72.37/32\", \"211.115.72.38/32\", \"211.115.117.11/32\"]",
            "[]",
            "notification_senders",
            "warn",
        ),
        (
            ", \"211.115.117.11/32\"]",
            "]",
            "notification_senders",
            "fail",
        ),
        (
            "trusted_proxies",
            "# trusted_proxies",
            "notification_senders",
            "warn",
        ),
        ("refund_ip", "# refund_ip", "payletter.refund_ip", "warn"),
        (
            "global_sales_list_permitted = true",
            "",
            "private_api",
            "warn",
        ),
        (
            "[payletter_global]\n",
            "[payletter_globe]\n",
            "settings",
            "fail",
        ),
    ];
    for (good, bad, check, level) in cases {
        let folder = tempfile::tempdir().unwrap();
        assert!(LIVE.contains(good), "{good}");
        let report = examined(&folder, &LIVE.replace(good, bad));
        assert_eq!(report.level(check), *level, "{bad}: {}", report.out);
        assert_eq!(
            report.code == 1,
            report.out.lines().any(|line| line.starts_with("fail"))
        );
        let line = report
            .out
            .lines()
            .find(|line| line.contains(check) && line.starts_with(level))
            .unwrap();
        assert!(line.contains(" > "), "no advice: {line}");
    }
}

#[test]
fn in_test_it_names_ports_waits_and_real_money() {
    let test = LIVE.replace("env = \"live\"", "env = \"test\"").replace(
        "[\"211.115.72.37/32\", \"211.115.72.38/32\", \"211.115.117.11/32\"]",
        "[\"121.254.205.166/32\"]",
    );
    let folder = tempfile::tempdir().unwrap();
    let report = examined(&folder, &test);
    assert_eq!(report.code, 0, "{}", report.out);
    assert_eq!(report.level("real_money"), "warn");
    for fact in ["kakaopay", "ssgpay", "mobile", "2 weeks", "1 month"] {
        assert!(report.out.contains(fact), "{fact}: {}", report.out);
    }
    let folder = tempfile::tempdir().unwrap();
    let report = examined(
        &folder,
        &test.replace("shop.example/pay", "shop.example:8443/pay"),
    );
    assert_eq!(report.level("public_url"), "fail");
    assert!(
        report.out.contains("poqdev@payletter.com"),
        "{}",
        report.out
    );
}

#[cfg(unix)]
#[test]
fn files_that_others_can_read_and_stores_that_do_not_open_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = written(&folder, LIVE);
    mode(Path::new(&file), 0o644);
    let (_, out, _) = doctor(&["--config", &file, "--offline"]);
    assert!(
        out.contains("mode 644") && out.contains("chmod 600"),
        "{out}"
    );

    std::fs::write(
        folder.path().join("orders.sqlite3"),
        "this is no database, not even a short one",
    )
    .unwrap();
    let (code, out, _) = doctor(&["--config", &file, "--offline"]);
    assert_eq!(code, 1);
    assert!(out.contains("fail  database"), "{out}");

    let elsewhere = LIVE.replace("env = ", "database = \"/nowhere/orders.sqlite3\"\nenv = ");
    let file = folder.path().join("other.toml");
    std::fs::write(&file, elsewhere).unwrap();
    let (code, out, _) = doctor(&["--config", file.to_str().unwrap(), "--offline"]);
    assert!(
        code == 1 && out.contains("there is no folder /nowhere"),
        "{out}"
    );
}

#[test]
fn a_store_of_ours_opens() {
    let folder = tempfile::tempdir().unwrap();
    let store = paypair_ledger::SqliteStore::open(folder.path().join("orders.sqlite3")).unwrap();
    let report = examined(&folder, LIVE);
    assert_eq!(report.level("database"), "ok", "{}", report.out);
    drop(store);
}

#[test]
fn the_gateways_clock_is_asked_where_they_answer() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap();
            let request = String::from_utf8_lossy(&buffer[..count]).into_owned();
            assert!(
                request.starts_with("HEAD / ") && !request.contains("abcd1234567890"),
                "{request}"
            );
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ndate: Sat, 21 Nov 2020 00:00:00 GMT\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            );
        }
    });
    let settings = format!(
        r#"
        public_url = "http://127.0.0.1:8080/pay"
        env = "sandbox"
        sandbox_url = "http://127.0.0.1:{port}"
        merchant_token = "0123456789abcdef0123456789abcdef0123456789abcdef"
        [payple]
        merchant_id = "test"
        merchant_key = "abcd1234567890"
        "#
    );
    let file = written(&folder, &settings);
    let (code, out, _) = doctor(&["--config", &file]);
    assert!(
        code == 1 && out.contains("ok    reachable") && out.contains("fail  clock"),
        "{out}"
    );
    assert!(out.contains("NTP"), "{out}");
}

#[test]
fn of_the_example_only_the_token_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let example = include_str!("../../verifier/paypair.example.toml");
    let database = folder.path().join("orders.sqlite3");
    let settings = example.replace("\"paypair.sqlite3\"", &format!("{database:?}"));
    let file = folder.path().join("example.toml");
    std::fs::write(&file, settings).unwrap();
    let (code, out, _) = doctor(&["--config", file.to_str().unwrap(), "--offline"]);
    let fails: Vec<&str> = out
        .lines()
        .filter(|line| line.starts_with("fail"))
        .collect();
    assert!(
        code == 1 && fails.len() == 1 && fails[0].contains("merchant_token"),
        "{out}"
    );
}

#[test]
fn previous_keys_are_told_with_their_end() {
    let day = |days: i64| {
        let at = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    for (days, level, word) in [
        (7, "ok", "is still believed, until"),
        (-1, "warn", "has ended"),
        (200, "warn", "choose an end"),
    ] {
        let token = format!(
            "previous_merchant_token = \"fedcba9876543210fedcba9876543210\"\nprevious_merchant_token_until = \"{}\"\n",
            day(days)
        );
        let key = format!(
            "previous_api_key = \"9876543210\"\nprevious_api_key_until = \"{}\"\n\n[assumptions]",
            day(days)
        );
        let settings = LIVE
            .replace("[payple]", &format!("{token}\n[payple]"))
            .replace("\n[assumptions]", &key);
        let report = examined(&tempfile::tempdir().unwrap(), &settings);
        for check in [
            "previous_merchant_token",
            "payletter_global.previous_api_key",
        ] {
            assert_eq!(report.level(check), level, "{days}: {}", report.out);
        }
        assert!(report.out.contains(word), "{}", report.out);
        assert!(!report.out.contains("fedcba9876543210") && !report.out.contains("9876543210"));
    }
    let without = examined(&tempfile::tempdir().unwrap(), LIVE);
    assert_eq!(without.level("previous_merchant_token"), "absent");
}
