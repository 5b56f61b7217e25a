//! Billing keys: take one over, list, look at one, delete it. The key itself is never shown.

use std::pin::pin;

use futures_util::future::{Either, select};
use paypair_ledger::{
    Begun, BillingKey, BillingKeyState, BillingKeyView, Customer, Digest, Event, Order, Reason,
    State, Store, StoreError,
};
use paypair_protocol::{Gateway, Method, Secret, Work};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    body, is_subscription,
    reading::{order_id_fault, reason_of},
    show::show_reason,
};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, doors::draw_ticket, environment::Environment,
    failure::Failure, fault::FieldFault, network::Network,
};

/// A billing key that the merchant has from elsewhere and brings along.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdoptedKey {
    /// The merchant's id for the order it is kept under; issued when absent.
    pub order_id: Option<String>,
    /// Whose key it is.
    pub gateway: Gateway,
    /// What it charges: `card`, `creditcard`, `mobile`, `PLCreditCard`, ..
    #[serde(default)]
    pub method: String,
    /// The customer it belongs to, by the merchant's own id.
    #[serde(default)]
    pub customer_id: String,
    /// The key.
    #[serde(default)]
    pub billing_key: Secret,
}

/// A billing key as the merchant sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingKeyShown {
    /// What charges name it by.
    pub billing_key_id: String,
    /// Whose gateway.
    pub gateway: Gateway,
    /// What it charges.
    pub method: String,
    /// Whose it is.
    pub customer_id: String,
    /// The order it came of.
    pub order_id: String,
    /// `active`, `deleting`, `deleted`, `in_doubt`.
    pub state: BillingKeyState,
    /// Its card, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<Value>,
    /// When it was first seen.
    pub created_at: String,
    /// When it was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<String>,
    /// Why it stands where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Value>,
    /// The gateway deleted it too; false where a gateway offers no deletion, and only our copy is gone.
    pub deleted_at_gateway: bool,
    /// Whether the gateway knows it; only after asking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_at_gateway: Option<bool>,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The billing key with this id.
    pub async fn billing_key(&self, id: &str) -> Result<BillingKeyShown, ApiError> {
        let key = self.known_key(id).await?;
        self.show_key(&key).await
    }

    /// A customer's billing keys, deleted ones too, oldest first.
    pub async fn billing_keys_of(
        &self,
        customer_id: &str,
    ) -> Result<Vec<BillingKeyShown>, ApiError> {
        let mut shown = Vec::new();
        for key in self.store().billing_keys_of(customer_id).await? {
            shown.push(self.show_key(&key).await?);
        }
        Ok(shown)
    }

    /// The billing key with this id, after asking the gateway whether it is still there. Only Payple can be asked. One answer does
    /// not erase a key that nobody asked to delete: it is told, and the merchant decides.
    pub async fn check_billing_key(&self, id: &str) -> Result<BillingKeyShown, ApiError> {
        let key = self.known_key(id).await?;
        if key.gateway != Gateway::Payple {
            return Err(ApiError::NotOffered);
        }
        let mut seen = false;
        if key.state != BillingKeyState::Deleted {
            let attempt = self.store().attempt(key.attempt()).await?;
            let attempt = attempt.ok_or(ApiError::Internal)?;
            let event = self.payple_key_lookup(&attempt).await;
            if matches!(event, Event::BillingKeyCheckFailed { .. }) {
                return Err(ApiError::GatewayDown);
            }
            seen = matches!(event, Event::BillingKeySeen(_));
            self.quietly(&attempt, event).await?;
        }
        Ok(BillingKeyShown {
            known_at_gateway: Some(seen),
            ..self.billing_key(id).await?
        })
    }

    /// Takes over a key that the merchant has from elsewhere. Payple is asked whose it is; of the others' keys the merchant's word
    /// has to do. True if it is new to us.
    pub async fn adopt_billing_key_of(
        &self,
        new: AdoptedKey,
    ) -> Result<(bool, BillingKeyShown), ApiError> {
        let order = self.adopting_order(&new)?;
        let digest = Digest::of(new.billing_key.expose());
        let known = self
            .store()
            .billing_key_by_digest(order.gateway, &order.merchant_id, digest)
            .await?;
        if let Some(known) = known.filter(|key| key.state != BillingKeyState::Deleted) {
            if known.customer_id != order.customer.id {
                return Err(ApiError::BillingKeyOfOtherCustomer);
            }
            return Ok((false, self.show_key(&known).await?));
        }
        // Wherever it was seen first, under another client of ours say, it belongs to that customer.
        if self.is_key_of_another(digest, &order).await? {
            return Err(ApiError::BillingKeyOfOtherCustomer);
        }
        let event = match order.gateway {
            Gateway::Payple => {
                let proof = self
                    .payple_payer(new.billing_key.clone(), &order.customer.id)
                    .await?;
                Event::Sighted(proof.ok_or(ApiError::BillingKeyUnknown)?)
            }
            Gateway::Payletter | Gateway::PayletterGlobal => Event::BillingKeyAdopted {
                key: BillingKey::of(&new.billing_key),
                card: None,
            },
        };
        let shown = self.keep_adopted(order, digest, event).await?;
        Ok((true, shown))
    }

    /// Whether a key was first seen with another customer. One that we never saw is nobody's.
    pub(crate) async fn is_key_of_another(
        &self,
        key: Digest,
        order: &Order,
    ) -> Result<bool, ApiError> {
        let owner = self.store().customer_of_billing_key(key).await?;
        Ok(owner.is_some_and(|owner| owner != order.customer.id))
    }

    async fn keep_adopted(
        &self,
        order: Order,
        digest: Digest,
        event: Event,
    ) -> Result<BillingKeyShown, ApiError> {
        let (id, gateway) = (order.id.clone(), order.gateway);
        self.store().register(order).await?;
        let new = self.unopened_attempt(gateway);
        let attempt = match self.store().begin(&id, new, self.now()).await? {
            Begun::New(attempt) | Begun::Live(attempt) => attempt,
            Begun::Settled(_) => return Err(ApiError::OrderExists),
        };
        let applied = match self.record(attempt.key(), event).await {
            Ok(applied) => applied.attempt,
            Err(error) => {
                let reason = Reason::new(match &error {
                    StoreError::Refused(refused) => refused.why,
                    other => other.code(),
                });
                self.quietly(&attempt, Event::RequestFailed { reason })
                    .await?;
                return Err(error.into());
            }
        };
        if applied.state != State::Registered {
            // The gateway's proof names another customer, or the key was seen with one: a person looks at it.
            return Err(ApiError::BillingKeyOfOtherCustomer);
        }
        self.billing_key(&BillingKey::id_of(digest)).await
    }

    fn adopting_order(&self, new: &AdoptedKey) -> Result<Order, ApiError> {
        let id = new
            .order_id
            .clone()
            .unwrap_or_else(|| self.issue_order_id());
        let mut faults: Vec<FieldFault> = order_id_fault(new.gateway, &id).into_iter().collect();
        for (field, text) in [
            ("method", new.method.as_str()),
            ("customerId", &new.customer_id),
            ("billingKey", new.billing_key.expose()),
        ] {
            if text.trim().is_empty() {
                faults.push(FieldFault::missing(field));
            }
        }
        ApiError::unless_fine(faults)?;
        Ok(Order {
            id,
            gateway: new.gateway,
            merchant_id: self.merchant_id(new.gateway, &new.method)?,
            method: Method::new(new.method.as_str()),
            work: Work::Register,
            card_flow: None,
            money: None,
            product_name: "billing key".to_owned(),
            customer: Customer {
                id: new.customer_id.clone(),
                ..Customer::default()
            },
            charge: None,
            renews: None,
            extra: Default::default(),
            result_page: None,
            // Nobody holds it: an adopted key has no page.
            client_secret: Digest::of(draw_ticket(self.environment(), "cs_")),
            seed: None,
            created_at: self.now(),
        })
    }

    /// Deletes a billing key: at the gateway where it offers that (Payple's cards, PayPal's subscriptions), and our copy always.
    /// A key that is deleted already is answered as it stands.
    pub async fn delete_billing_key_of(
        &self,
        id: &str,
        why: &str,
    ) -> Result<BillingKeyShown, ApiError> {
        let key = self.known_key(id).await?;
        if key.state == BillingKeyState::Active {
            let why = why.chars().take(200).collect();
            let event = if self.is_deleted_at_gateway(&key).await? {
                Event::BillingKeyDeleteAsked { why }
            } else {
                Event::BillingKeyForgotten { why }
            };
            match self.record(key.attempt(), event).await {
                Ok(_) => {}
                // Somebody else's deletion was faster; this one waits for it.
                Err(StoreError::Refused(_) | StoreError::CallRunning)
                    if self.known_key(id).await?.state != BillingKeyState::Active => {}
                Err(error) => return Err(error.into()),
            }
        }
        let key = self.settled_key(id).await?;
        self.show_key(&key).await
    }

    /// The key once its deletion has an outcome, or as it stands when patience ends.
    async fn settled_key(&self, id: &str) -> Result<BillingKeyView, ApiError> {
        let mut time_up = pin!(self.environment().sleep(self.config().patience()));
        let order_id = self.known_key(id).await?.order_id;
        let mut watch = self.store().watch(&order_id);
        loop {
            let key = self.known_key(id).await?;
            if !matches!(
                key.state,
                BillingKeyState::Deleting | BillingKeyState::InDoubt
            ) {
                return Ok(key);
            }
            let change = pin!(watch.changed());
            if let Either::Left(_) = select(time_up.as_mut(), change).await {
                return Ok(key);
            }
        }
    }

    pub(crate) async fn known_key(&self, id: &str) -> Result<BillingKeyView, ApiError> {
        let found = self.store().billing_key_view(id).await?;
        found.ok_or(ApiError::BillingKeyUnknown)
    }

    /// Does the gateway offer to delete this key?
    async fn is_deleted_at_gateway(&self, key: &BillingKeyView) -> Result<bool, ApiError> {
        Ok(match key.gateway {
            Gateway::Payple => true,
            Gateway::Payletter => false,
            Gateway::PayletterGlobal => {
                let origin = self.store().order(&key.order_id).await?;
                origin.is_some_and(|view| is_subscription(&view.order))
            }
        })
    }

    async fn show_key(&self, key: &BillingKeyView) -> Result<BillingKeyShown, ApiError> {
        let card = key.card.as_ref();
        Ok(BillingKeyShown {
            billing_key_id: key.id.clone(),
            gateway: key.gateway,
            method: key.method.as_str().to_owned(),
            customer_id: key.customer_id.clone(),
            order_id: key.order_id.clone(),
            state: key.state,
            card: card.map(|card| json!({ "name": card.name, "number": card.number })),
            created_at: key.created_at.to_string(),
            deleted_at: key.deleted_at.map(|at| at.to_string()),
            reason: key.reason.as_ref().map(show_reason),
            deleted_at_gateway: key.state == BillingKeyState::Deleted
                && self.is_deleted_at_gateway(key).await?,
            known_at_gateway: None,
        })
    }

    /// Asks the gateway for the key of an attempt whose deletion is in doubt, once, and writes down what was found.
    pub(crate) async fn look_up_key(&self, key: paypair_ledger::AttemptKey) {
        let Ok(Some(attempt)) = self.store().attempt(key.clone()).await else {
            return;
        };
        let event = match attempt.order.gateway {
            Gateway::Payple => self.payple_key_lookup(&attempt).await,
            Gateway::PayletterGlobal => self.global_key_lookup(&attempt).await,
            Gateway::Payletter => Failure::Lacking("a question for it").key_check_event(),
        };
        if let Err(error) = self.record(key.clone(), event).await {
            tracing::warn!(attempt = %key, %error, "a billing key's lookup was not taken");
        }
    }

    /// `POST /billing-keys`
    pub(crate) async fn adopt_billing_key(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let (new, key) = self.adopt_billing_key_of(body(request)?).await?;
        Ok(RawResponse::json(if new { 201 } else { 200 }, &key))
    }

    /// `GET /billing-keys?customerId=`
    pub(crate) async fn list_billing_keys(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let customer_id = request.query("customerId").unwrap_or_default();
        if customer_id.is_empty() {
            return Err(ApiError::field_fault(FieldFault::missing("customerId")));
        }
        let keys = self.billing_keys_of(&customer_id).await?;
        Ok(RawResponse::json(200, &json!({ "billingKeys": keys })))
    }

    /// `GET /billing-keys/{id}[?check=true]`
    pub(crate) async fn show_billing_key(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let check = request.query("check").is_some_and(|text| text == "true");
        let key = if check {
            self.check_billing_key(id).await?
        } else {
            self.billing_key(id).await?
        };
        Ok(RawResponse::json(200, &key))
    }

    /// `POST /billing-keys/{id}/delete`
    pub(crate) async fn delete_billing_key(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let why = reason_of(request)?;
        let key = self.delete_billing_key_of(id, &why).await?;
        Ok(RawResponse::json(200, &key))
    }
}
