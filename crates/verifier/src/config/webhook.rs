//! Where the merchant is told of events, and what they are signed with.

use std::fmt;

use ipnet::IpNet;
use paypair_ledger::Timestamp;
use paypair_protocol::Secret;
use serde::{Deserialize, Deserializer, de::Error as _};
use url::Url;

use super::{ConfigError, GatewayEnv, check::invalid};
use crate::delivery::{Destinations, WebhookSigner};

/// `[webhook]`
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where events are posted to: https on port 443, at a name with public addresses.
    pub url: Url,
    /// What they are signed with: `whsec_` and the base64 of 24 to 64 random bytes.
    pub secret: Secret,
    /// The secret of before: both sign until [`Self::old_secret_until`].
    pub old_secret: Option<Secret>,
    /// When the secret of before ends: `2026-12-01T00:00:00+09:00`.
    #[serde(default, deserialize_with = "moment")]
    pub old_secret_until: Option<Timestamp>,
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
            ("webhook.old_secret", self.old_secret.as_ref()),
        ] {
            if secret.is_some_and(|secret| WebhookSigner::new(secret).is_none()) {
                return invalid(
                    field,
                    "write whsec_ and the base64 of 24 to 64 random bytes: echo whsec_$(openssl rand -base64 32)",
                );
            }
        }
        if self.old_secret.is_some() != self.old_secret_until.is_some() {
            return invalid(
                "webhook.old_secret_until",
                "write old_secret and old_secret_until together, or neither",
            );
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
            .field("old_secret", &self.old_secret)
            .field("old_secret_until", &self.old_secret_until)
            .field("timeout_seconds", &self.timeout_seconds)
            .field("allowed_networks", &self.allowed_networks)
            .finish()
    }
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let read: Result<jiff::Timestamp, _> = text.parse();
    let at = read.map_err(|_| D::Error::custom("write a moment like 2026-12-01T00:00:00+09:00"))?;
    Ok(Some(Timestamp::from_millis(at.as_millisecond())))
}

fn default_timeout() -> u64 {
    15
}
