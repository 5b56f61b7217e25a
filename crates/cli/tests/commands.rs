//! Every command explains itself, and says in one line what is wrong with what it was given.

use std::process::{Command, Output, Stdio};

/// Each command, with a line of its example.
const COMMANDS: [(&[&str], &str); 33] = [
    (&[], "paypair demo"),
    (&["charge"], "paypair charge --billing-key bk_"),
    (
        &["refund"],
        "paypair refund 2026-000123 --amount 3000 --refund-id",
    ),
    (&["billing-key"], "paypair billing-key list --customer"),
    (
        &["billing-key", "list"],
        "paypair billing-key list --customer",
    ),
    (&["billing-key", "show"], "paypair billing-key show bk_"),
    (&["billing-key", "delete"], "paypair billing-key delete bk_"),
    (&["billing-key", "adopt"], "--customer customer-7 < key.txt"),
    (
        &["receipt"],
        "paypair receipt 2026-000123 --kind cash_receipt",
    ),
    (
        &["cash-receipt"],
        "paypair cash-receipt issue 2026-000123 --purpose tax_deduction --phone <",
    ),
    (
        &["cash-receipt", "issue"],
        "paypair cash-receipt issue 2026-000123 --purpose proof_of_expense --business-no",
    ),
    (
        &["cash-receipt", "cancel"],
        "paypair cash-receipt cancel 2026-000123 --phone <",
    ),
    (
        &["resolve"],
        "paypair resolve 2026-000123 --operator \"김민지\" --as not-captured",
    ),
    (
        &["sales"],
        "paypair sales --gateway payletter --on 2026-11-20",
    ),
    (
        &["settlement"],
        "paypair settlement --gateway payletter_global --from",
    ),
    (
        &["reconcile"],
        "paypair reconcile --date 2026-11-20 --gateway payletter",
    ),
    (&["breaks"], "paypair breaks list"),
    (&["breaks", "list"], "paypair breaks list --all"),
    (
        &["breaks", "resolve"],
        "paypair breaks resolve 17 --operator \"김민지\" --note",
    ),
    (&["simulate"], "paypair simulate --payments 20000 --seed 1"),
    (&["subscription"], "paypair subscription show"),
    (&["subscription", "show"], "paypair subscription show"),
    (&["subscription", "cancel"], "paypair subscription cancel"),
    (&["lookup"], "paypair lookup 2026-000123"),
    (&["deliveries"], "paypair deliveries list --state dead"),
    (
        &["deliveries", "list"],
        "paypair deliveries list --order 2026-000123",
    ),
    (
        &["deliveries", "show"],
        "paypair deliveries show webhook_42",
    ),
    (
        &["deliveries", "replay"],
        "paypair deliveries replay webhook_42",
    ),
    (&["doctor"], "paypair doctor --config"),
    (&["serve"], "paypair serve --config"),
    (&["demo"], "paypair demo --port"),
    (&["sandbox"], "paypair sandbox --port"),
    (&["app-links"], "paypair app-links android --gateway"),
];

const KEY: &str = "bk_0123456789abcdef0123456789abcdef";
const TOKEN: (&str, &str) = ("PAYPAIR_MERCHANT_TOKEN", "a-token-for-this-test");

fn paypair(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paypair"));
    command.args(words).stdin(Stdio::null());
    for name in [
        "PAYPAIR_MERCHANT_TOKEN",
        "PAYPAIR_CONFIG",
        "PAYPAIR_SERVER",
        "PAYPAIR_LANG",
        "PAYPAIR_BILLING_KEY",
    ] {
        command.env_remove(name);
    }
    command
}

