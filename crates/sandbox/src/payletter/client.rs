//! A merchant's clients: `pay_test`, which everybody has, and those of the options.

use crate::core::wire::Form;
use crate::options::{Options, PayletterClient};

/// The test client that everybody has.
pub(crate) const CLIENT_ID: &str = "pay_test";

const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";

const SEARCH_KEY: &str = "MUI3MjM0RUExQTgyRDA1ODZGRDUyOEM4OTY2QTVCN0Y=";

/// Each client has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Payment,
    Search,
}

/// Whose key this is, among the kinds that open a call.
pub(crate) fn of_key(options: &Options, key: &str, kinds: &[Key]) -> Option<PayletterClient> {
    let is_its = |client: &PayletterClient| {
        kinds.iter().any(|kind| match kind {
            Key::Payment => client.payment_key == key,
            Key::Search => client.search_key == key,
        })
    };
    all(options).find(is_its)
}

pub(super) fn named(options: &Options, client_id: &str) -> Option<PayletterClient> {
    all(options).find(|client| client.client_id == client_id)
}

/// Is this method paid by this client? Some have it to themselves.
pub(super) fn takes(options: &Options, client: &PayletterClient, method: &str) -> bool {
    let lists = |client: &PayletterClient| client.methods.iter().any(|known| known == method);
    if client.methods.is_empty() {
        !all(options).any(|other| lists(&other))
    } else {
        lists(client)
    }
}

impl PayletterClient {
    /// Is it the one that a call names?
    pub(super) fn is(&self, call: &Form) -> bool {
        self.client_id == call.get("client_id")
    }
}

/// `pay_test` has the keys that everybody knows, unless the options give it others.
fn all(options: &Options) -> impl Iterator<Item = PayletterClient> {
    let others = &options.payletter_clients;
    let rekeyed = others.iter().any(|client| client.client_id == CLIENT_ID);
    let of_everybody = (!rekeyed).then(|| PayletterClient {
        client_id: CLIENT_ID.into(),
        payment_key: PAYMENT_KEY.into(),
        search_key: SEARCH_KEY.into(),
        methods: Vec::new(),
    });
    of_everybody.into_iter().chain(others.iter().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_everybodys_client_can_change() {
        let rekeyed = PayletterClient {
            client_id: CLIENT_ID.into(),
            payment_key: "new".into(),
            search_key: "newer".into(),
            methods: Vec::new(),
        };
        let options = Options {
            payletter_clients: vec![rekeyed.clone()],
            ..Options::default()
        };
        assert_eq!(named(&options, CLIENT_ID), Some(rekeyed.clone()));
        assert_eq!(of_key(&options, PAYMENT_KEY, &[Key::Payment]), None);
        assert_eq!(of_key(&options, "new", &[Key::Payment]), Some(rekeyed));
    }

    #[test]
    fn a_client_has_methods_to_itself() {
        let naver = PayletterClient {
            client_id: "pay_naver".into(),
            payment_key: "p".into(),
            search_key: "s".into(),
            methods: vec!["naverpay".into()],
        };
        let options = Options {
            payletter_clients: vec![naver.clone()],
            ..Options::default()
        };
        let Some(everybody) = named(&options, CLIENT_ID) else {
            unreachable!("pay_test is always there");
        };
        assert!(takes(&options, &naver, "naverpay") && !takes(&options, &naver, "creditcard"));
        assert!(
            takes(&options, &everybody, "creditcard") && !takes(&options, &everybody, "naverpay")
        );
        assert!(takes(&Options::default(), &everybody, "naverpay"));
        assert_eq!(of_key(&options, "s", &[Key::Payment]), None);
        assert_eq!(
            of_key(&options, "s", &[Key::Payment, Key::Search]),
            Some(naver)
        );
    }
}
