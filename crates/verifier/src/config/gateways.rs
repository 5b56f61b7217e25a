//! The merchant's identities at the gateways.

use std::net::{IpAddr, Ipv4Addr};

use paypair_ledger::Timestamp;
use paypair_protocol::Secret;
use serde::Deserialize;

use super::rotation::{Accepted, Until};

/// `[payple]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payple {
    /// `cst_id`.
    pub merchant_id: String,
    /// `custKey`.
    pub merchant_key: Secret,
    /// `PCD_REFUND_KEY`; without it nothing can be refunded.
    pub refund_key: Option<Secret>,
}

/// `[payletter]`: one client or several, because some methods (Naver Pay) have a client and keys of their own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payletter {
    /// `[[payletter.clients]]`
    pub clients: Vec<PayletterClient>,
    /// `service_name` shown in the window.
    pub service_name: Option<String>,
    /// The address told as the one that asks for refunds (`ip_addr`).
    #[serde(default = "this_machine")]
    pub refund_ip: IpAddr,
}

/// `[[payletter.clients]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayletterClient {
    /// `client_id`.
    pub client_id: String,
    /// The PAYMENT key, in the base64 form it was issued in.
    pub payment_key: Secret,
    /// The PAYMENT key before this one: what it signs is believed until its end, and nothing is sent with it.
    pub previous_payment_key: Option<Secret>,
    /// Until when.
    pub previous_payment_key_until: Option<Until>,
    /// The SEARCH key.
    pub search_key: Option<Secret>,
    /// Methods paid through this client; empty = every method not named by another client.
    #[serde(default)]
    pub methods: Vec<String>,
}

/// `[payletter_global]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PayletterGlobal {
    /// `storeid`.
    pub store_id: String,
    /// The API key.
    pub api_key: Secret,
    /// The API key before this one: what it signs is believed until its end, and nothing is sent with it.
    pub previous_api_key: Option<Secret>,
    /// Until when.
    pub previous_api_key_until: Option<Until>,
    /// `servicename`, needed by some methods.
    pub service_name: Option<String>,
}

impl PayletterClient {
    /// What may have signed a message that comes now.
    pub(crate) fn accepted_keys(&self, now: Timestamp) -> Accepted<'_> {
        let previous = self.previous_payment_key.as_ref();
        let until = self.previous_payment_key_until;
        Accepted::new(&self.payment_key, previous, until, now)
    }
}

impl PayletterGlobal {
    /// What may have signed a message that comes now.
    pub(crate) fn accepted_keys(&self, now: Timestamp) -> Accepted<'_> {
        let previous = self.previous_api_key.as_ref();
        Accepted::new(&self.api_key, previous, self.previous_api_key_until, now)
    }
}

impl Payletter {
    /// The client for a method: the one that names it, else the one that names none.
    pub fn client_for(&self, method: &str) -> Option<&PayletterClient> {
        self.clients
            .iter()
            .find(|client| client.methods.iter().any(|known| known == method))
            .or_else(|| self.clients.iter().find(|client| client.methods.is_empty()))
    }

    /// The client of this id.
    pub fn client(&self, client_id: &str) -> Option<&PayletterClient> {
        self.clients
            .iter()
            .find(|client| client.client_id == client_id)
    }
}

fn this_machine() -> IpAddr {
    Ipv4Addr::LOCALHOST.into()
}
