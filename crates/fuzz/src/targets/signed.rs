//! What a gateway signs: nothing unsigned passes, and what is signed over other bytes is not ours.

use paypair_protocol::Secret;
use paypair_protocol::payletter_global::NoticeForm;
use paypair_reader::{read_callback, read_notice, read_registration};

/// A key that signed nothing anywhere: whatever verifies under it is a forgery.
const NOBODYS: &str = "a key that no gateway has and no message was signed with";

/// No bytes verify under a key that signed nothing. (A forgery by chance has odds of one in 2^256.)
pub(crate) fn run(data: &[u8]) {
    let key = Secret::new(NOBODYS);
    assert!(read_callback(data, &key).is_err());
    assert!(read_registration(data, &key).is_err());
    for form in [NoticeForm::Payment, NoticeForm::TokenOnly] {
        assert!(read_notice(data, &key, form).is_err());
    }
    // The recorded ones verify under the public test keys; changes of them must not panic.
    let recorded = Secret::new("MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=");
    let _ = read_callback(data, &recorded);
    let _ = read_registration(data, &recorded);
    let _ = read_notice(data, &Secret::new("PL_Merchant"), NoticeForm::Payment);
}
