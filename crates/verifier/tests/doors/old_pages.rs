//! What an old page's order is good for: whoever knows its id is given its secret, so that what it sets off is counted.

use paypair_verifier::{RawRequest, RawResponse};
use serde_json::{Value, json};

use super::{
    PriceTags,
    limits::is_a_page_of_ours,
    strangers::{BURST, MANY, OTHER, STRANGER, from},
};
use crate::common::{Fate, Handback, Setup, Tap, TestApp, keys::code};

/// An order that an old page opened, as such a page sees it.
struct OldPage<'a> {
    app: &'a TestApp<Tap>,
    /// What it was answered.
    opened: Value,
}

impl<'a> OldPage<'a> {
    async fn open(app: &'a TestApp<Tap>, work: &str) -> Self {
        Self::open_with(app, work, "/old_result").await
    }

    /// What is counted does not depend on how fast it is counted: time goes only where it is put.
    async fn open_with(app: &'a TestApp<Tap>, work: &str, result_url: &str) -> Self {
        app.clock.stop();
        let _ = app.verifier.clone().with_order_source(PriceTags);
        let fields = json!({
            "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": work, "PCD_CARD_VER": "01", "PCD_PAY_OID": "o-1", "PCD_RST_URL": result_url,
        });
        let auth = RawRequest::new("POST", "/payple/auth")
            .with_header("origin", &app.shop)
            .with_body(json!({ "fields": fields }).to_string());
        let opened = app.handle(from(STRANGER, auth)).await;
        let opened = serde_json::from_slice(&opened.body).unwrap();
        Self { app, opened }
    }

    /// A field of the window that was opened.
    fn field(&self, name: &str) -> String {
        let fields: Vec<(String, String)> =
            serde_json::from_value(self.opened["fields"].clone()).unwrap();
        let found = fields.into_iter().find(|(field, _)| field == name);
        found.unwrap().1
    }

    /// Presses the window's button, and gives what it ends with.
    async fn press(&self) -> Handback {
        let window = json!({ "kind": "post", "url": self.opened["returnUrl"], "fields": self.opened["fields"] });
        self.app.press(&window, "pay").await
    }

    fn request(&self, what: &str, body: &Value) -> RawRequest {
        let request = RawRequest::new("POST", &format!("/orders/o-1/{what}"))
            .with_header("origin", &self.app.shop)
            .with_header(
                "paypair-client-secret",
                self.opened["clientSecret"].as_str().unwrap(),
            )
            .with_body(body.to_string());
        from(STRANGER, request)
    }

    async fn post(&self, what: &str, body: Value) -> RawResponse {
        self.app.handle(self.request(what, &body)).await
    }

    /// Says that the window was closed, so that another one may be opened.
    async fn end(&self) {
        let closed = json!({ "fields": { "PCD_PAY_RST": "close" } });
        assert_eq!(self.post("result", closed).await.status, 200);
    }

    /// Ends each window and asks for the next, until that is too much: how many were had.
    async fn windows(&self, next: impl Fn() -> RawRequest) -> usize {
        for had in 0..2 * MANY {
            self.end().await;
            match self.app.handle(next()).await.status {
                200 => {}
                429 => return had,
                status => panic!("{status}"),
            }
        }
        panic!("it is never too much");
    }
}

/// The secret of an old page's order is anybody's, and so is its launch address.
#[tokio::test]
async fn old_pages_that_ask_for_one_window_after_the_other_are_counted() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = OldPage::open(&app, "CERT").await;
    let prepare = || page.request("prepare", &json!({ "layout": "layer" }));
    // One was counted when the page asked for the order.
    assert_eq!(page.windows(prepare).await, BURST - 1);

    let link = page.post("launch", json!({})).await;
    let link: Value = serde_json::from_slice(&link.body).unwrap();
    let link = link["launchUrl"].as_str().unwrap().to_owned();
    let path = link.strip_prefix(&format!("{}/pay", app.shop)).unwrap();
    let start = || from(STRANGER, RawRequest::new("POST", path));
    let before = tap.sent("auth.php").len();
    assert_eq!(page.windows(start).await, 0);
    assert_eq!(tap.sent("auth.php").len(), before);
    // Somebody else who knows no more is heard.
    assert_eq!(app.handle(from(OTHER, prepare())).await.status, 200);
    assert_eq!(app.handle(from(OTHER, start())).await.status, 200);
}

/// So many windows one order has, if its secret is the buyer's alone.
const WINDOWS: usize = 50;

#[tokio::test]
async fn one_order_opens_only_so_many_windows() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = app.order("payple", json!({})).await;
    let close = || page.post("result", json!({ "fields": { "PCD_PAY_RST": "close" } }));
    for nth in 0..WINDOWS {
        assert_eq!(page.prepare("layer").await["attempt"], nth + 1);
        // The window that is open may be asked for again.
        assert_eq!(page.prepare("layer").await["attempt"], nth + 1);
        assert_eq!(close().await.1["status"], "cancelled");
    }
    let (status, told) = page.post("prepare", json!({ "layout": "layer" })).await;
    assert_eq!((status, &*code(&told)), (409, "not_now"));
    let (status, _, _) = app.post_form(&page.launch_url, &[]).await;
    assert_eq!(status, 409);
    assert_eq!(tap.sent("auth.php").len(), WINDOWS);
    // Others are open, and this one still tells how it stands.
    app.order("payple", json!({})).await.prepare("layer").await;
    assert_eq!(page.status(0).await["status"], "cancelled");
}

