//! The canary run: a text of its own in every key, billing key, phone, e-mail, card number, seal and nonce, a day of good and bad
//! business at all three gateways, and then none of those texts in logs, refusals, the merchant's events and webhooks, answers to pages,
//! `Debug` or panics. Alone in its file: it listens to the whole process.

mod common;

mod canaries {
    pub(crate) mod birds;
    pub(crate) mod debugs;
    pub(crate) mod falls;
    pub(crate) mod merchant;
    pub(crate) mod net;
    pub(crate) mod seals;
    pub(crate) mod shop;
    pub(crate) mod strangers;
    pub(crate) mod turnover;
}

use canaries::{
    birds::{self, Kind},
    debugs, falls,
    merchant::Merchant,
    net::{Hit, Net},
    seals,
    shop::Shop,
    strangers, turnover,
};
use common::{Fate, MERCHANT_KEY, REFUND_KEY, TOKEN, Tap, TestApp, keys::GATEWAYS};
use serde_json::json;

/// A day of business, good and bad; gives the billing keys.
async fn a_day(shop: &Shop<'_>, tap: &Tap, merchant: &Merchant) -> Vec<String> {
    let mut keys = Vec::new();
    for gateway in GATEWAYS {
        keys.push(shop.keeps_a_card(gateway).await);
    }
    shop.gives_a_receipt().await;
    strangers::a_talkative_callback(shop, tap).await;
    keys.push(strangers::a_webhook_with_a_key(shop).await);
    turnover::keys_of_before(shop, tap).await;
    turnover::the_second_client(shop).await;
    turnover::the_drop_in(shop, merchant).await;
    for (gateway, layout, fault) in [
        ("payple", "popup", "confirm_answer_lost"),
        ("payple", "layer", "wrong_amount"),
        ("payple", "popup", "auth_unavailable"),
        ("payletter", "popup", "callback_bad_hash"),
        ("payletter", "popup", "lookup_unavailable"),
        ("payletter", "popup", "wrong_amount"),
        ("payletter_global", "popup", "callback_bad_hash"),
        ("payletter_global", "popup", "callback_without_hash"),
    ] {
        shop.pays(gateway, layout, fault).await;
    }
    for fate in [Fate::Unsent, Fate::Lost, Fate::Anothers] {
        tap.befall("Confirm", fate, 1);
        shop.pays("payple", "layer", "callback_never").await;
    }
    strangers::an_unknown_sender(shop).await;
    strangers::bad_input(shop).await;
    strangers::odd_addresses(shop).await;
    keys
}

/// Seals, nonces, tickets, AuthKeys: of each sort there was one.
fn secrets_of_payments(taps: [&Tap; 2], net: &Net) -> Vec<String> {
    let sent = seals::sent(taps, net);
    for name in [
        "PCD_AUTH_KEY",
        "PCD_PAY_REQKEY",
        "PCD_RST_URL",
        "callback_url",
        "cancel_url",
        "custom",
        "custom_parameter",
        "return_url",
        "returnurl",
    ] {
        assert!(
            sent.contains_key(name),
            "{name} is none of {:?}",
            sent.keys()
        );
    }
    sent.into_values().flatten().collect()
}

#[tokio::test]
async fn no_canary_is_caught_in_what_is_printed_or_told() {
    let net = Net::default();
    net.listen();
    let merchant = Merchant::start();
    let (app, tap) = TestApp::tapped(birds::setup(&merchant.url)).await;
    let shop = Shop::new(&app, &net);
    let keys = a_day(&shop, &tap, &merchant).await;
    assert_eq!(net.size("panic"), 0, "nothing panicked by itself");
    let (fallen, drawn) = falls::all_fall(&net).await;
    debugs::printed(&shop).await;
    turnover::the_webhooks(&shop, &merchant).await;
    net.take("events", json!(app.events().await).to_string());

    // They were all in the air.
    let sent = tap.everything_sent();
    for canary in [
        MERCHANT_KEY,
        REFUND_KEY,
        birds::PAYMENT_KEY,
        birds::SEARCH_KEY,
        birds::NAVER_PAYMENT_KEY,
        birds::NAVER_SEARCH_KEY,
        birds::GLOBAL_KEY,
        birds::EMAIL,
        birds::PHONE,
        birds::NAME,
        &birds::RECEIPT_PHONE.replace('-', ""),
    ]
    .into_iter()
    .chain(keys.iter().map(String::as_str))
    {
        assert!(sent.contains(canary), "{canary} was never sent");
    }
    // What is sent, is sent with the present keys.
    for old in [birds::OLD_PAYMENT_KEY, birds::OLD_GLOBAL_KEY] {
        assert!(!sent.contains(old), "{old} was sent");
    }
    for (place, least) in [
        ("log", 10_000),
        ("refusal", 1_000),
        ("answer", 1_000),
        ("events", 1_000),
        ("webhook", 10_000),
        ("hook", 100),
        ("page: result", 500),
        ("page: status", 2_000),
        ("opening", 5_000),
        ("merchant: order", 10_000),
        ("panic", 300),
        ("Debug", 5_000),
    ] {
        let size = net.size(place);
        assert!(size > least, "{place}: {size} bytes");
    }

    let mut canaries = birds::known();
    canaries.extend(keys.into_iter().map(|key| (Kind::Key, key.into_bytes())));
    let secrets = secrets_of_payments([&tap, &fallen], &net).into_iter();
    let secrets = secrets.chain(drawn).chain(shop.drawn());
    canaries.extend(secrets.map(|text| (Kind::Session, text.into_bytes())));
    canaries.sort_by(|one, other| one.1.cmp(&other.1));
    canaries.dedup_by(|one, other| one.1 == other.1);
    let texts: Vec<&[u8]> = canaries.iter().map(|(_, text)| text.as_slice()).collect();
    let mut hits = net.search(&texts);
    hits.retain(|hit| {
        let excepted = canaries[hit.canary].0.may_stand_in();
        excepted.iter().all(|start| !hit.place.starts_with(start))
    });
    let told = |hit: &Hit| {
        let text = String::from_utf8_lossy(texts[hit.canary]);
        format!("{text} in {}: ..{}", hit.place, hit.before)
    };
    let caught: Vec<_> = hits.iter().map(told).collect();
    assert!(caught.is_empty(), "{caught:#?}");

    // The control: the net has no holes.
    for canary in [birds::SOURCE_TOKEN, birds::CARD, TOKEN, birds::SEARCH_KEY] {
        assert_eq!(net.caught(canary), 0);
    }
    tracing::trace!(token = birds::SOURCE_TOKEN, "planted");
    assert_eq!(net.caught(birds::SOURCE_TOKEN), 1);
    let planted = std::thread::spawn(|| panic!("planted: {}", birds::CARD));
    assert!(planted.join().is_err());
    assert_eq!(net.caught(birds::CARD), 1);
    net.take("answer", TOKEN.replace('-', "%2D"));
    assert_eq!(net.caught(TOKEN), 1);
    tracing::warn!(key = ?birds::SEARCH_KEY.as_bytes(), "planted");
    assert_eq!(net.caught(birds::SEARCH_KEY), 1);
}
