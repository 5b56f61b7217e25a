//! The drop-in's verified mode: an old page's object comes in, the merchant says what it costs, the window's fields go out.

use paypair_ledger::{Attempt, Digest, Layout, Order, Registered, Store};
use paypair_protocol::{Gateway, Work};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    ApiError, NewOrder, OrderQuestion, Outcome, RawRequest, RawResponse, Verifier,
    checkout::{Opening, texts},
    doors::{Ask, origin_of},
    environment::Environment,
    fault::FieldFault,
    landing::OLD_RESULT_URL,
    launch::{Device, Launch, Wish},
    merchant::{NewCustomer, PaymentOptions, body},
    network::Network,
    pages::harden,
};

/// About the buyer: from this request's page only, never from what an earlier page sent for the same order.
const PERSONAL: [&str; 4] = [
    "PCD_PAYER_NAME",
    "PCD_PAYER_HP",
    "PCD_PAYER_EMAIL",
    "PCD_PAYER_ID",
];

/// What we decide, not the page.
const OURS: [&str; 8] = [
    "PCD_PAY_OID",
    "PCD_PAY_TOTAL",
    "PCD_PAY_WORK",
    "PCD_PAY_TYPE",
    "PCD_CARD_VER",
    "PCD_PAY_GOODS",
    "PCD_PAYER_NO",
    "PCD_RST_URL",
];

/// The fields of an old page.
struct PageFields(Vec<(String, String)>);

impl PageFields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(have, value)| have == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// An absolute result URL means "the whole page goes there".
    fn result_url(&self) -> Option<Url> {
        Url::parse(self.get(OLD_RESULT_URL)?).ok()
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// `POST /payple/auth`
    pub(crate) async fn drop_in_auth(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        #[derive(Deserialize)]
        struct Sent {
            fields: Map<String, Value>,
        }
        self.hear(Ask::Window, self.caller(request))?;
        let sent: Sent = body(request)?;
        let page = PageFields(texts(sent.fields));
        let (order, secret) = self.drop_in_order(&page).await?;
        let wish = Wish {
            layout: if page.result_url().is_some() {
                Layout::Redirect
            } else {
                Layout::Layer
            },
            device: Device::Desktop,
            fields: decorations(&page),
            may_name_card: true,
        };
        let answer = match self.open_window(&order, &wish).await? {
            Opening::Window(attempt, launch) => answer(&attempt, &launch, &page, &secret),
            Opening::Nothing => {
                let outcome = self
                    .outcome(&order.id)
                    .await?
                    .map(Outcome::without_particulars);
                json!({ "result": "error", "result_msg": "이미 처리된 주문입니다.", "orderId": order.id, "outcome": outcome })
            }
        };
        Ok(RawResponse::json(200, &answer))
    }

    /// The order as the merchant knows it, registered. The page names it; what it costs is asked of the order source.
    async fn drop_in_order(&self, page: &PageFields) -> Result<(Order, String), ApiError> {
        let source = self.source().ok_or(ApiError::OrderUnknown)?;
        let question = OrderQuestion {
            order_id: page.get("PCD_PAY_OID").map(ToOwned::to_owned),
            fields: page
                .0
                .iter()
                .filter(|(name, _)| name.starts_with("PCD_"))
                .cloned()
                .collect(),
        };
        let asked = question.order_id.clone();
        let expected = source.expected(question).await?;
        let amount = match expected.amount {
            Some(Value::String(text)) => Some(text),
            Some(Value::Number(number)) if number.is_u64() => Some(number.to_string()),
            None | Some(Value::Null) => None,
            Some(_) => return Err(ApiError::OrderSourceDown),
        };
        let word = |name| page.get(name).map(str::parse).and_then(Result::ok);
        let work = page
            .get("PCD_PAY_WORK")
            .and_then(|word| word.parse::<Work>().ok());
        let text = |name| page.get(name).map(ToOwned::to_owned);
        let new = NewOrder {
            order_id: expected.order_id.or(asked),
            gateway: Gateway::Payple,
            method: text("PCD_PAY_TYPE").unwrap_or_else(|| "card".to_owned()),
            amount: amount.filter(|_| work != Some(Work::Register)),
            work,
            card_flow: word("PCD_CARD_VER"),
            currency: None,
            product_name: expected
                .product_name
                .or_else(|| text("PCD_PAY_GOODS"))
                .unwrap_or_else(|| "-".to_owned()),
            customer: NewCustomer {
                id: expected
                    .customer_id
                    .or_else(|| text("PCD_PAYER_NO"))
                    .unwrap_or_else(|| "0".to_owned()),
                ..NewCustomer::default()
            },
            return_page: None,
            options: PaymentOptions::default(),
        };
        let mut order = self.order_of(new)?;
        // A registered card is shown in no other customer's window. One that we never saw may be of before our time.
        if let Some(card) = page.get("PCD_PAYER_ID")
            && self.is_key_of_another(Digest::of(card), &order).await?
        {
            return Err(ApiError::field_fault(FieldFault::invalid(
                "PCD_PAYER_ID",
                "이 고객이 등록한 카드의 키를 넣어 주세요",
                "name a card that this customer registered",
            )));
        }
        if let Some(url) = page.result_url() {
            // The re-post goes to pages of this shop only; anything else would be an open redirect with a payment in it.
            if !self.config().allowed_origins.contains(&origin_of(&url)) {
                return Err(ApiError::field_fault(FieldFault::invalid(
                    "PCD_RST_URL",
                    "허용된 출처의 페이지 주소를 넣어 주세요",
                    "name a page of an allowed origin",
                )));
            }
            order.extra.insert(OLD_RESULT_URL.to_owned(), url.into());
        }
        if let Some(seed) = order.seed {
            order.client_secret = Digest::of(Self::new_drop_in_secret(&order.id, seed));
        }
        let (Registered::New(order) | Registered::Same(order)) =
            self.store().register(order).await?;
        match self.drop_in_secret(&order) {
            Some(secret) => Ok((order, secret)),
            // The merchant's server registered it and holds its secret; a page that only knows its id has no part in it.
            None => Err(ApiError::OrderExists),
        }
    }

    /// `GET /cpay.js`
    pub(crate) fn drop_in_script(&self) -> Result<RawResponse, ApiError> {
        let script = self.cpay_js().ok_or(ApiError::NotFound)?;
        Ok(harden(RawResponse::new(
            200,
            "text/javascript; charset=utf-8",
            script,
        ))
        .with_header("cache-control", "public, max-age=3600"))
    }
}

/// What the page may add to the window.
fn decorations(page: &PageFields) -> Vec<(String, String)> {
    page.0
        .iter()
        .filter(|(name, _)| {
            let name = name.as_str();
            name.starts_with("PCD_") && !OURS.contains(&name) && !PERSONAL.contains(&name)
        })
        .cloned()
        .collect()
}

fn answer(attempt: &Attempt, launch: &Launch, page: &PageFields, secret: &str) -> Value {
    let mut fields = launch.fields.clone();
    for name in PERSONAL {
        if let Some(value) = page.get(name) {
            fields.retain(|(have, _)| have != name);
            fields.push((name.to_owned(), value.to_owned()));
        }
    }
    json!({
        "result": "success",
        "returnUrl": launch.url,
        "fields": fields,
        "messageOrigin": launch.message_origin,
        "orderId": attempt.order.id,
        "attempt": attempt.no,
        "clientSecret": secret,
    })
}
