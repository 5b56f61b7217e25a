//! README and docs say what is true: their code is the code that runs, their table is the ledger's.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use paypair_ledger::{SqliteStore, State};
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

#[test]
fn every_link_of_the_docs_leads_somewhere() {
    for page in [
        "README.md",
        "docs/outcomes.md",
        "docs/dropin.md",
        "docs/csp-coop.md",
        "docs/serve.md",
    ] {
        let text = read(page);
        let folder = repository().join(page).parent().unwrap().to_owned();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            // The picture is made by `npm run screenshots`, after the tests of this crate.
            let there = target.starts_with("http")
                || target.starts_with("docs/img/")
                || folder.join(target).exists();
            assert!(there, "{page} links to {target}");
        }
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
fn the_settings_shown_for_serve_are_accepted() {
    let page = read("docs/serve.md");
    let settings = page
        .split("```toml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    Config::from_toml(settings).unwrap();
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
