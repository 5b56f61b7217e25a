//! What the manuals ask of people: registrations, waits, real money in test.

use paypair_protocol::payletter::codes::METHODS;
use paypair_verifier::{Config, GatewayEnv};

use super::{Finding, ok, warn};

/// Reminds of what no program can see.
pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(private_api(config));
    findings.extend(refund_ip(config));
    findings.extend(real_money(config));
    findings.extend(lead_times(config));
    findings.extend(drop_in(config));
    findings
}

fn private_api(config: &Config) -> Option<Finding> {
    const CHECK: &str = "private_api";
    config.payletter_global.as_ref()?;
    if config.assumptions.global_sales_list_permitted {
        return Some(ok(CHECK, "the sales list is said to be permitted"));
    }
    Some(warn(
        CHECK,
        "recurring, sales and settlement lists answer 403 until your address is registered; cancel notices, held payments and subscriptions wait for a person",
        "tell Payletter the address your calls come from (gpoqdev@payletter.com), then assumptions.global_sales_list_permitted = true",
    ))
}

fn refund_ip(config: &Config) -> Option<Finding> {
    let payletter = config.payletter.as_ref()?;
    (config.env == GatewayEnv::Live && payletter.refund_ip.is_loopback()).then(|| {
        warn(
            "payletter.refund_ip",
            "tells Payletter that refunds come from 127.0.0.1",
            "write the address your calls come from",
        )
    })
}

fn real_money(config: &Config) -> Option<Finding> {
    config.payletter.as_ref()?;
    if config.env != GatewayEnv::Test {
        return None;
    }
    let methods: Vec<&str> = METHODS
        .iter()
        .filter(|row| row.real_money_in_test)
        .map(|row| row.code)
        .collect();
    Some(warn(
        "real_money",
        format!(
            "in Payletter's test environment {} charge real money",
            methods.join(", ")
        ),
        "use small amounts; it is given back by itself on the same day",
    ))
}

fn lead_times(config: &Config) -> Option<Finding> {
    if config.env == GatewayEnv::Live {
        return None;
    }
    let mut waits = Vec::new();
    if config.payletter.is_some() {
        waits.push("Payletter: cards, easy pay and mobile 2 weeks, bank transfer 1 to 2 days, vouchers and prepaid 3 to 5 days");
    }
    if config.payletter_global.is_some() {
        waits.push("Payletter Global: cards 2 weeks, all else 1 month");
    }
    if config.payple.is_some() {
        waits.push("Payple: recurring cards have a review of their own");
    }
    (config.env == GatewayEnv::Test && !waits.is_empty()).then(|| {
        warn(
            "lead_times",
            "live contracts are reviewed by method first",
            format!("apply early. {}", waits.join(". ")),
        )
    })
}

fn drop_in(config: &Config) -> Option<Finding> {
    let folder = std::path::Path::new(config.package_dir.as_deref()?);
    Some(if folder.join("cpay.js").is_file() {
        ok("package_dir", "has the drop-in, cpay.js")
    } else {
        warn(
            "package_dir",
            format!(
                "{} has no cpay.js: GET /cpay.js is not found",
                folder.display()
            ),
            "name the folder of the built npm package",
        )
    })
}
