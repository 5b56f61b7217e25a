//! What a gateway signs: nothing unsigned passes, what is signed over other bytes is not ours, and a changed word is not what was signed.

use std::sync::OnceLock;

use paypair_protocol::payletter_global::NoticeForm;
use paypair_protocol::wire::Fields;
use paypair_protocol::{Secret, hash};
use paypair_reader::{read_callback, read_notice, read_registration};

/// A key that signed nothing anywhere: whatever verifies under it is a forgery.
const NOBODYS: &str = "a key that no gateway has and no message was signed with";

/// The public test keys, which the recorded messages were signed with.
const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";
const API_KEY: &str = "PL_Merchant";

/// No bytes verify under a key that signed nothing, and under a key that signed something no other words do. (A forgery by chance has
/// odds of one in 2^256.) The bytes are a message; and they are a change: of which message, in which word, to what.
pub(crate) fn run(data: &[u8]) {
    for kind in Kind::ALL {
        assert!(!kind.verifies(data, NOBODYS), "{kind:?} by nobody");
        if kind.verifies(data, kind.key()) {
            let fields = kind.read(data);
            let mut signed = recorded().iter();
            let words = kind.covered(&fields).concat();
            assert!(
                signed.any(|one| one.kind == kind && kind.covered(&one.fields).concat() == words),
                "{kind:?} verifies, and nobody signed {words}"
            );
        }
    }
    if let [which, word, value @ ..] = data {
        change(*which, *word, value);
    }
}

/// One word of a recorded message becomes another: the message is refused, unless it is the same word.
fn change(which: u8, word: u8, value: &[u8]) {
    let Some(one) = recorded().get(usize::from(which) % recorded().len()) else {
        return;
    };
    let names = one.kind.names();
    let name = names[usize::from(word) % names.len()];
    let value = String::from_utf8_lossy(value);
    let before = one.fields.text(name).unwrap_or_default();
    let mut fields = one.fields.clone();
    fields.set(name, value.as_ref());
    // The hash is read in either case; it is the last of the names.
    let same = if name == one.kind.hash() {
        before.eq_ignore_ascii_case(&value)
    } else {
        before == value
    };
    let body = one.kind.write(&fields);
    assert_eq!(
        one.kind.verifies(body.as_bytes(), one.kind.key()),
        same,
        "{:?}: {name} was {before} and is {value}",
        one.kind
    );
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Callback,
    Registration,
    Notice,
    TokenNotice,
}

impl Kind {
    const ALL: [Self; 4] = [
        Self::Callback,
        Self::Registration,
        Self::Notice,
        Self::TokenNotice,
    ];

    const fn key(self) -> &'static str {
        match self {
            Self::Callback | Self::Registration => PAYMENT_KEY,
            Self::Notice | Self::TokenNotice => API_KEY,
        }
    }

    /// What is signed, in its order, and the hash.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Callback => &["user_id", "amount", "tid", "payhash"],
            Self::Registration => &["user_id", "billkey", "payhash"],
            Self::Notice => &[
                "storeid",
                "currency",
                "storeorderno",
                "payamt",
                "payerid",
                "timestamp",
                "hash",
            ],
            Self::TokenNotice => &["storeid", "storeorderno", "payerid", "timestamp", "hash"],
        }
    }

    fn hash(self) -> &'static str {
        self.names().last().copied().unwrap_or_default()
    }

    fn covered(self, fields: &Fields) -> Vec<String> {
        let names = self.names().iter().filter(|name| **name != self.hash());
        let text = |name: &&str| fields.text(name).unwrap_or_default().into_owned();
        names.map(text).collect()
    }

    fn verifies(self, body: &[u8], key: &str) -> bool {
        let key = Secret::new(key);
        match self {
            Self::Callback => read_callback(body, &key),
            Self::Registration => read_registration(body, &key),
            Self::Notice => read_notice(body, &key, NoticeForm::Payment),
            Self::TokenNotice => read_notice(body, &key, NoticeForm::TokenOnly),
        }
        .is_ok()
    }

    fn read(self, body: &[u8]) -> Fields {
        match self {
            Self::Callback => Fields::from_json(body),
            _ => Fields::from_form(body),
        }
        .unwrap_or_default()
    }

    fn write(self, fields: &Fields) -> String {
        match self {
            Self::Callback => fields.to_json(),
            _ => fields.to_form(),
        }
    }
}

/// A message that was signed.
struct Recorded {
    kind: Kind,
    fields: Fields,
}

/// The gateways' own, from their manuals; and of those that no manual shows, one by the published key.
fn recorded() -> &'static [Recorded] {
    static RECORDED: OnceLock<Vec<Recorded>> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let callback = include_bytes!("../../../../tests/golden/payletter/callback_mobile.json");
        let notice = include_bytes!("../../../../tests/golden/payletter_global/notice_paid.form");
        let hash = hash::payhash_verification_only(b"7", b"tbpay_test1", &Secret::new(PAYMENT_KEY));
        let registration = format!(
            "code=0&user_id=7&order_no=a&billkey=tbpay_test1&pgcode=creditcard&payhash={}",
            hash.to_upper_hex()
        );
        let (store, order, sent) = ("PL_Merchant", "order-1", "1676365201");
        let hash = hash::notice_hash_token_only(store, order, "7", sent, &Secret::new(API_KEY));
        let token = format!(
            "storeid={store}&storeorderno={order}&payerid=7&timestamp={sent}&notifytype=7&poqtoken=key&pginfo=PLCreditCard\
             &hash={}",
            hash.to_lower_hex()
        );
        let bodies = [
            (Kind::Callback, callback.as_slice()),
            (Kind::Registration, registration.as_bytes()),
            (Kind::Notice, notice.as_slice()),
            (Kind::TokenNotice, token.as_bytes()),
        ];
        let read = |(kind, body): (Kind, &[u8])| Recorded {
            kind,
            fields: kind.read(body),
        };
        bodies.map(read).into()
    })
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    /// The control: what was signed verifies as it is, so that a refusal of what was changed is one.
    #[test]
    fn what_was_signed_verifies_unchanged() {
        for (which, one) in (0..).zip(recorded()) {
            let body = one.kind.write(&one.fields);
            assert!(
                one.kind.verifies(body.as_bytes(), one.kind.key()),
                "{:?}",
                one.kind
            );
            run(body.as_bytes());
            for (word, name) in (0..).zip(one.kind.names()) {
                let value = one.fields.text(name).unwrap().into_owned();
                assert!(!value.is_empty(), "{:?}: {name}", one.kind);
                run(&[&[which, word], value.as_bytes()].concat());
                for other in ["", "0", "00", &format!("{value}0"), &value[1..]] {
                    run(&[&[which, word], other.as_bytes()].concat());
                }
            }
        }
    }

    /// If a changed word did verify, it would be seen: here it is the hash that was changed with it, by who has the key.
    #[test]
    fn what_verifies_and_was_not_recorded_is_seen() {
        let hash = hash::payhash(b"7", b"9000", b"t", &Secret::new(PAYMENT_KEY)).to_upper_hex();
        let forged = format!(r#"{{"user_id":"7","amount":9000,"tid":"t","payhash":"{hash}"}}"#);
        assert!(Kind::Callback.verifies(forged.as_bytes(), PAYMENT_KEY));
        assert!(catch_unwind(|| run(forged.as_bytes())).is_err());
    }
}
