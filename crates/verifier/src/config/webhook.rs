//! Where the merchant is told of events, and what they are signed with.

use std::fmt;

use ipnet::IpNet;
use paypair_protocol::Secret;
use serde::Deserialize;
use url::Url;

use super::{ConfigError, GatewayEnv, Until, check::invalid};
use crate::delivery::{Destinations, WebhookSigner};

/// `[webhook]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where events are posted to: https on port 443, at a name with public addresses.
    #[serde(deserialize_with = "super::address::address")]
    pub url: Url,
    /// What they are signed with: `whsec_` and the base64 of 24 to 64 random bytes.
    pub secret: Secret,
    /// The secret of before: both sign until [`Self::previous_secret_until`].
    pub previous_secret: Option<Secret>,
    /// When the secret of before ends.
    pub previous_secret_until: Option<Until>,
    /// How long an answer is waited for.
    #[serde(default = "default_timeout")]
    pub timeout_seconds: u64,
    /// Networks of the merchant's own that events may be posted into, by address: http is allowed there, and any port.
    #[serde(default)]
    pub allowed_networks: Vec<IpNet>,
}

impl Webhook {
    pub(super) fn check(&self, env: GatewayEnv) -> Result<(), ConfigError> {
        if let Some(why) = Destinations::new(env, &self.allowed_networks).refuse(&self.url) {
            return invalid("webhook.url", why);
        }
        for (field, secret) in [
            ("webhook.secret", Some(&self.secret)),
            ("webhook.previous_secret", self.previous_secret.as_ref()),
        ] {
            if secret.is_some_and(|secret| WebhookSigner::new(secret).is_none()) {
                return invalid(
                    field,
                    "write whsec_ and the base64 of 24 to 64 random bytes: echo whsec_$(openssl rand -base64 32)",
                );
            }
        }
        if !(1..=30).contains(&self.timeout_seconds) {
            return invalid("webhook.timeout_seconds", "choose 1 to 30");
        }
        Ok(())
    }
}

/// The path and the query may hold a token.
impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("host", &self.url.host_str())
            .field("secret", &self.secret)
            .field("previous_secret", &self.previous_secret)
            .field("previous_secret_until", &self.previous_secret_until)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("allowed_networks", &self.allowed_networks)
            .finish()
    }
}

fn default_timeout() -> u64 {
    15
}
