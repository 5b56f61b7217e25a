//! Webhooks that we sign: a receiver with the rules' own library believes each, and none that was changed on its way.

use http::HeaderMap;
use paypair_ledger::Timestamp;
use paypair_protocol::Secret;
use paypair_verifier::WebhookSigner;
use standardwebhooks::Webhook;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ANOTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// First line: a secret, as somebody writes it down; then the body.
pub(crate) fn run(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (secret, body) = data.split_at(end.unwrap_or(data.len()));
    let written = String::from_utf8_lossy(secret).into_owned();
    let read = WebhookSigner::new(&Secret::new(written.clone()));
    // What is refused is signed with another.
    let secret = if read.is_some() {
        written.as_str()
    } else {
        SECRET
    };
    let (Ok(body), Some(signer), Some(another)) = (
        std::str::from_utf8(body),
        WebhookSigner::new(&Secret::new(secret)),
        WebhookSigner::new(&Secret::new(ANOTHER)),
    ) else {
        return;
    };
    let receiver = Webhook::new(secret).expect("a secret that signs is one that verifies");
    let at = now();
    let id = format!("evt_{}_ab", data.len());
    let signed = signer.sign(&id, at, body);
    let headers = |id: &str, at: Timestamp, signed: &str| {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("webhook-id", id),
            ("webhook-timestamp", &(at.millis() / 1000).to_string()),
            ("webhook-signature", signed),
        ] {
            headers.insert(name, value.parse().expect("a header of plain signs"));
        }
        headers
    };
    let believes = |body: &[u8], id: &str, at: Timestamp, signed: &str| {
        receiver.verify(body, &headers(id, at, signed)).is_ok()
    };
    assert!(believes(body.as_bytes(), &id, at, &signed));
    // With the secret of before beside it, too.
    let both = signer.and(another).sign(&id, at, body);
    assert!(both.split(' ').any(|one| one == signed));
    assert!(believes(body.as_bytes(), &id, at, &both));

    // One byte of it changed, one more, one less.
    let place = data.iter().fold(0_usize, |sum, byte| {
        sum.wrapping_mul(31) + usize::from(*byte)
    });
    let mut bent = body.as_bytes().to_vec();
    bent.push(b' ');
    assert!(!believes(&bent, &id, at, &signed));
    bent.pop();
    if let Some(last) = bent.len().checked_sub(1) {
        let at_place = place % bent.len();
        bent[at_place] ^= 1;
        assert!(!believes(&bent, &id, at, &signed));
        assert!(!believes(&body.as_bytes()[..last], &id, at, &signed));
    }
    let later = Timestamp::from_millis(at.millis() + 1000);
    assert!(!believes(body.as_bytes(), &id, later, &signed));
    assert!(!believes(body.as_bytes(), &format!("{id}0"), at, &signed));
    let mut bent = signed.clone().into_bytes();
    let letter = 3 + place % (bent.len() - 3);
    bent[letter] = if bent[letter] == b'A' { b'B' } else { b'A' };
    let bent = String::from_utf8_lossy(&bent);
    assert!(!believes(body.as_bytes(), &id, at, &bent));
    assert!(!believes(
        body.as_bytes(),
        &id,
        at,
        &signed[..signed.len() - 1]
    ));
    // Under another secret nothing of it holds. (HMAC fills its key up with zeros, so one with some behind it is the same key.)
    if !secret.starts_with(ANOTHER) {
        let stranger = Webhook::new(ANOTHER).expect("a secret");
        let headers = headers(&id, at, &signed);
        assert!(stranger.verify(body.as_bytes(), &headers).is_err());
    }
}

/// The library believes no other time.
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let millis = since.unwrap_or_default().as_millis();
    Timestamp::from_millis(i64::try_from(millis).unwrap_or_default())
}
