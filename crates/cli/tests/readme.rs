//! README and docs say what is true: their code is the code that runs, their table is the ledger's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use paypair_ledger::{SqliteStore, State};
use paypair_protocol::{Period, payletter, payletter_global};
use paypair_sandbox::Sandbox;
use paypair_verifier::{Config, HttpNetwork, SystemEnvironment, Verifier};
use serde_json::Value;

#[path = "../../../docs/examples/server.rs"]
#[expect(
    unreachable_pub,
    reason = "the example is written as a module of somebody's library"
)]
mod server;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap()
}

#[test]
fn readme_shows_the_examples_as_they_are() {
    let readme = read("README.md");
    for (language, file) in [
        ("js", "docs/examples/pay.js"),
        ("rust", "docs/examples/server.rs"),
    ] {
        assert!(
            readme.contains(&format!("```{language}\n{}```", read(file))),
            "README does not show {file}"
        );
    }
}

/// The README, and every page of docs.
fn pages() -> Vec<String> {
    let mut pages = vec!["README.md".to_owned(), "CHANGELOG.md".to_owned()];
    for entry in fs::read_dir(repository().join("docs")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") {
            pages.push(format!("docs/{name}"));
        }
    }
    pages
}

#[test]
fn every_link_of_the_docs_leads_somewhere() {
    for page in pages() {
        let text = read(&page);
        let folder = repository().join(&page).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            // The picture is made by `npm run screenshots`, after the tests of this crate.
            if target.starts_with("http") || target.starts_with("docs/img/") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() {
                repository().join(&page)
            } else {
                folder.join(file)
            };
            assert!(file.exists(), "{page} links to {target}");
            if !heading.is_empty() {
                let there = fs::read_to_string(file).unwrap();
                assert!(
                    anchors(&there).contains(&heading.to_owned()),
                    "{page} links to {target}"
                );
            }
        }
    }
}

/// What headings can be linked by.
fn anchors(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().replace(' ', "-")
        })
        .collect()
}

#[test]
fn every_page_is_linked_from_the_readme_or_from_a_page_that_is() {
    let all: String = pages().iter().map(|page| read(page)).collect();
    for page in pages() {
        let name = page.rsplit('/').next().unwrap();
        assert!(
            name == "README.md" || all.contains(name),
            "nothing links to {page}"
        );
    }
}

fn until(period: Period) -> String {
    match period {
        Period::Days(days) => format!("D+{days}"),
        Period::SameDay => "the same day".into(),
        Period::SameMonth => "the same month".into(),
        Period::Contract => "by contract".into(),
        Period::Never => "never".into(),
        Period::Untold => "not told".into(),
    }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn payletter_methods() -> String {
    let mut table = String::from(
        "| `method` | | least, won | refund | in part | until | billing key | also |\n|---|---|---:|---|---|---|---|---|\n",
    );
    for row in &payletter::codes::METHODS {
        let mut also: Vec<String> = Vec::new();
        let facts = [
            (row.real_money_in_test, "**real money in test**"),
            (row.needs_service_name, "needs `service_name`"),
            (row.needs_callback, "needs the callback"),
            (!row.reaches_cancel_url, "never comes to `cancel_url`"),
            (row.cup_deposit, "cup deposit"),
        ];
        also.extend(
            facts
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, fact)| (*fact).to_owned()),
        );
        if !row.comes_back_as.is_empty() {
            also.push(format!(
                "comes back as `{}`",
                row.comes_back_as.join("`, `")
            ));
        }
        if !row.note.is_empty() {
            also.push(row.note.to_owned());
        }
        table += &format!(
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
            row.code,
            row.name,
            row.min,
            yes(row.cancels),
            yes(row.cancels_partly),
            until(row.period),
            yes(row.recurring),
            also.join("; ")
        );
    }
    table
}

