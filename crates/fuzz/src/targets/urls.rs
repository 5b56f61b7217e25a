//! Addresses that a browser or a gateway hands us and that our keys would go to.

use paypair_protocol::payple::Hosts;
use paypair_protocol::wire::Fields;
use paypair_protocol::{Env, payletter, payletter_global};
use paypair_verifier::Reach;

/// A line, or any value of a JSON object, as the address.
pub(crate) fn run(data: &[u8]) {
    let mut texts = super::lines(data);
    if let Ok(fields) = Fields::from_json(data) {
        texts.extend(
            fields
                .iter()
                .filter_map(|(_, value)| value.text().map(Into::into)),
        );
    }
    texts.iter().for_each(|text| judge(text));
}

fn judge(text: &str) {
    let worlds = [(Env::Live, &LIVE[..]), (Env::Test, &TEST[..])];
    for (env, hosts) in worlds {
        let Ok(doors) = Hosts::new(env.clone()) else {
            panic!("a world without hosts")
        };
        if let Ok(url) = doors.confirm_url(text) {
            assert!(
                hosts.contains(&url.host_str().unwrap_or_default()),
                "{text} takes our key to {url}"
            );
            assert!(
                CONFIRMS.contains(&url.path()),
                "{text} takes our key to {url}"
            );
            assert!(
                url.scheme() == "https" && url.port().is_none() && url.username().is_empty(),
                "{text}"
            );
            assert!(Reach::Internet.refuse(&url).is_none(), "{text}");
        }
        if let Ok(url) = doors.receipt_url(text) {
            let host = url.host_str().unwrap_or_default();
            assert!(
                host.ends_with("payple.kr") || host.ends_with("danalpay.com"),
                "{text}"
            );
        }
        let windows = [
            payletter::Hosts::new(env.clone()).and_then(|hosts| hosts.window_url(text)),
            payletter_global::Hosts::new(env.clone()).and_then(|hosts| hosts.window_url(text)),
        ];
        for url in windows.into_iter().flatten() {
            assert!(
                url.scheme() == "https"
                    && url
                        .host_str()
                        .is_some_and(|host| host.ends_with("payletter.com")),
                "{text}"
            );
        }
    }
    if let Ok(sandbox) = Env::sandbox(text) {
        let Env::Sandbox { base } = sandbox else {
            panic!("not a sandbox")
        };
        assert!(
            Reach::Loopback.refuse(&base).is_none(),
            "{text} is not this machine"
        );
    }
}

const LIVE: [&str; 2] = ["cpay.payple.kr", "api-v2.payple.kr"];
const TEST: [&str; 3] = [
    "democpay.payple.kr",
    "testcpay.payple.kr",
    "demo-api-v2.payple.kr",
];
const CONFIRMS: [&str; 3] = [
    "/php/PayCardConfirmAct.php",
    "/php/PayConfirmAct.php",
    "/api/v1/payments/cards/approval/confirm",
];
