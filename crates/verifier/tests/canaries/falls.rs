//! The merchant's own code and the network fall over, in the middle of it and with everything in their hands, and print what they have.
//! Nothing of it is anybody's secret, and the server goes on.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use paypair_ledger::{HookError, HookTx, Published};
use paypair_verifier::{
    ApiError, Expected, ExpectedOrder, OrderQuestion, OrderSource, Sending, WebhookAnswer,
    WebhookCall, WebhookSender,
};
use serde_json::{Value, json};

use super::{
    birds::{self, CARD, EMAIL, NAME, PHONE},
    net::Net,
    shop::{Shop, from_here},
};
use crate::common::{Fate, Handback, Tap, TestApp};

/// Falls the first time.
#[derive(Default)]
struct Once(AtomicBool);

impl Once {
    fn more(&self, over: &dyn std::fmt::Debug) {
        assert!(self.0.swap(true, Relaxed), "nobody can take {over:?}");
    }
}

struct Source(Once);

impl OrderSource for Source {
    fn expected(&self, question: OrderQuestion) -> Expected<'_> {
        Box::pin(async move {
            self.0.more(&question);
            match question.order_id.as_deref() {
                Some("old-2") => Ok(ExpectedOrder {
                    order_id: None,
                    amount: Some(json!(1000)),
                    product_name: None,
                    customer_id: None,
                }),
                _ => Err(ApiError::OrderUnknown),
            }
        })
    }
}

struct Carrier(Once, Net);

impl WebhookSender for Carrier {
    fn send(&self, call: WebhookCall) -> Sending<'_> {
        Box::pin(async move {
            self.0.more(&call);
            let said = format!("{:?} {}", call.headers, call.body);
            self.1.take("webhook by another way", said);
            Ok(WebhookAnswer {
                status: 204,
                retry_after: None,
            })
        })
    }
}

/// Gives what is to be searched for of this shop.
pub(crate) async fn all_fall(net: &Net) -> (Tap, Vec<String>) {
    let mut setup = birds::setup("http://127.0.0.1:9");
    let configure = setup.config;
    setup.config = Box::new(|config| {
        configure(config);
        config.order_source = None;
    });
    let (app, tap) = TestApp::tapped(setup).await;
    let once = Once::default();
    let taken = net.clone();
    let hook = move |event: &Published, _: &HookTx<'_>| -> Result<(), HookError> {
        once.more(event);
        taken.take("hook", format!("{event:?}"));
        Ok(())
    };
    let verifier = app.verifier.clone();
    let carrier = Carrier(Once::default(), net.clone());
    let _ = verifier
        .with_order_source(Source(Once::default()))
        .with_webhook_sender(carrier)
        .with_hook(hook);
    let shop = Shop::new(&app, net);

    let before = net.count("panic", "nobody can take");
    old_page(&shop, 500).await;
    assert_eq!(net.count("panic", "nobody can take OrderQuestion"), 1);
    old_page(&shop, 200).await;

    the_network_falls(&shop, &tap).await;
    app.until("hook and sender fell", async || {
        net.count("panic", "nobody can take") == before + 3
    })
    .await;
    // Again by the schedule, and the next one too.
    app.advance(3600).await;
    shop.pays("payple", "layer", "callback_never").await;
    let events = app.events().await.len();
    app.until("hook and sender go on", async || {
        let (hook, webhooks) = (net.count("hook", ""), net.count("webhook by", ""));
        hook >= events && webhooks >= events
    })
    .await;
    let drawn = shop.drawn();
    (tap, drawn)
}

async fn old_page(shop: &Shop<'_>, status: u16) {
    let fields = json!({
        "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": "CERT", "PCD_CARD_VER": "02", "PCD_PAY_OID": "old-2", "PCD_PAYER_NO": 1001,
        "PCD_PAYER_NAME": NAME, "PCD_PAYER_HP": PHONE, "PCD_PAYER_EMAIL": EMAIL, "PCD_RST_URL": "/old_result",
    });
    let request = from_here("POST", "/payple/auth")
        .with_header("origin", &shop.app.shop)
        .with_body(json!({ "fields": fields }).to_string());
    let answer = shop.app.handle(request).await;
    assert_eq!(answer.status, status);
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    let place = if status == 200 { "opening" } else { "refusal" };
    shop.net.take(place, said);
}

/// The money moved, and whoever carried the call died of it: nobody knows, and then it is looked up.
async fn the_network_falls(shop: &Shop<'_>, tap: &Tap) {
    let app = shop.app;
    let customer = json!({ "id": "1001", "name": NAME, "phone": PHONE, "email": EMAIL });
    let page = app.order("payple", json!({ "customer": customer })).await;
    let prepared = page.prepare("layer").await;
    let typed = [
        ("card_number", CARD),
        ("card_month", "12"),
        ("card_year", "39"),
    ];
    let Handback::Message(fields) = app.press_typing(&prepared["launch"], "pay", &typed).await
    else {
        panic!("a layer answers by message");
    };
    tap.befall("Confirm", Fate::Panics, 1);
    let (_, told) = page.post("result", json!({ "fields": fields })).await;
    shop.net.take("page: result", told.to_string());
    assert_eq!(told["status"], "pending", "{told}");
    assert_eq!(shop.net.count("panic", "nobody can carry"), 1);
    shop.order(&page.order_id).await;
    app.advance(150).await;
    let paid: Value = app.comes_to(&page.order_id, "paid").await;
    shop.net.take("merchant: outcome", paid.to_string());
    shop.status(&page).await;
}
