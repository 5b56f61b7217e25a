//! Identities and keys: their shape, and whose they are. No key is shown.

use paypair_protocol::Secret;
use paypair_verifier::{Config, GatewayEnv, PreviousKey};

use super::{Finding, fail, ok, warn};

/// Keys that the vendors have published: in life everybody could use them.
const PUBLISHED: [&str; 5] = [
    "abcd1234567890",
    "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0",
    "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=",
    "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=",
    "PL_Merchant",
];

/// What stands in our own examples.
const PLACEHOLDERS: [&str; 4] = ["change-me", "your ", "your_", "..."];

/// Looks at every identity.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(payple) = &config.payple {
        findings.extend(key(config, "payple.merchant_key", &payple.merchant_key));
        match &payple.refund_key {
            Some(refund) => findings.extend(key(config, "payple.refund_key", refund)),
            None => findings.push(warn(
                "payple.refund_key",
                "is not set: nothing can be refunded, a wrong or double payment neither",
                "take PCD_REFUND_KEY from Payple's admin page",
            )),
        }
    }
    for client in config
        .payletter
        .iter()
        .flat_map(|payletter| &payletter.clients)
        // Further clients of the sandbox have whatever keys it was started with.
        .filter(|client| config.env != GatewayEnv::Sandbox || client.client_id == "pay_test")
    {
        findings.extend(key(
            config,
            "payletter.clients.payment_key",
            &client.payment_key,
        ));
        findings.extend(base64_form(
            "payletter.clients.payment_key",
            &client.payment_key,
        ));
        match &client.search_key {
            None => findings.push(warn(
                "payletter.clients.search_key",
                format!("is not set for {}: no lists, no receipts, and differences cannot be cleared up", client.client_id),
                "take the SEARCH key from Payletter's admin page",
            )),
            Some(search) if search.expose() == client.payment_key.expose() => findings.push(fail(
                "payletter.clients.search_key",
                format!("is the PAYMENT key of {}", client.client_id),
                "PAYMENT and SEARCH are two keys; take the SEARCH key from the admin page",
            )),
            Some(search) => {
                findings.extend(key(config, "payletter.clients.search_key", search));
                findings.extend(base64_form("payletter.clients.search_key", search));
            }
        }
    }
    if let Some(global) = &config.payletter_global {
        findings.extend(key(config, "payletter_global.api_key", &global.api_key));
    }
    if config.payple.is_none() && config.payletter.is_none() && config.payletter_global.is_none() {
        findings.push(fail(
            "gateways",
            "none is configured",
            "write [payple], [[payletter.clients]] or [payletter_global]",
        ));
    }
    if findings.is_empty() {
        findings.push(ok("keys", "have the shape they were issued in"));
    }
    findings.insert(0, token(&config.merchant_token));
    let now = jiff::Timestamp::now();
    findings.extend(
        config
            .previous_keys()
            .iter()
            .map(|key| previous(key, now.as_millisecond())),
    );
    findings
}

/// A previous key that stays believed is as dangerous as a present one, and looked after by nobody.
fn previous(key: &PreviousKey, now: i64) -> Finding {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    let until = key.until.millis();
    let day = key.until.kst_date();
    let time = key.until.kst_time().strftime("%H:%M");
    let end = format!("{day} {time} in Korea");
    if until <= now {
        warn(
            key.field,
            format!("has ended: {end}"),
            "remove it and its _until",
        )
    } else if until - now > LONGEST_OVERLAP_DAYS * DAY {
        warn(
            key.field,
            format!("is believed until {end}"),
            format!("choose an end within {LONGEST_OVERLAP_DAYS} days"),
        )
    } else {
        ok(key.field, format!("is still believed, until {end}"))
    }
}

/// Longer than any gateway sends a notice again, and than a change of keys takes.
const LONGEST_OVERLAP_DAYS: i64 = 90;

fn token(token: &Secret) -> Finding {
    const FIX: &str = "make a random one: openssl rand -hex 32";
    let text = token.expose();
    if is_placeholder(text) {
        return fail("merchant_token", "is the one of the example", FIX);
    }
    if text.len() < 32 {
        return warn(
            "merchant_token",
            format!("has only {} characters", text.len()),
            FIX,
        );
    }
    ok("merchant_token", "is long enough")
}

fn key(config: &Config, field: &'static str, key: &Secret) -> Option<Finding> {
    let text = key.expose();
    if text.is_empty() || is_placeholder(text) {
        return Some(fail(
            field,
            "is not filled in",
            "copy the key from the gateway's admin page",
        ));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Some(fail(
            field,
            "has spaces or other characters that no key has",
            "copy it again, without quotes or line breaks around it",
        ));
    }
    let published = PUBLISHED.contains(&text);
    match config.env {
        GatewayEnv::Live if published => Some(fail(
            field,
            "is a key the vendor has published: anybody can sign with it",
            "use your own, or env = \"test\"",
        )),
        GatewayEnv::Sandbox if !published => Some(fail(
            field,
            "is not one of the published test keys",
            "keep real keys out of the sandbox; copy the ones of paypair.example.toml",
        )),
        _ => None,
    }
}

/// Hashes are made with the base64 text, not with what it stands for.
fn base64_form(field: &'static str, key: &Secret) -> Option<Finding> {
    let text = key.expose();
    let base64 = text.len().is_multiple_of(4)
        && text
            .trim_end_matches('=')
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    let decoded = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if decoded {
        return Some(fail(
            field,
            "has been decoded",
            "write the base64 text as it was issued; hashes are made with that",
        ));
    }
    (!base64).then(|| {
        warn(
            field,
            "does not look like base64, as Payletter's keys do",
            "copy it again from the admin page",
        )
    })
}

fn is_placeholder(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| text.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn a_decoded_key_is_told_from_one_as_issued() {
        let level = |text: &str| base64_form("k", &Secret::new(text)).map(|finding| finding.level);
        assert_eq!(level("MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA="), None);
        assert_eq!(level("11A503510401AB229BC805852E82FD40"), Some(Level::Fail));
        assert_eq!(level("not-base64!"), Some(Level::Warn));
    }
}
