//! Where Payletter Global is.

use url::Url;

use crate::{Env, Error, Secret, env::join, session};

/// The gateway's hosts in one world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    env: Env,
    root: Url,
}

impl Hosts {
    /// The hosts of this world. A sandbox must be on this machine.
    pub fn new(env: Env) -> Result<Self, Error> {
        let env = env.checked()?;
        let root = env.root("https://api.payletter.com", "https://dev-api.payletter.com")?;
        Ok(Self { env, root })
    }

    /// Which world this is.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// Where [`super::PaymentRequest`] goes (POST).
    #[must_use]
    pub fn pay_url(&self) -> Url {
        join(&self.root, "/api/payment/request", None)
    }

    /// Where [`super::Charge`] goes (POST). A Private API.
    #[must_use]
    pub fn charge_url(&self) -> Url {
        join(&self.root, "/payment/recurring", None)
    }

    /// Where [`super::SettlementList`] goes (POST). A Private API.
    #[must_use]
    pub fn settlement_list_url(&self) -> Url {
        join(&self.root, "/settlement/detailslist", None)
    }

    /// Where [`super::SubscriptionCancel`] goes (POST).
    #[must_use]
    pub fn subscription_cancel_url(&self) -> Url {
        join(&self.root, "/paypal/subscription/cancel", None)
    }

    /// Where [`super::Refund`] goes (POST).
    #[must_use]
    pub fn refund_url(&self) -> Url {
        join(&self.root, "/payment/refund", None)
    }

    /// Where [`super::SalesList`] goes (POST). A Private API: the merchant's address must be allowed.
    #[must_use]
    pub fn sales_list_url(&self) -> Url {
        join(&self.root, "/payment/cpdaesalist", None)
    }

    /// The URL of a payment window, if it is one of the gateway's.
    pub fn window_url(&self, text: &str) -> Result<Url, Error> {
        session::window_url(&self.env, text)
    }

    /// The value of the `Authorization` header: `GPLKEY {key}`.
    #[must_use]
    pub fn authorization(&self, key: &Secret) -> Secret {
        session::authorization("GPLKEY", key)
    }
}
