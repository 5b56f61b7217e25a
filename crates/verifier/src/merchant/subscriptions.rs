//! Subscriptions that the gateway charges by itself: one order begins one, each further payment is an order that renews it.

use std::pin::pin;

use futures_util::future::{Either, select};
use paypair_ledger::{Attempt, BillingKey, BillingKeyState, Event, HeldKey, OrderView, Store};
use serde::Serialize;

use super::{
    options::{PaymentOptions, SubscriptionInterval},
    reading::reason_of,
};
use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier, environment::Environment,
    network::Network,
};

/// A subscription, with every payment made for it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// The order that began it.
    pub order_id: String,
    /// Where it stands.
    pub state: SubscriptionState,
    /// The key that PayPal charges with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_key_id: Option<String>,
    /// How much each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// In which currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What a period is counted in.
    pub interval: SubscriptionInterval,
    /// How many of them a period lasts.
    pub every: u16,
    /// How many payments in all; 0 has no end.
    pub cycles: u16,
    /// The payments, the first one first.
    pub payments: Vec<Outcome>,
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// The buyer has not agreed to it, or nobody told us yet.
    None,
    /// The gateway charges it.
    Active,
    /// Our cancellation is on its way.
    Cancelling,
    /// It is ended.
    Cancelled,
    /// Our cancellation may have happened.
    InDoubt,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// A subscription, by the order that began it.
    pub async fn subscription(&self, order_id: &str) -> Result<Subscription, ApiError> {
        let origin = self.known_order(order_id).await?;
        let options = PaymentOptions::of(&origin.order);
        // A renewal has the options of its origin, and begins nothing.
        let asked = options
            .subscription
            .filter(|_| origin.order.renews.is_none());
        let terms = asked.ok_or(ApiError::NotOffered)?;
        let held = leading(&origin);
        let renewals = self.store().renewals(order_id).await?;
        let money = origin.order.money;
        Ok(Subscription {
            order_id: origin.order.id.clone(),
            state: held.map_or(SubscriptionState::None, |held| match held.state {
                BillingKeyState::Active => SubscriptionState::Active,
                BillingKeyState::Deleting => SubscriptionState::Cancelling,
                BillingKeyState::Deleted => SubscriptionState::Cancelled,
                BillingKeyState::InDoubt => SubscriptionState::InDoubt,
            }),
            billing_key_id: held.map(|held| BillingKey::id_of(held.digest)),
            amount: money.map(|money| money.to_wire()),
            currency: money.map(|money| money.currency.as_str().to_owned()),
            interval: terms.interval,
            every: terms.every,
            cycles: terms.cycles,
            payments: [&origin]
                .into_iter()
                .chain(&renewals)
                .map(Outcome::for_merchant)
                .collect(),
        })
    }

    /// Ends a subscription, every agreement that was made for it: the gateway charges no more. Ending one that is ended does nothing.
    pub async fn cancel_subscription(
        &self,
        order_id: &str,
        why: &str,
    ) -> Result<Subscription, ApiError> {
        // Of another order, that is what there is to say.
        self.subscription(order_id).await?;
        let origin = self.known_order(order_id).await?;
        leading(&origin).ok_or(ApiError::NotNow)?;
        let why: String = why.chars().take(200).collect();
        let mut refused = None;
        for attempt in origin.attempts.iter().filter(|it| holds(it, is_active)) {
            let why = why.clone();
            let asked = Event::BillingKeyDeleteAsked { why };
            // One that cannot be ended keeps none of the others.
            if let Err(error) = self.record(attempt.key(), asked).await {
                refused = Some(error);
            }
        }
        let settled = self.settled_subscription(order_id).await?;
        match refused {
            // Somebody else may have been faster.
            Some(error) if settled.state == SubscriptionState::Active => Err(error.into()),
            _ => Ok(settled),
        }
    }

    /// The subscription once its cancellation came to something, or as it stands when patience ends.
    async fn settled_subscription(&self, order_id: &str) -> Result<Subscription, ApiError> {
        let mut time_up = pin!(self.environment().sleep(self.config().patience()));
        let mut watch = self.store().watch(order_id);
        loop {
            let origin = self.known_order(order_id).await?;
            let subscription = self.subscription(order_id).await?;
            if !origin.attempts.iter().any(|it| holds(it, is_ending)) {
                return Ok(subscription);
            }
            let change = pin!(watch.changed());
            if let Either::Left(_) = select(time_up.as_mut(), change).await {
                return Ok(subscription);
            }
        }
    }

    /// `GET /subscriptions/{orderId}`
    pub(crate) async fn show_subscription(
        &self,
        id: &str,
        _request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        Ok(RawResponse::json(200, &self.subscription(id).await?))
    }

    /// `POST /subscriptions/{orderId}/cancel`
    pub(crate) async fn cancel_subscription_of(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let why = reason_of(request)?;
        let subscription = self.cancel_subscription(id, &why).await?;
        Ok(RawResponse::json(200, &subscription))
    }
}

/// The key that says where the subscription stands. A buyer may have agreed in more than one window: it goes on as long as any of
/// them does.
fn leading(origin: &OrderView) -> Option<&HeldKey> {
    let held = origin.attempts.iter();
    let held = held.filter_map(|attempt| attempt.billing_key.as_ref());
    held.max_by_key(|held| match held.state {
        BillingKeyState::Active => 3,
        BillingKeyState::Deleting => 2,
        BillingKeyState::InDoubt => 1,
        BillingKeyState::Deleted => 0,
    })
}

fn holds(attempt: &Attempt, is_so: fn(BillingKeyState) -> bool) -> bool {
    let held = attempt.billing_key.as_ref();
    held.is_some_and(|held| is_so(held.state))
}

fn is_active(state: BillingKeyState) -> bool {
    state == BillingKeyState::Active
}

fn is_ending(state: BillingKeyState) -> bool {
    state == BillingKeyState::Deleting
}
