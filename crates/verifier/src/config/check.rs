//! Refuses configurations that would lose money or leak keys, with the field's name and what to do.

use paypair_protocol::Secret;
use url::Url;

use super::{Config, ConfigError, GatewayEnv};
use crate::{doors::origin_of, network::Reach, reconcile::KoreanTime};

/// The identities published in the vendors' manuals and samples. Everybody knows their keys.
const PUBLISHED: [&str; 3] = ["test", "pay_test", "PL_Merchant"];

impl Config {
    /// Checks what types cannot say.
    pub fn check(&self) -> Result<(), ConfigError> {
        if is_short(&self.merchant_token) {
            return invalid("merchant_token", LONGER);
        }
        self.check_public_url()?;
        for origin in self.allowed_origins.iter().chain(&self.page_origin) {
            if Url::parse(origin).map(|url| origin_of(&url)) != Ok(origin.clone()) {
                return invalid(
                    "allowed_origins",
                    "write scheme, host and port only, like https://shop.example",
                );
            }
        }
        if !is_local_path(&self.result_page) {
            return invalid(
                "result_page",
                "write a path on the page's origin, like /result.html",
            );
        }
        if !(1..=60).contains(&self.patience_seconds) {
            return invalid("patience_seconds", "choose 1 to 60");
        }
        self.check_sandbox()?;
        self.check_identities()?;
        self.check_keys()?;
        self.check_rotation()?;
        // It opens what the present one opens.
        if self.previous_merchant_token.as_ref().is_some_and(is_short) {
            return invalid("previous_merchant_token", LONGER);
        }
        if let Some(webhook) = &self.webhook {
            webhook.check(self.env)?;
        }
        if let Some(daily) = &self.reconciliation
            && daily.at.parse::<KoreanTime>().is_err()
        {
            return invalid(
                "reconciliation.at",
                "write a time of day in Korea, like 05:00",
            );
        }
        self.check_order_source()
    }

    fn check_public_url(&self) -> Result<(), ConfigError> {
        let url = &self.public_url;
        if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
            return invalid("public_url", "write scheme, host and mount path only");
        }
        let https = url.scheme() == "https";
        if self.env != GatewayEnv::Sandbox && !https {
            return invalid(
                "public_url",
                "use https; plain http is for env = \"sandbox\"",
            );
        }
        if !https && url.scheme() != "http" {
            return invalid("public_url", "use https");
        }
        Ok(())
    }

    fn check_sandbox(&self) -> Result<(), ConfigError> {
        match (self.env, &self.sandbox_url) {
            (GatewayEnv::Sandbox, None) => invalid(
                "sandbox_url",
                "name the sandbox, like http://localhost:8081, or choose env = \"test\"",
            ),
            (GatewayEnv::Sandbox, Some(url)) => match Reach::Loopback.refuse(url) {
                Some(why) => invalid("sandbox_url", why),
                None => Ok(()),
            },
            (_, Some(_)) => invalid("sandbox_url", "remove it, or choose env = \"sandbox\""),
            (_, None) => Ok(()),
        }
    }

    /// Live keys stay out of the sandbox, published keys stay out of life.
    fn check_identities(&self) -> Result<(), ConfigError> {
        let mut identities: Vec<(&str, &str)> = Vec::new();
        if let Some(payple) = &self.payple {
            identities.push(("payple.merchant_id", &payple.merchant_id));
        }
        if let Some(payletter) = &self.payletter {
            if payletter.clients.is_empty() {
                return invalid("payletter.clients", "name at least one client");
            }
            for (nth, client) in payletter.clients.iter().enumerate() {
                if payletter.clients[..nth]
                    .iter()
                    .any(|other| other.client_id == client.client_id)
                {
                    return invalid("payletter.clients.client_id", "name each client once");
                }
                identities.push(("payletter.clients.client_id", &client.client_id));
            }
        }
        if let Some(global) = &self.payletter_global {
            identities.push(("payletter_global.store_id", &global.store_id));
        }
        for (field, id) in identities {
            let published = PUBLISHED.contains(&id);
            // A second client of the sandbox's, as Naver Pay has one in life.
            let simulated = published || id.starts_with("pay_test");
            if id.is_empty() {
                return invalid(field, "write the id the gateway gave you");
            }
            if self.env == GatewayEnv::Sandbox && !simulated {
                return invalid(
                    field,
                    "the sandbox takes only the published test identities (test, pay_test, PL_Merchant), and further clients named pay_test2 or so; keep real keys out of it",
                );
            }
            if self.env == GatewayEnv::Live && published {
                return invalid(
                    field,
                    "this is a published test identity; use your own or env = \"test\"",
                );
            }
        }
        Ok(())
    }

    /// A key that is there says something: what is empty, a variable that is set to nothing, makes hashes that anybody can make.
    fn check_keys(&self) -> Result<(), ConfigError> {
        let mut keys: Vec<(&str, Option<&Secret>)> = Vec::new();
        if let Some(payple) = &self.payple {
            keys.push(("payple.merchant_key", Some(&payple.merchant_key)));
            keys.push(("payple.refund_key", payple.refund_key.as_ref()));
        }
        for client in self.payletter.iter().flat_map(|it| &it.clients) {
            keys.push(("payletter.clients.payment_key", Some(&client.payment_key)));
            keys.push(("payletter.clients.search_key", client.search_key.as_ref()));
        }
        if let Some(global) = &self.payletter_global {
            keys.push(("payletter_global.api_key", Some(&global.api_key)));
        }
        for (field, key) in keys {
            if key.is_some_and(|key| key.expose().trim().is_empty()) {
                return invalid(field, "it is empty; write the key the gateway gave you");
            }
        }
        Ok(())
    }

    fn check_order_source(&self) -> Result<(), ConfigError> {
        let Some(source) = &self.order_source else {
            return Ok(());
        };
        match source.reach() {
            Some(_) => Ok(()),
            None => invalid(
                "order_source.url",
                "use https on port 443, or http on this machine",
            ),
        }
    }
}

const LONGER: &str = "take at least 16 random characters";

fn is_short(token: &Secret) -> bool {
    token.expose().trim().len() < 16
}

/// A path that stays on its origin: `//evil.example` and `/\evil.example` do not.
pub(crate) fn is_local_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.contains(char::is_control)
}

pub(super) fn invalid(field: &str, problem: &str) -> Result<(), ConfigError> {
    Err(ConfigError::Invalid {
        field: field.to_owned(),
        problem: problem.to_owned(),
    })
}
