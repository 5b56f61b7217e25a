//! Where buyers come back to and gateways call is what the configuration says, whoever asks for the window under whatever name.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::common::{Setup, TOKEN, TestApp, text};

const HOSTILE: &str = "evil.example";

/// The same request, under a strange name and with what a proxy would write about it. No proxy is trusted here.
fn hostile(request: RequestBuilder) -> RequestBuilder {
    request
        .header("host", HOSTILE)
        .header("x-forwarded-host", HOSTILE)
        .header("x-forwarded-server", HOSTILE)
        .header("x-forwarded-proto", "gopher")
        .header("x-host", HOSTILE)
        .header("x-original-host", HOSTILE)
        .header("forwarded", format!("host={HOSTILE};proto=gopher"))
}

fn addresses(body: &str, names: &[&str]) -> Vec<String> {
    let body: Value = serde_json::from_str(body).unwrap();
    names.iter().map(|name| text(&body[*name])).collect()
}

/// Attack: the very first request for a window, which builds every address that a gateway is told, names another site.
#[tokio::test]
async fn a_hostile_host_header_gets_into_nothing_that_a_gateway_is_told() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let public_url = format!("{}/pay/", app.shop);
    for (gateway, layout) in [
        ("payple", "layer"),
        ("payple", "redirect"),
        ("payletter", "redirect"),
        ("payletter_global", "redirect"),
    ] {
        let id = format!("{gateway}-{layout}");
        let mut order = json!({
            "orderId": id, "gateway": gateway, "method": "card", "amount": "10000", "productName": "a",
            "customer": { "id": "1001", "email": "buyer@example.com" },
        });
        match gateway {
            "payletter" => order["method"] = json!("creditcard"),
            "payletter_global" => {
                order["method"] = json!("PLCreditCard");
                order["amount"] = json!("12.50");
                order["currency"] = json!("USD");
            }
            _ => {}
        }
        let registered = hostile(app.http.post(format!("{public_url}orders")))
            .bearer_auth(TOKEN)
            .json(&order);
        let registered = registered.send().await.unwrap();
        assert_eq!(registered.status(), 201);
        let registered: Value = registered.json().await.unwrap();
        let prepare = hostile(app.http.post(format!("{public_url}orders/{id}/prepare")))
            .header("origin", &app.shop)
            .header("paypair-client-secret", text(&registered["clientSecret"]))
            .json(&json!({ "layout": layout, "device": "desktop" }));
        let prepared = prepare.send().await.unwrap();
        assert_eq!(prepared.status(), 200, "{id}");
        let prepared: Value = prepared.json().await.unwrap();

        let told = match gateway {
            "payletter" => {
                let sent = tap.sent("payments/request");
                addresses(&sent[0], &["return_url", "callback_url", "cancel_url"])
            }
            "payletter_global" => {
                let sent = tap.sent("payment/request");
                addresses(&sent[0], &["returnurl", "notiurl"])
            }
            _ => {
                let fields = prepared["launch"]["fields"].clone();
                let fields: Vec<(String, String)> = serde_json::from_value(fields).unwrap();
                let mut named = fields.into_iter().filter(|(name, _)| name == "PCD_RST_URL");
                let (_, back) = named.next().unwrap();
                // A layer comes back by a path on the page's own site.
                let on_site = layout == "layer" && back.starts_with("/pay/");
                vec![if on_site {
                    format!("{}{back}", app.shop)
                } else {
                    back
                }]
            }
        };
        for address in &told {
            assert!(address.starts_with(&public_url), "{id}: {told:?}");
        }
        let shown = format!("{registered} {prepared}");
        assert!(!shown.contains(HOSTILE) && !shown.contains("gopher"));
    }
    // The page that Payple's window answers to.
    let referrers = tap.sent_header("auth.php", "referer");
    assert_eq!(referrers, vec![format!("{}/", app.shop); 2]);
    let sent = tap.everything_sent();
    assert!(
        !sent.contains(HOSTILE) && !sent.contains("gopher"),
        "{sent}"
    );
}
