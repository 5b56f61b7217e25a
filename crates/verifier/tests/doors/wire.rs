//! Over a real connection, through the actix face: who asks is who connects, whatever he writes of himself.

use paypair_verifier::{Environment as _, Network};
use reqwest::RequestBuilder;
use serde_json::json;

use super::rotation::notice;
use crate::common::{Setup, TestApp};

/// So many misses are heard of one client at once, and of all together who cannot be told apart.
const OF_ONE: usize = 60;
const OF_ALL: usize = 1_000;

/// Every way to write that somebody else asks.
fn written_by_himself(request: RequestBuilder, ip: &str) -> RequestBuilder {
    request
        .header("x-forwarded-for", ip)
        .header("x-real-ip", ip)
        .header("x-client-ip", ip)
        .header("true-client-ip", ip)
        .header("cf-connecting-ip", ip)
        .header("forwarded", format!("for={ip}"))
}

async fn status_of(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

/// Attack: a stranger writes that he is a gateway. Our own proxy may say so of whom it hears.
#[tokio::test]
async fn a_senders_address_in_a_header_does_not_open_the_gateways_door() {
    const SENDERS: &str = "notification_senders = [\"121.254.205.0/24\"]";
    const BEHIND: &str =
        "notification_senders = [\"121.254.205.0/24\"]\ntrusted_proxies = [\"127.0.0.0/8\"]";
    for (extra, is_let_in) in [(SENDERS, false), (BEHIND, true)] {
        let setup = Setup {
            extra,
            ..Setup::default()
        };
        let (app, tap) = TestApp::tapped(setup).await;
        let more = json!({ "amount": "12.50", "currency": "USD" });
        let page = app.order("payletter_global", more).await;
        page.prepare("redirect").await;
        let good = notice(
            &page.order_id,
            &tap.custom(),
            "PL_Merchant",
            app.clock.now(),
        );
        for (path, body) in [
            ("/notice/payletter_global", good.body),
            ("/callback/payletter", b"{}".to_vec()),
        ] {
            let url = format!("{}/pay{path}", app.shop);
            let post = app.http.post(url).body(body);
            let status = status_of(written_by_himself(post, "121.254.205.166")).await;
            assert_eq!(status != 403, is_let_in, "{path}: {status}");
        }
        let state = if is_let_in { "paid" } else { "requested" };
        assert_eq!(page.status(2).await["state"], state);
    }
}

/// How many wrong secrets are answered before it is too much, if each comes with another header.
async fn heard_of<N: Network>(app: &TestApp<N>, written: impl Fn(usize) -> String) -> usize {
    let url = format!("{}/pay/orders/nobodys/status", app.shop);
    for nth in 0..2 * OF_ALL {
        let ask = app.http.get(&url).header("sec-fetch-site", "same-origin");
        let ask = ask.header("paypair-client-secret", format!("cs_{nth}"));
        match status_of(written_by_himself(ask, &written(nth))).await {
            401 => {}
            429 => return nth,
            other => panic!("{other}"),
        }
    }
    panic!("it is never too much");
}

/// Attack: every try with an address of its own.
#[tokio::test]
async fn another_address_in_a_header_gives_no_more_room() {
    let made_up = |nth: usize| format!("121.140.{}.{}", nth / 250, nth % 250);

    // Nobody is trusted, and 127.0.0.1 may be anybody behind a proxy: the room is that of all of them.
    let app = TestApp::start().await;
    app.clock.stop();
    assert_eq!(heard_of(&app, made_up).await, OF_ALL);

    // A proxy of ours writes last whom it hears.
    let app = TestApp::with(Setup {
        extra: "trusted_proxies = [\"127.0.0.0/8\"]",
        ..Setup::default()
    })
    .await;
    app.clock.stop();
    let heard = |nth| format!("{}, 121.150.1.2", made_up(nth));
    assert_eq!(heard_of(&app, heard).await, OF_ONE);
}