fn output(command: &mut Command) -> (Output, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

/// Wrong input: exit code 2, nothing on standard output, one line that holds these words.
fn wrong(command: &mut Command, words: &str) {
    let (ended, out, err) = output(command);
    let told = format!("{command:?}\nout: {out}\nerr: {err}");
    assert_eq!(ended.status.code(), Some(2), "{told}");
    assert!(out.is_empty(), "{told}");
    assert!(err.ends_with('\n') && err.lines().count() == 1, "{told}");
    assert!(
        err.starts_with("paypair: ") && err.contains(words),
        "wanted {words:?} in {told}"
    );
}

#[test]
fn every_command_has_help_with_an_example() {
    for (words, example) in COMMANDS {
        for flag in ["--help", "-h"] {
            let (ended, out, err) = output(paypair(words).arg(flag));
            assert_eq!(ended.status.code(), Some(0), "{words:?} {err}");
            assert!(
                out.contains(example),
                "{words:?} {flag} lacks {example:?}:\n{out}"
            );
            assert!(err.is_empty(), "{err}");
        }
    }
}

/// The words of a line, as a shell takes them apart.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (nth, part) in line.split('"').enumerate() {
        match nth % 2 {
            1 => words.push(part.to_owned()),
            _ => words.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    words
}

/// Lines of examples that ask a server, from a text.
fn asking(text: &str) -> Vec<String> {
    let whole = text.replace(" \\\n", " ");
    let lines = whole
        .lines()
        .map(|line| line.split(" # ").next().unwrap().trim());
    let lines = lines.filter(|line| line.starts_with("paypair "));
    let here = [
        "doctor",
        "serve",
        "demo",
        "sandbox",
        "simulate",
        "app-links",
    ];
    lines
        .filter(|line| !here.contains(&line.split(' ').nth(1).unwrap()))
        .map(|line| line.split(" < ").next().unwrap_or(line).to_owned())
        .collect()
}

#[test]
fn the_examples_of_help_and_readme_are_accepted() {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let mut examples = asking(&readme);
    assert!(examples.len() >= 3, "{examples:?}");
    for (command, _) in COMMANDS {
        let (_, out, _) = output(paypair(command).arg("--help"));
        examples.extend(asking(
            out.split("Example:\n")
                .nth(1)
                .unwrap()
                .split("\n\n")
                .next()
                .unwrap(),
        ));
    }
    assert!(examples.len() > 18, "{examples:?}");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let number = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("number.txt");
    std::fs::write(&number, "010-2345-6789\n").unwrap();
    for line in examples {
        let words = words(&line);
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        let number = std::fs::File::open(&number).unwrap();
        let (ended, _, err) = output(
            paypair(&words)
                .stdin(number)
                .env(TOKEN.0, TOKEN.1)
                .env("PAYPAIR_BILLING_KEY", "tbpay_test201801012359590002")
                .env("PAYPAIR_SERVER", format!("http://127.0.0.1:{port}/pay")),
        );
        // Nobody listens there, but the words are right. To cron, 1 is an open break: this is "nobody looked".
        let refused = if words[0] == "reconcile" { 3 } else { 1 };
        assert_eq!(ended.status.code(), Some(refused), "{line}: {err}");
        assert!(err.contains("Nothing was sent"), "{line}: {err}");
    }
}

#[test]
fn every_command_is_among_those() {
    let (_, out, _) = output(&mut paypair(&["--help"]));
    let list = out
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    for line in list.lines() {
        let name = line.split_whitespace().next().unwrap();
        assert!(
            name == "help" || COMMANDS.iter().any(|(words, _)| *words == [name]),
            "{name} has no example here"
        );
    }
}

#[test]
fn help_names_what_the_gateways_do_differently() {
    for words in [
        "charge",
        "refund",
        "receipt",
        "sales",
        "settlement",
        "reconcile",
        "lookup",
    ] {
        let (_, out, _) = output(&mut paypair(&[words, "--help"]));
        assert!(out.contains("What the gateways do differently"), "{out}");
        assert!(out.contains("Exit codes: 0 "), "{out}");
    }
    let (_, out, _) = output(&mut paypair(&["charge", "--help"]));
    for fact in [
        "CPAY0202",
        "30 days",
        "the same amount",
        "no month left out",
        "Private API",
    ] {
        assert!(out.contains(fact), "charge --help lacks {fact}");
    }
}

#[test]
fn wrong_words_are_told_in_one_line() {
    let with_token = |words: &[&str]| {
        let mut command = paypair(words);
        command.env(TOKEN.0, TOKEN.1);
        command
    };
    let charge = |more: &[&str]| {
        let mut words = vec![
            "charge",
            "--billing-key",
            KEY,
            "--customer",
            "c",
            "--product",
            "p",
        ];
        words.extend(more);
        with_token(&words)
    };
    // No command, a wrong one, a wrong flag.
    wrong(
        &mut paypair(&[]),
        "say what to do: charge, refund, billing-key",
    );
    wrong(&mut paypair(&["chrage"]), "did you mean charge?");
    wrong(
        &mut paypair(&["billing-key"]),
        "list, show, delete, adopt; see `paypair billing-key --help`",
    );
    wrong(
        &mut paypair(&["subscription", "end", "A"]),
        "unrecognized subcommand 'end'",
    );
    wrong(
        &mut paypair(&["lookup"]),
        "<ORDER>; see `paypair lookup --help`",
    );
    wrong(
        &mut paypair(&["lookup", "A", "--jason"]),
        "did you mean --json?",
    );
    wrong(
        &mut paypair(&["charge"]),
        "--billing-key <bk_..> --customer <ID> --amount <DECIMAL>",
    );
    // Whose a cash receipt is, and who says what of a doubt.
    let issue = ["cash-receipt", "issue", "A", "--purpose", "tax_deduction"];
    wrong(&mut with_token(&issue), "--phone");
    wrong(
        &mut with_token(&[&issue[..], &["--phone"]].concat()),
        "--phone: no number on standard input",
    );
    wrong(
        &mut with_token(&[&issue[..], &["--phone", "--business-no"]].concat()),
        "--business-no",
    );
    wrong(
        &mut with_token(&["cash-receipt", "issue", "A", "--purpose", "fun", "--phone"]),
        "tax_deduction",
    );
    wrong(
        &mut with_token(&["resolve", "A", "--as", "not-captured"]),
        "--operator <NAME>",
    );
    wrong(
        &mut with_token(&["resolve", "A", "--as", "paid", "--operator", "kim"]),
        "not-captured",
    );
    wrong(
        &mut with_token(&["resolve", "A", "--as", "refunded", "--operator", " "]),
        "this must not be empty",
    );
    // Ids.
    wrong(&mut with_token(&["lookup", "two words"]), "an order id is");
    wrong(&mut with_token(&["receipt", "주문"]), "an order id is");
    wrong(
        &mut with_token(&["subscription", "show", ".."]),
        "an order id is",
    );
    wrong(
        &mut with_token(&["billing-key", "show", "NS9qNTgzU2xRNHR2RmFBWWFBTWk5UT09"]),
        "a billing key is named by its id",
    );
    wrong(
        &mut with_token(&["billing-key", "list", "--customer", " "]),
        "must not be empty",
    );
    // Amounts and currencies.
    for amount in [
        "1,000",
        "-5",
        "1e3",
        "12.5",
        "0",
        "９９００",
        "99999999999999999999",
    ] {
        wrong(
            &mut charge(&[&format!("--amount={amount}")]),
            &format!("--amount {amount}: "),
        );
    }
    wrong(
        &mut charge(&["--amount", "1.005", "--currency", "USD"]),
        "too many decimals",
    );
    wrong(
        &mut charge(&["--amount", "1", "--currency", "usd"]),
        "three capital letters",
    );
    wrong(&mut charge(&["--amount", "100", "--tax", "-1"]), "--tax");
    wrong(
        &mut charge(&["--amount", "100", "--month", "2026-13"]),
        "YYYY-MM",
    );
    wrong(
        &mut with_token(&["refund", "A", "--amount", "10"]),
        "--refund-id",
    );
    wrong(
        &mut with_token(&["refund", "A", "--amount", "1.5", "--refund-id", "r"]),
        "--amount 1.5",
    );
    wrong(&mut with_token(&["refund", "A", "--tax", "1"]), "--amount");
    // Gateways, days, ranges.
    let sales = |more: &[&str]| {
        let mut words = vec!["sales", "--gateway", "payletter"];
        words.extend(more);
        with_token(&words)
    };
    wrong(
        &mut with_token(&["sales", "--gateway", "inicis", "--on", "2026-11-20"]),
        "the gateways are payple, payletter, payletter_global",
    );
    wrong(&mut sales(&["--on", "2026-11-31"]), "YYYY-MM-DD");
    wrong(&mut sales(&["--on", "20261120"]), "YYYY-MM-DD");
    wrong(&mut sales(&[]), "--on <YYYY-MM-DD>");
    wrong(&mut sales(&["--from", "2026-11-20"]), "--to");
    wrong(
        &mut sales(&["--on", "2026-11-20", "--to", "2026-11-21"]),
        "--on",
    );
    wrong(
        &mut sales(&["--from", "2026-11-21", "--to", "2026-11-20"]),
        "is after --to",
    );
    wrong(
        &mut sales(&["--on", "2026-11-20", "--by", "week"]),
        "payment, settlement",
    );
    let settlement = [
        "settlement",
        "--gateway",
        "payletter_global",
        "--from",
        "2026-12-01",
        "--to",
        "2026-11-30",
    ];
    wrong(&mut with_token(&settlement), "is after --to");
    wrong(
        &mut with_token(&["receipt", "A", "--kind", "invoice"]),
        "receipt, cash_receipt",
    );
    wrong(
        &mut with_token(&["receipt", "A", "--tax-excluded"]),
        "belong to --kind cash_receipt",
    );
    // Deliveries.
    wrong(
        &mut with_token(&["deliveries", "list", "--state", "lost"]),
        "pending, delivered, dead",
    );
    wrong(
        &mut with_token(&["deliveries", "list", "--limit", "1001"]),
        "--limit",
    );
    wrong(
        &mut with_token(&["deliveries", "show", "42"]),
        "webhook_N or hook_N",
    );
    wrong(
        &mut with_token(&["deliveries", "replay", "evt_42_ab"]),
        "webhook_N or hook_N",
    );
}

#[cfg(unix)]
#[test]
fn words_that_are_no_text_are_wrong_input_too() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    wrong(
        paypair(&["lookup"]).arg(odd).env(TOKEN.0, TOKEN.1),
        "see `paypair lookup --help`",
    );
    wrong(paypair(&[]).arg(odd), "see `paypair --help`");
}

