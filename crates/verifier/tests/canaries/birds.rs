//! The canaries: a text of its own for everything that is nobody's business. Small letters and digits, so that most writings leave them
//! as they are.

use std::time::Duration;

use paypair_ledger::Timestamp;
use paypair_protocol::Secret;
use paypair_sandbox::PayletterClient;
use paypair_verifier::{Config, OrderSourceUrl, Until, Webhook};

use crate::common::{MERCHANT_KEY, REFUND_KEY, Setup, TOKEN};

pub(crate) const OLD_TOKEN: &str = "tokenofbefore5s8canary";
pub(crate) const PAYMENT_KEY: &str = "paymentkeyu2q9canary";
pub(crate) const OLD_PAYMENT_KEY: &str = "paymentkeyofbefore4w1canary";
pub(crate) const SEARCH_KEY: &str = "searchkeyk6d3canary";
pub(crate) const NAVER_PAYMENT_KEY: &str = "naverpaymentkeyx7f2canary";
pub(crate) const NAVER_SEARCH_KEY: &str = "naversearchkeyr9b5canary";
pub(crate) const GLOBAL_KEY: &str = "globalapikeym3v8canary";
pub(crate) const OLD_GLOBAL_KEY: &str = "globalapikeyofbefore6h4canary";
pub(crate) const SOURCE_TOKEN: &str = "ordersourcetoken2j7canary";
/// Behind `whsec_`, and base64 of 24 bytes.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_webhooksecret9z4canary0000000000";
pub(crate) const OLD_WEBHOOK_SECRET: &str = "whsec_webhooksecretofbefore1p6canary00";
/// In the addresses of the merchant's own server, as people put tokens there.
pub(crate) const IN_PATH: &str = "tokeninapath8t3canary";
pub(crate) const IN_QUERY: &str = "tokeninaquery5n9canary";
pub(crate) const NAME: &str = "노란카나리아";
pub(crate) const PHONE: &str = "01077419358";
pub(crate) const EMAIL: &str = "canary.7f3a@birds.example";
/// Of a cash receipt.
pub(crate) const RECEIPT_PHONE: &str = "010-8812-4679";
/// Typed in a window, and told unmasked by a gateway that should not.
pub(crate) const CARD: &str = "9409127341985566";
pub(crate) const TOLD_CARD: &str = "4619548236417751";
pub(crate) const TOLD_KEY: &str = "billkeyofacallback3y6canary";
pub(crate) const WRONG_TOKEN: &str = "wrongtokeng4e8canary";
pub(crate) const WRONG_SECRET: &str = "cs_wrongsecretq1a7canary";
/// What a stranger writes into addresses.
pub(crate) const STRAYED: &str = "strayedinanaddress6c2canary";

/// Whose business a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody's: keys, billing keys, whole card numbers.
    Key,
    /// The merchant's alone, and in the window that is opened for the buyer whose they are.
    Person,
    /// The window's that it opens, and the gateway's.
    Session,
}

impl Kind {
    /// Where it may stand all the same.
    pub(crate) fn may_stand_in(self) -> &'static [&'static str] {
        match self {
            Self::Key => &[],
            Self::Person => &["opening", "merchant"],
            Self::Session => &["opening", "gateways' log"],
        }
    }
}

/// Those that are known beforehand.
pub(crate) fn known() -> Vec<(Kind, Vec<u8>)> {
    let keys = [
        TOKEN,
        OLD_TOKEN,
        PAYMENT_KEY,
        OLD_PAYMENT_KEY,
        SEARCH_KEY,
        NAVER_PAYMENT_KEY,
        NAVER_SEARCH_KEY,
        GLOBAL_KEY,
        OLD_GLOBAL_KEY,
        SOURCE_TOKEN,
        &WEBHOOK_SECRET["whsec_".len()..],
        &OLD_WEBHOOK_SECRET["whsec_".len()..],
        IN_PATH,
        IN_QUERY,
        REFUND_KEY,
        MERCHANT_KEY,
        CARD,
        TOLD_CARD,
        TOLD_KEY,
        WRONG_TOKEN,
        WRONG_SECRET,
        STRAYED,
    ];
    let digits = RECEIPT_PHONE.replace('-', "");
    let people = [NAME, PHONE, EMAIL, RECEIPT_PHONE, &digits];
    let of = |kind| move |text: &&str| (kind, text.as_bytes().to_vec());
    let keys = keys.iter().map(of(Kind::Key));
    keys.chain(people.iter().map(of(Kind::Person))).collect()
}

/// A verifier whose every key is a canary, at gateways that take no other; the merchant's own server is at this address.
pub(crate) fn setup(merchant: &str) -> Setup {
    let merchant = merchant.to_owned();
    Setup {
        patience: 2,
        clients: r#"
        [[payletter.clients]]
        client_id = "pay_test_n"
        payment_key = "naverpaymentkeyx7f2canary"
        search_key = "naversearchkeyr9b5canary"
        methods = ["naverpay"]"#,
        sandbox: |options| {
            let client = |id: &str, payment: &str, search: &str, methods| PayletterClient {
                client_id: id.to_owned(),
                payment_key: payment.to_owned(),
                search_key: search.to_owned(),
                methods,
            };
            let naver = vec!["naverpay".to_owned()];
            options.payletter_clients = vec![
                client("pay_test", PAYMENT_KEY, SEARCH_KEY, Vec::new()),
                client("pay_test_n", NAVER_PAYMENT_KEY, NAVER_SEARCH_KEY, naver),
            ];
        },
        global_key: GLOBAL_KEY,
        config: Box::new(move |config| configure(config, &merchant)),
        ..Setup::default()
    }
}

fn configure(config: &mut Config, merchant: &str) {
    let old = |key: &str| Some(Secret::new(key));
    let now = Timestamp::from_millis(jiff::Timestamp::now().as_millisecond());
    let until = Some(Until::new(now.after(Duration::from_secs(365 * 24 * 3600))));
    config.previous_merchant_token = old(OLD_TOKEN);
    config.previous_merchant_token_until = until;
    let client = &mut config.payletter.as_mut().unwrap().clients[0];
    client.payment_key = Secret::new(PAYMENT_KEY);
    client.search_key = Some(Secret::new(SEARCH_KEY));
    client.previous_payment_key = old(OLD_PAYMENT_KEY);
    client.previous_payment_key_until = until;
    let global = config.payletter_global.as_mut().unwrap();
    global.previous_api_key = old(OLD_GLOBAL_KEY);
    global.previous_api_key_until = until;
    let address = |path: &str| {
        let text = format!("{merchant}/{path}/{IN_PATH}?token={IN_QUERY}");
        text.parse().unwrap()
    };
    config.order_source = Some(OrderSourceUrl {
        url: address("prices"),
        token: Some(Secret::new(SOURCE_TOKEN)),
        private_address: false,
    });
    config.webhook = Some(Webhook {
        url: address("events"),
        secret: Secret::new(WEBHOOK_SECRET),
        previous_secret: old(OLD_WEBHOOK_SECRET),
        previous_secret_until: until,
        timeout_seconds: 5,
        allowed_networks: Vec::new(),
    });
    config.notification_senders = vec!["127.0.0.0/8".parse().unwrap()];
}