/// How often the gateway was asked about a payment.
fn lookups(tap: &Tap) -> usize {
    tap.sent("PayChkAct").len()
}

/// How often it was asked about a card.
fn payers(tap: &Tap) -> usize {
    tap.sent("ACT_=PUSERINFO").len()
}

#[tokio::test]
async fn results_that_do_not_fit_are_not_looked_up_each_time() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = OldPage::open(&app, "PAY").await;
    let strange = || {
        page.post(
            "result",
            json!({ "fields": { "PCD_PAY_RST": "error", "PCD_PAY_OID": "another" } }),
        )
    };
    for _ in 0..MANY {
        assert_eq!(strange().await.status, 200, "it is told how it stands");
    }
    // One was counted when the page asked for the order.
    assert_eq!(lookups(&tap), BURST - 1);
    // The first result that ends an attempt is asked about all the same: there may have been a payment. Further ones are not.
    for _ in 0..MANY {
        page.end().await;
    }
    assert_eq!(lookups(&tap), BURST);
    // Before the schedule looks.
    app.advance(4).await;
    let before = lookups(&tap);
    assert_eq!(strange().await.status, 200);
    assert_eq!(lookups(&tap), before + 1, "now it was");
}

/// A whole-page return is known to whoever opened its window.
#[tokio::test]
async fn returns_that_do_not_fit_are_not_looked_up_each_time() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = OldPage::open_with(&app, "PAY", &format!("{}/old", app.shop)).await;
    let nonce = page.field("PCD_RST_URL");
    let path = nonce.strip_prefix(&format!("{}/pay", app.shop)).unwrap();
    for _ in 0..MANY {
        let back = RawRequest::new("POST", path).with_body("PCD_PAY_RST=error&PCD_PAY_OID=another");
        assert_eq!(app.handle(from(STRANGER, back)).await.status, 200);
    }
    assert_eq!(lookups(&tap), BURST - 1);
}

#[tokio::test]
async fn a_card_is_asked_about_only_so_often() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = OldPage::open(&app, "AUTH").await;
    let Handback::Message(fields) = page.press().await else {
        panic!("a layer answers by message");
    };
    let result = || page.post("result", json!({ "fields": fields }));
    for nth in 1..BURST {
        assert_eq!(result().await.status, 200);
        assert_eq!(payers(&tap), nth);
    }
    let refused = result().await;
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("1"))
    );
    assert_eq!(payers(&tap), BURST - 1);
    // The order's own schedule does not find a card: the page has to come again, and may.
    app.advance(5).await;
    assert_eq!(result().await.status, 200);
    assert_eq!(payers(&tap), BURST);
}

#[tokio::test]
async fn a_return_with_a_card_that_comes_too_often_is_sent_again_by_its_page() {
    let (app, tap) = TestApp::tapped(Setup::default()).await;
    let page = OldPage::open_with(&app, "AUTH", &format!("{}/old", app.shop)).await;
    let Handback::Post { url, fields } = page.press().await else {
        panic!("a whole page comes back by a form");
    };
    let path = url.strip_prefix(&format!("{}/pay", app.shop)).unwrap();
    let mut form = form_urlencoded::Serializer::new(String::new());
    let form = form.extend_pairs(&fields).finish();
    let back = || {
        app.handle(from(
            STRANGER,
            RawRequest::new("POST", path).with_body(form.clone()),
        ))
    };
    for _ in 1..BURST {
        assert_eq!(back().await.status, 200);
    }
    assert_eq!(payers(&tap), BURST - 1);
    let waits = back().await;
    assert_eq!(waits.status, 503);
    is_a_page_of_ours(&waits, &app.shop);
    let html = String::from_utf8(waits.body).unwrap();
    assert!(
        html.contains("/assets/waiting.js") && html.contains("PCD_PAYER_ID"),
        "{html}"
    );
    assert_eq!(payers(&tap), BURST - 1);
}

#[tokio::test]
async fn about_one_card_only_one_asks_at_a_time() {
    let (app, tap) = TestApp::tapped(Setup {
        patience: 1,
        ..Setup::default()
    })
    .await;
    let page = OldPage::open(&app, "AUTH").await;
    let Handback::Message(fields) = page.press().await else {
        panic!("a layer answers by message");
    };
    let result = || page.post("result", json!({ "fields": fields }));
    tap.befall("ACT_=PUSERINFO", Fate::Hang, 1);
    let mut first = Box::pin(result());
    let second = async {
        while tap.left() > 0 {
            tokio::task::yield_now().await;
        }
        // Its result is not lost: the page is asked to send it again.
        let busy = result().await;
        assert_eq!((busy.status, busy.header("retry-after")), (503, Some("1")));
        assert_eq!(payers(&tap), 0);
    };
    tokio::select! {
        answer = &mut first => panic!("{}", answer.status),
        () = second => {}
    }
}