fn global_methods() -> String {
    let mut table = String::from(
        "| `method` | | refund | in part | until | billing key | also |\n|---|---|---|---|---|---|---|\n",
    );
    for row in &payletter_global::codes::METHODS {
        let mut also = Vec::new();
        for (is, fact) in [
            (row.needs_service_name(), "needs `service_name`"),
            (row.kind.awaits_deposit(), "paid after the return"),
            (row.refund_later, "a refund is done later"),
        ] {
            also.extend(is.then_some(fact));
        }
        table += &format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |\n",
            row.code,
            row.note,
            row.cancels.map_or("not told", yes),
            yes(row.cancels_partly),
            until(row.period),
            yes(row.recurring),
            also.join("; ")
        );
    }
    table
}

/// Holds the part of a page between its marks to what the code says, or writes it.
fn hold(page: &str, what: &str, right: &str) {
    let (begin, end) = (
        format!("<!-- {what} -->\n"),
        format!("<!-- end of {what} -->"),
    );
    let text = read(page);
    let (before, rest) = text.split_once(&begin).unwrap();
    let (_, after) = rest.split_once(&end).unwrap();
    let right = format!("{before}{begin}{right}{end}{after}");
    if std::env::var_os("WRITE_DOCS").is_some() {
        fs::write(repository().join(page), &right).unwrap();
    } else {
        assert!(
            text == right,
            "{page} is not what the table says; write it anew with WRITE_DOCS=1"
        );
    }
}

#[test]
fn the_tables_of_methods_are_the_codes() {
    hold("docs/payletter.md", "methods", &payletter_methods());
    hold("docs/payletter-global.md", "methods", &global_methods());
}

#[actix_web::test]
async fn the_page_of_the_sandbox_has_its_faults_switches_and_addresses() {
    let control = format!("http://localhost:{}/control", gateways());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = async |what: &str| -> Value {
        let answer = client
            .get(format!("{control}/{what}"))
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    };
    let mut table = String::from("| fault | does |\n|---|---|\n");
    for fault in ask("faults").await["faults"].as_array().unwrap() {
        let text = |name: &str| fault[name].as_str().unwrap().to_owned();
        table += &format!("| `{}` | {} |\n", text("name"), text("does"));
    }
    hold("docs/sandbox.md", "faults", &table);
    let page = read("docs/sandbox.md");
    for switch in ask("options").await.as_object().unwrap().keys() {
        assert!(
            page.contains(&format!("| `{switch}` |")),
            "docs/sandbox.md lacks {switch}"
        );
    }
    let routes = read("crates/sandbox/src/control/mod.rs");
    for line in routes
        .lines()
        .filter_map(|line| line.trim().strip_prefix(".route(\"/"))
    {
        let (path, rest) = line.split_once('"').unwrap();
        let method = if rest.contains("web::get") {
            "GET"
        } else {
            "POST"
        };
        let path = path.replace("{act}", "ACT");
        let said = match path.as_str() {
            "" => "/control/` is the same as a page".to_owned(),
            path => format!("`{method} /control/{path}`"),
        };
        assert!(page.contains(&said), "docs/sandbox.md lacks {said}");
    }
}

#[test]
fn what_the_manuals_say_to_people_is_told() {
    let all: String = ["gateways", "payple", "payletter", "payletter-global"]
        .iter()
        .map(|page| read(&format!("docs/{page}.md")))
        .collect();
    for fact in [
        "121.254.205.166",
        "211.115.72.37, 211.115.72.38, 211.115.117.11",
        "ports 80 and 443",
        "TLS 1.2",
        "payment/recurring`, `payment/cpdaesalist` and `settlement/detailslist",
        "real money in Payletter's test environment",
        "2 weeks",
        "about a month",
        "`<queries>`",
        "Antivirus",
        "ISPSuccess",
        "dev@payple.kr",
        "poqdev@payletter.com",
        "gpoqdev@payletter.com",
        "CPAY0202",
        "AUTH0004",
        "AUTH0007",
    ] {
        assert!(all.contains(fact), "docs lack {fact:?}");
    }
    for row in payletter::codes::METHODS
        .iter()
        .filter(|row| row.real_money_in_test)
    {
        let name = match row.code {
            "ssgpay" => "SSGPAY",
            code => code,
        };
        assert!(read("docs/gateways.md").contains(name), "{name}");
    }
}