#[test]
fn a_wrong_server_or_a_missing_token_is_told_before_anything_is_sent() {
    wrong(
        &mut paypair(&["lookup", "A"]),
        "no merchant token: set PAYPAIR_MERCHANT_TOKEN",
    );
    wrong(
        &mut paypair(&["lookup", "A", "--config", "/nowhere.toml"]),
        "there is no file /nowhere.toml",
    );
    wrong(
        paypair(&["lookup", "A"]).env(TOKEN.0, "two words"),
        "the merchant token has characters",
    );
    for server in [
        "http://shop.example/pay",
        "ftp://localhost",
        "shop.example",
        "http://localhost.evil.example",
    ] {
        wrong(
            paypair(&["lookup", "A", "--server", server]).env(TOKEN.0, TOKEN.1),
            &format!("--server {server}: "),
        );
    }
    let (_, _, err) = output(
        paypair(&[
            "lookup",
            "A",
            "--server",
            "https://me:password@shop.example",
        ])
        .env(TOKEN.0, TOKEN.1),
    );
    assert!(!err.contains("password@"), "{err}");
    wrong(
        paypair(&["lookup", "A", "--lang", "fr"]).env(TOKEN.0, TOKEN.1),
        "the languages are ko and en",
    );
}

#[test]
fn a_billing_key_is_taken_from_where_nobody_reads_it() {
    let adopt = [
        "billing-key",
        "adopt",
        "--gateway",
        "payple",
        "--method",
        "card",
        "--customer",
        "c",
    ];
    let key = "NS9qNTgzU2xRNHR2RmFBWWFBTWk5UT09";
    wrong(
        paypair(&adopt).env(TOKEN.0, TOKEN.1),
        "the key and nothing else",
    );
    wrong(
        paypair(&adopt)
            .env(TOKEN.0, TOKEN.1)
            .env("PAYPAIR_BILLING_KEY", format!("{key} and more")),
        "the key and nothing else",
    );
    wrong(
        paypair(&adopt)
            .args(["--key-file", "/nowhere"])
            .env(TOKEN.0, TOKEN.1),
        "--key-file /nowhere",
    );
    for flag in ["--key", "--billing-key"] {
        let mut command = paypair(&adopt);
        let (ended, _, err) = output(command.args([flag, key]));
        assert_eq!(
            ended.status.code(),
            Some(2),
            "there is no flag that takes the key itself"
        );
        assert!(!err.contains(key), "{err}");
    }
}

