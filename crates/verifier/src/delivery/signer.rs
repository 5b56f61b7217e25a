//! Signatures by the Standard Webhooks rules.

use paypair_ledger::Timestamp;
use paypair_protocol::Secret;

use crate::config::Webhook;

/// Signs webhooks by the [Standard Webhooks](https://www.standardwebhooks.com) rules. Receivers use any library of theirs.
pub struct WebhookSigner(Vec<standardwebhooks::Webhook>);

impl WebhookSigner {
    /// With this secret: `whsec_` and the base64 of 24 to 64 bytes. Nothing if it is not that.
    pub fn new(secret: &Secret) -> Option<Self> {
        let text = secret.expose().strip_prefix("whsec_")?;
        let bytes = (text.len() / 4 * 3).checked_sub(text.matches('=').count())?;
        // The library takes the prefix off by itself, and would take a second one off as well.
        let key = standardwebhooks::Webhook::new(secret.expose()).ok()?;
        (24..=64).contains(&bytes).then(|| Self(vec![key]))
    }

    /// The same, signing with another secret too.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// With the secrets that hold now.
    pub(crate) fn of(settings: &Webhook, now: Timestamp) -> Option<Self> {
        let signer = Self::new(&settings.secret)?;
        let holds = settings
            .previous_secret_until
            .is_some_and(|until| now < until.at());
        match &settings.previous_secret {
            Some(previous) if holds => Some(signer.and(Self::new(previous)?)),
            _ => Some(signer),
        }
    }

    /// What stands in `webhook-signature`: one signature for each secret, over exactly this id, second and body.
    pub fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let seconds = at.millis().div_euclid(1000);
        let signed = self.0.iter().filter_map(|key| {
            // It fails only for a body that is no text.
            key.sign(id, seconds, body.as_bytes()).ok()
        });
        signed.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn signer(secret: &str) -> Option<WebhookSigner> {
        WebhookSigner::new(&Secret::new(secret))
    }

    /// As recorded in the rules' own libraries.
    #[test]
    fn the_published_vector_is_reproduced() {
        let at = Timestamp::from_millis(1_649_367_553_999);
        let body = r#"{"email":"test@example.com","username":"test_user"}"#;
        let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk";
        let signed = signer(SECRET).unwrap().sign(id, at, body);
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn a_secret_has_its_prefix_and_24_to_64_bytes() {
        let of = |bytes: usize| format!("whsec_{}", "AAAA".repeat(bytes / 3));
        for good in [SECRET, &of(24), &of(63), &format!("{}AA==", of(63))] {
            assert!(signer(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "whsec_",
            &SECRET[6..],
            "whsec_not base64 at all, not at all!!!!",
            &of(21),
            &format!("{}AAA=", of(21)),
            &of(66),
            &format!("{}AAA=", of(63)),
            &format!("{SECRET}="),
            &format!("whsec_{SECRET}"),
        ] {
            assert!(signer(bad).is_none(), "{bad}");
        }
    }
}