#[test]
fn the_table_of_outcomes_is_the_ledgers() {
    let page = read("docs/outcomes.md");
    for state in State::ALL {
        let row = format!("| `{}` | `{}` |", state.as_str(), state.status().as_str());
        assert!(page.contains(&row), "docs/outcomes.md lacks {row}");
    }
}

#[test]
fn the_settings_that_are_shown_are_accepted() {
    let page = read("docs/serve.md");
    let settings = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    Config::from_toml(settings).unwrap();
    Config::from_toml(&read("crates/verifier/paypair.example.toml")).unwrap();
}

/// Every route of the verifier, as its table of addresses has them.
#[test]
fn every_route_is_on_the_page_of_serve() {
    let page = read("docs/serve.md");
    let router = read("crates/verifier/src/router.rs");
    let mut count = 0;
    for line in router.lines().map(str::trim) {
        let Some(rest) = line.strip_prefix("(\"") else {
            continue;
        };
        let Some((method, rest)) = rest.split_once("\", [") else {
            continue;
        };
        let Some((parts, _)) = rest.split_once("])") else {
            continue;
        };
        let path: String = parts
            .split(", ")
            .map(|part| match part.strip_prefix('"') {
                Some(word) => format!("/{}", word.trim_end_matches('"')),
                None => format!("/{}", part.to_uppercase()),
            })
            .collect();
        assert!(
            page.contains(&format!("`{method} {path}")),
            "docs/serve.md lacks {method} {path}"
        );
        count += 1;
    }
    assert!(
        count > 30,
        "the table of addresses was not understood: {count}"
    );
}

#[actix_web::test]
async fn the_server_example_takes_orders() {
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let config = Config::from_toml(&format!(
        r#"
        public_url = "http://127.0.0.1:{port}/pay"
        env = "sandbox"
        sandbox_url = "http://localhost:{}"
        merchant_token = "a-token-for-this-test"
        [payple]
        merchant_id = "test"
        merchant_key = "abcd1234567890"
        "#,
        gateways()
    ))
    .unwrap();
    let store = SqliteStore::open(folder.path().join("orders.sqlite")).unwrap();
    let network = HttpNetwork::new(config.reach()).unwrap();
    let verifier =
        Verifier::new(config, store, network, SystemEnvironment::new().unwrap()).unwrap();
    actix_web::rt::spawn(server::run(verifier, port));

    let shop = format!("http://127.0.0.1:{port}");
    let client = reqwest::Client::new();
    let order: Value = answered(&client, &format!("{shop}/api/orders"))
        .await
        .json()
        .await
        .unwrap();
    let secret = order["clientSecret"].as_str().unwrap();
    let prepared = client
        .post(format!(
            "{shop}/pay/orders/{}/prepare",
            order["orderId"].as_str().unwrap()
        ))
        .header("origin", &shop)
        .header("paypair-client-secret", secret)
        .json(&serde_json::json!({ "layout": "layer", "device": "desktop" }))
        .send()
        .await
        .unwrap();
    assert_eq!(prepared.status(), 200);
    let prepared: Value = prepared.json().await.unwrap();
    assert_eq!(prepared["launch"]["kind"], "post");
}

/// The sandbox on a port of its own.
fn gateways() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let base_url = format!("http://localhost:{port}");
    let sandbox = Sandbox::new(paypair_sandbox::Options {
        base_url,
        ..paypair_sandbox::Options::default()
    });
    actix_web::rt::spawn(paypair_sandbox::run(sandbox, listener).unwrap());
    port
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Posts until the server, which starts beside us, is listening.
async fn answered(client: &reqwest::Client, url: &str) -> reqwest::Response {
    for _ in 0..200 {
        match client.post(url).send().await {
            Ok(response) => return response,
            Err(error) if error.is_connect() => tokio::time::sleep(Duration::from_millis(20)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the server did not start");
}