#[test]
fn a_billing_key_pasted_for_its_id_is_not_repeated() {
    let key = "NS9qNTgzU2xRNHR2RmFBWWFBTWk5UT09";
    for words in [
        &["billing-key", "show", key][..],
        &[
            "charge",
            "--billing-key",
            key,
            "--customer",
            "c",
            "--product",
            "p",
            "--amount",
            "1000",
        ],
    ] {
        let (_, _, err) = output(&mut paypair(words));
        assert!(
            !err.contains(key) && err.contains("is named by its id"),
            "{err}"
        );
    }
}

#[test]
fn wrong_settings_end_serve_demo_and_sandbox_in_one_line() {
    wrong(&mut paypair(&["serve"]), "public_url: this field is needed");
    wrong(&mut paypair(&["serve", "--listen", "8080"]), "--listen");
    wrong(
        &mut paypair(&["demo", "--www", "/nowhere"]),
        "there is no /nowhere/index.html",
    );
    wrong(&mut paypair(&["demo", "--port", "70000"]), "--port");
    wrong(
        &mut paypair(&["sandbox", "--payple-referer", "none"]),
        "lax, strict",
    );
    wrong(
        &mut paypair(&["sandbox", "--payletter-clients", "/nowhere"]),
        "--payletter-clients /nowhere",
    );
    wrong(
        &mut paypair(&["sandbox", "--payple-webhook", "here"]),
        "--payple-webhook",
    );
    wrong(&mut paypair(&["sandbox", "--clock", "noon"]), "--clock");
    wrong(
        &mut paypair(&["doctor", "--config", "/nowhere"]),
        "there is no such file",
    );
    wrong(&mut paypair(&["lookup", "A", "--log", "=loud="]), "--log");
}

#[test]
fn an_unreachable_server_is_a_refusal_and_nothing_was_sent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let server = format!("http://127.0.0.1:{port}/pay");
    let (ended, out, err) =
        output(paypair(&["lookup", "A", "--server", &server]).env(TOKEN.0, TOKEN.1));
    assert_eq!(ended.status.code(), Some(1), "{err}");
    assert!(
        out.is_empty() && err.lines().count() == 1 && err.contains("Nothing was sent"),
        "{err}"
    );
}
