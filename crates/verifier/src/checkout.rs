//! What a page does: prepare a payment, hand in a result, say that the window closed, ask how it stands.

use std::time::Duration;

use paypair_ledger::{
    Attempt, Begun, Digest, Event, Layout, NewAttempt, Order, OrderView, Reason, State, Store,
};
use paypair_protocol::{Gateway, wire::Fields};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier,
    doors::{Ask, draw_ticket, same_secret},
    environment::Environment,
    launch::{Device, Launch, Prepared, Wish},
    merchant::PaymentOptions,
    merchant::body,
    network::Network,
    payple::Heard,
};

/// The header that opens one order.
const CLIENT_SECRET: &str = "paypair-client-secret";

/// Until when the gateway must have answered our request.
const REQUEST_LIFE: Duration = Duration::from_secs(60);

/// The longest a status question waits.
const LONGEST_WAIT: u64 = 25;

/// How long a closed window's return, and a lookup already running, may take.
const CLOSING_GRACE: Duration = Duration::from_secs(2);

/// The most windows an order is given. A buyer who tries one card after the other needs a few; each costs a call to the gateway and
/// rows that stay.
const MOST_ATTEMPTS: usize = 50;

/// What a page is to open, or why it is not.
pub(crate) enum Opening {
    /// This window.
    Window(Box<Attempt>, Launch),
    /// Nothing: paid, or money may be moving.
    Nothing,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The order a page's secret opens. A wrong secret and an unknown order look the same.
    pub(crate) async fn opened(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<OrderView, ApiError> {
        let secret = request
            .header(CLIENT_SECRET)
            .ok_or(ApiError::Unauthorized)?;
        let view = self
            .store()
            .order(id)
            .await?
            .ok_or(ApiError::Unauthorized)?;
        let (given, known) = (Digest::of(secret), view.order.client_secret);
        if same_secret(given.as_bytes(), known.as_bytes()) {
            Ok(view)
        } else {
            Err(ApiError::Unauthorized)
        }
    }

    /// `POST /orders/{id}/prepare`
    pub(crate) async fn prepare(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        #[derive(Deserialize)]
        struct Ask {
            layout: Layout,
            #[serde(default)]
            device: Device,
            #[serde(default)]
            fields: Map<String, Value>,
        }
        let view = self.opened(id, request).await?;
        self.may_open(&view, request)?;
        let ask: Ask = body(request)?;
        let wish = Wish {
            layout: ask.layout,
            device: ask.device,
            fields: texts(ask.fields),
            may_name_card: false,
        };
        let answer = match self.open_window(&view.order, &wish).await? {
            Opening::Window(attempt, launch) => show_launch(&attempt, &launch),
            Opening::Nothing => {
                let outcome = self.outcome_within(id, Duration::ZERO, |_| true).await?;
                json!({ "orderId": id, "outcome": outcome })
            }
        };
        Ok(RawResponse::json(200, &answer))
    }

    /// May a page ask for one more window? An old page's order has no end of them, or a stranger could use them up: those are counted
    /// instead.
    pub(crate) fn may_open(&self, view: &OrderView, request: &RawRequest) -> Result<(), ApiError> {
        self.hear_page(&view.order, Ask::Window, self.caller(request))?;
        let is_over = |attempt: &Attempt| {
            let is_open = matches!(attempt.state, State::Created | State::Requested);
            attempt.leaves_room() || (is_open && attempt.expires_at <= self.now())
        };
        // A window that is open may be shown again.
        let wants_another =
            view.attempts.len() >= MOST_ATTEMPTS && view.attempts.iter().all(is_over);
        if wants_another && !self.is_drop_in(&view.order) {
            return Err(ApiError::NotNow);
        }
        Ok(())
    }

    /// Begins an attempt and asks the gateway for its window; or gives the window of the attempt that lives.
    pub(crate) async fn open_window(
        &self,
        order: &Order,
        wish: &Wish,
    ) -> Result<Opening, ApiError> {
        if PaymentOptions::are_unreadable(order) {
            return Err(ApiError::OptionsUnreadable);
        }
        let nonce = draw_ticket(self.environment(), "");
        let new = NewAttempt {
            nonce: Digest::of(&nonce),
            channel: draw_ticket(self.environment(), "pp-"),
            ticket: draw_ticket(self.environment(), ""),
            layout: wish.layout,
            order_id_size: order.gateway.order_id_max(),
            expires_at: self.now().after(REQUEST_LIFE),
        };
        let attempt = match self.store().begin(&order.id, new, self.now()).await? {
            Begun::New(attempt) => return self.ask_for_window(attempt, wish, &nonce).await,
            Begun::Live(attempt) => attempt,
            Begun::Settled(_) => return Ok(Opening::Nothing),
        };
        // Somebody else's click is asking the gateway just now: wait for what it gets.
        let attempt = if attempt.state == State::Created {
            let settled = |view: &OrderView| {
                let same = |other: &&Attempt| other.no == attempt.no;
                view.attempts
                    .iter()
                    .find(same)
                    .is_some_and(|a| a.state != State::Created)
            };
            self.outcome_within(&order.id, self.config().patience(), settled)
                .await?;
            self.store()
                .attempt(attempt.key())
                .await?
                .ok_or(ApiError::Internal)?
        } else {
            attempt
        };
        match (attempt.state, Launch::read(attempt.launch.as_ref())) {
            (State::Requested, Some(launch)) => Ok(Opening::Window(Box::new(attempt), launch)),
            (State::Created, _) => Err(ApiError::GatewayDown),
            _ => Ok(Opening::Nothing),
        }
    }

    async fn ask_for_window(
        &self,
        attempt: Attempt,
        wish: &Wish,
        nonce: &str,
    ) -> Result<Opening, ApiError> {
        let prepared = match attempt.order.gateway {
            Gateway::Payple => self.payple_prepare(&attempt, wish, nonce).await,
            Gateway::Payletter => self.payletter_prepare(&attempt, wish, nonce).await,
            Gateway::PayletterGlobal => self.global_prepare(&attempt, wish, nonce).await,
        };
        match prepared {
            Ok(Prepared {
                launch,
                session,
                expires_at,
            }) => {
                let event = Event::Requested {
                    launch: launch.to_secret(),
                    session,
                    expires_at,
                };
                let applied = self.record(attempt.key(), event).await?;
                Ok(Opening::Window(Box::new(applied.attempt), launch))
            }
            Err(error) => {
                let reason = match &error {
                    ApiError::GatewayRefused { code, message } => {
                        Reason::new("gateway_refused").said(code.as_str(), message.as_str())
                    }
                    other => Reason::new(other.code()),
                };
                self.quietly(&attempt, Event::RequestFailed { reason })
                    .await?;
                Err(error)
            }
        }
    }

    /// `POST /orders/{id}/result`: Payple's message, handed in by the page that got it.
    pub(crate) async fn payple_result(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let view = self.opened(id, request).await?;
        if view.order.gateway != Gateway::Payple {
            return Err(ApiError::NotFound);
        }
        let sent = Fields::from_json(&request.body).map_err(|_| ApiError::BodyUnreadable)?;
        let fields = sent.object("fields").ok_or(ApiError::BodyUnreadable)?;
        let named = fields.text(paypair_protocol::payple::keys::ORDER_ID);
        let attempt = view
            .attempts
            .iter()
            .find(|attempt| named.as_deref() == Some(attempt.gateway_order_id.as_str()))
            .or_else(|| view.leading());
        let heard = match attempt {
            Some(attempt) => {
                self.payple_take(attempt, fields, self.caller(request))
                    .await?
            }
            None => Heard::Refused,
        };
        Ok(RawResponse::json(
            200,
            &self.outcome_after(heard, id).await?,
        ))
    }

    /// `POST /orders/{id}/closed`: the buyer's window is gone. What that means is asked of the gateway.
    pub(crate) async fn closed(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let view = self.opened(id, request).await?;
        let Some(attempt) = view.leading() else {
            return Ok(RawResponse::json(200, &Outcome::of(&view)));
        };
        if attempt.layout != Layout::Layer {
            // A window also closes because its work is done, and its return may be on the way; or a COOP header made it look closed.
            let moved = |view: &OrderView| {
                view.leading()
                    .is_none_or(|now| now.version != attempt.version)
            };
            self.outcome_within(id, CLOSING_GRACE, moved).await?;
        }
        self.quietly(attempt, Event::WindowClosed).await?;
        self.look_up_for_page(attempt, self.caller(request)).await;
        Ok(RawResponse::json(
            200,
            &self.outcome_within(id, CLOSING_GRACE, |_| false).await?,
        ))
    }

    /// `GET /orders/{id}/status?wait=`
    pub(crate) async fn status(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let view = self.opened(id, request).await?;
        let wait = request
            .query("wait")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let known = view.status();
        let wait = Duration::from_secs(u64::min(wait, LONGEST_WAIT));
        let outcome = self
            .outcome_within(id, wait, |view| view.status() != known)
            .await?;
        Ok(RawResponse::json(200, &outcome))
    }

    /// `POST /orders/{id}/launch`
    pub(crate) async fn launch_url(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let view = self.opened(id, request).await?;
        Ok(RawResponse::json(
            200,
            &json!({ "launchUrl": self.launch_link(&view.order) }),
        ))
    }

    /// Would the gateway take this order? Asked at registration.
    pub(crate) fn check_with_gateway(&self, order: &Order) -> Result<(), ApiError> {
        match order.gateway {
            Gateway::Payple => self.payple_check(order),
            Gateway::Payletter => self.payletter_check(order),
            Gateway::PayletterGlobal => self.global_check(order),
        }
    }
}

/// The answer to a prepare.
pub(crate) fn show_launch(attempt: &Attempt, launch: &Launch) -> Value {
    let mut opening = json!({ "kind": launch.kind(), "url": launch.url });
    if !launch.fields.is_empty() {
        opening["fields"] = json!(launch.fields);
    }
    json!({
        "orderId": attempt.order.id,
        "attempt": attempt.no,
        "layout": attempt.layout,
        "launch": opening,
        "messageOrigin": launch.message_origin,
        "channel": attempt.channel,
        "expiresAt": attempt.expires_at,
    })
}

/// The texts, numbers and booleans of a page's fields; a page's functions and nulls are nothing to send.
pub(crate) fn texts(fields: Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    fields
        .into_iter()
        .filter_map(|(name, value)| Some((name, text(value)?)))
        .collect()
}
