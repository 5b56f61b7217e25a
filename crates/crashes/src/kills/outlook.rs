//! What may still come of an order that is not told as the gateways' book has it: the program looks again at times that it has set.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// The schedule's fourth pause, and a minute: what is to be looked at within it is waited for.
const NEAR: SignedDuration = SignedDuration::from_mins(11);
/// A check that is so late will not come.
const LATE: SignedDuration = SignedDuration::from_secs(10);

/// What may still come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It is looked at soon.
    Near,
    /// No gateway answered the last lookup, and the next is too far off to wait for: nothing can be said of it.
    Far,
    /// The program has looked, and is content or did not understand; or will not look.
    None,
}

impl Outlook {
    /// By what the program shows of the order, at a time by its own clock. `lost` are those of its attempts that are not told as the
    /// gateways' book has them, as the gateway names them.
    pub(super) fn of(shown: &Value, lost: &BTreeSet<String>, now: Timestamp) -> Self {
        let attempts = || shown["attempts"].as_array().into_iter().flatten();
        let next = attempts().filter_map(|attempt| to_come(&attempt["nextCheckAt"], now));
        if next.min().is_some_and(|first| first <= NEAR) {
            return Self::Near;
        }
        // What another attempt waits for is no excuse.
        let may_wait = |name: &String| {
            attempts()
                .filter(|attempt| attempt["gatewayOrderId"] == name.as_str())
                .any(|attempt| {
                    to_come(&attempt["nextCheckAt"], now).is_some() && is_unknown(attempt, shown)
                })
        };
        match !lost.is_empty() && lost.iter().all(may_wait) {
            true => Self::Far,
            false => Self::None,
        }
    }
}

/// Whether an attempt is open and no gateway has answered what became of it.
fn is_unknown(attempt: &Value, shown: &Value) -> bool {
    let timeline = shown["timeline"].as_array().into_iter().flatten();
    let rows: Vec<_> = timeline
        .filter(|row| row["attempt"] == attempt["attempt"])
        .collect();
    let was_wanted_back = rows.iter().any(|row| row["kind"] == "refund_asked");
    let mut looks = rows.iter().rev().filter(|row| is_lookup(row));
    let is_unanswered = looks.next().is_some_and(|row| {
        row["kind"] == "lookup_failed" && (row["note"] == "no_answer" || row["note"] == "not_sent")
    });
    // A payment that was seen once is to be told; whether it went back is another question.
    let was_seen = looks.any(|row| row["kind"] == "sighted");
    let is_open = attempt["state"] == "in_doubt" || attempt["state"] == "refund_pending";
    is_open && is_unanswered && (was_wanted_back || !was_seen)
}

/// A lookup of a payment. Those of billing keys stand in the same timeline.
fn is_lookup(row: &Value) -> bool {
    let kind = row["kind"].as_str().unwrap_or_default();
    row["source"] == "lookup" && (kind == "sighted" || kind.starts_with("lookup_"))
}

/// Whether the merchant is told something soon, by the list of what is still to be told.
pub(super) fn is_soon_told(pending: &Value, now: Timestamp) -> bool {
    let pending = pending["deliveries"].as_array().into_iter().flatten();
    let mut tries = pending.filter_map(|delivery| to_come(&delivery["nextTryAt"], now));
    tries.any(|to_come| to_come <= NEAR)
}

/// How long it is until then; none if that is over.
fn to_come(at: &Value, now: Timestamp) -> Option<SignedDuration> {
    let at: Timestamp = at.as_str()?.parse().ok()?;
    Some(at.duration_since(now)).filter(|to_come| *to_come >= -LATE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// An attempt in this state, to be looked at so many seconds from now.
    fn attempt(no: u32, state: &str, next: Option<i64>) -> Value {
        let at = next.map(|next| (now() + SignedDuration::from_secs(next)).to_string());
        let name = match no {
            1 => "a".to_owned(),
            no => format!("a-{no}"),
        };
        json!({ "attempt": no, "state": state, "gatewayOrderId": name, "nextCheckAt": at })
    }

    /// A lookup of an attempt, by its outcome and the code of why it failed.
    fn look(no: u32, (kind, note): (&str, &str)) -> Value {
        json!({ "attempt": no, "kind": kind, "source": "lookup", "note": note })
    }

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    /// Of an order with these attempts, looked up with these outcomes, of which these are not told as the book has them.
    fn of(attempts: &[Value], looks: &[Value], lost: &[&str]) -> Outlook {
        let rows = looks.iter().cloned();
        let noticed = json!({ "attempt": 1, "kind": "sighted", "source": "notice" });
        let rows: Vec<_> = rows.chain([noticed]).collect();
        let shown = json!({ "attempts": attempts, "timeline": rows });
        let lost = lost.iter().map(|name| (*name).to_owned()).collect();
        Outlook::of(&shown, &lost, now())
    }

    /// An order of one attempt.
    fn outlook(state: &str, looks: &[(&str, &str)], next: Option<i64>) -> Outlook {
        let looks: Vec<_> = looks.iter().map(|seen| look(1, *seen)).collect();
        of(&[attempt(1, state, next)], &looks, &["a"])
    }

    const FAILED: (&str, &str) = ("lookup_failed", "no_answer");
    const SEEN: (&str, &str) = ("sighted", "");

    #[test]
    fn what_is_looked_at_soon_is_waited_for() {
        for next in [-5, 30, 600] {
            assert_eq!(outlook("in_doubt", &[SEEN], Some(next)), Outlook::Near);
        }
        let absent = [("lookup_absent", "")];
        assert_eq!(outlook("declined", &absent, Some(60)), Outlook::Near);
    }

    #[test]
    fn only_what_could_not_be_looked_up_may_wait_for_longer() {
        assert_eq!(outlook("in_doubt", &[FAILED], Some(3600)), Outlook::Far);
        for state in ["refund_pending", "in_doubt"] {
            let attempts = [attempt(1, state, Some(3600))];
            let asked = json!({ "attempt": 1, "kind": "refund_asked", "source": "merchant" });
            let looks = [look(1, SEEN), asked, look(1, FAILED)];
            let back = of(&attempts, &looks, &["a"]);
            assert_eq!(back, Outlook::Far, "seen, and then {state} of a refund");
        }
        for (looks, why) in [
            (&[FAILED, SEEN][..], "it was seen, and not told"),
            (&[SEEN, FAILED], "it was seen before, and not told"),
            (&[], "it was never looked at"),
        ] {
            assert_eq!(
                outlook("in_doubt", looks, Some(3600)),
                Outlook::None,
                "{why}"
            );
        }
        let declined = outlook("declined", &[FAILED], Some(3600));
        assert_eq!(declined, Outlook::None, "it was told so");
    }

    /// The program misread what it was answered, or asked for the wrong thing: every payment would be lost that way.
    #[test]
    fn what_was_answered_and_not_understood_may_not_wait() {
        for (code, outlook_then) in [
            ("no_answer", Outlook::Far),
            ("not_sent", Outlook::Far),
            ("answer_unreadable", Outlook::None),
            ("order_id_differs", Outlook::None),
            ("not_configured", Outlook::None),
            ("gateway_refused", Outlook::None),
            ("list_cut_short", Outlook::None),
        ] {
            let failed = [FAILED, ("lookup_failed", code)];
            assert_eq!(
                outlook("in_doubt", &failed, Some(3600)),
                outlook_then,
                "{code}"
            );
        }
    }

    #[test]
    fn another_attempts_doubt_excuses_nothing() {
        let far = Some(3600);
        let second = attempt(2, "in_doubt", far);
        let failed = look(2, FAILED);
        // The first was captured, and told as declined.
        let first = attempt(1, "declined", None);
        let both = [first, second.clone()];
        let looks = std::slice::from_ref(&failed);
        assert_eq!(of(&both, looks, &["a"]), Outlook::None);
        assert_eq!(of(&both, looks, &["a", "a-2"]), Outlook::None, "one of two");
        assert_eq!(of(&both, looks, &["a-2"]), Outlook::Far);
        // Both are in doubt, and only the other one's lookup failed.
        let both = [attempt(1, "in_doubt", far), second.clone()];
        let seen = [look(1, SEEN), failed.clone()];
        assert_eq!(of(&both, &seen, &["a"]), Outlook::None);
        let other = [look(1, FAILED), look(2, SEEN)];
        assert_eq!(of(&both, &other, &["a"]), Outlook::Far, "not its own");
        // Nothing looks at it, and something looks at the other.
        let both = [attempt(1, "in_doubt", None), second];
        assert_eq!(of(&both, &[look(1, FAILED), failed], &["a"]), Outlook::None);
        assert_eq!(
            of(&both, &[look(1, FAILED)], &[]),
            Outlook::None,
            "nothing is lost"
        );
    }

    /// What a lookup says of a billing key is not what it says of the payment beside it.
    #[test]
    fn a_keys_lookup_is_not_the_payments() {
        for kind in ["billing_key_gone", "billing_key_check_failed"] {
            let looks = [FAILED, (kind, "no_answer")];
            assert_eq!(
                outlook("in_doubt", &looks, Some(3600)),
                Outlook::Far,
                "{kind}"
            );
        }
        let of_key = [("billing_key_check_failed", "no_answer")];
        assert_eq!(outlook("in_doubt", &of_key, Some(3600)), Outlook::None);
    }

    #[test]
    fn what_nothing_looks_at_waits_for_nothing() {
        for next in [None, Some(-60)] {
            assert_eq!(outlook("in_doubt", &[FAILED], next), Outlook::None);
        }
    }

    #[test]
    fn a_webhook_that_is_tried_again_soon_is_waited_for() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let is_soon = |tries: &[Option<i64>]| {
            let deliveries = tries.iter().map(|next| {
                let at = next.map(|next| (now + SignedDuration::from_secs(next)).to_string());
                json!({ "nextTryAt": at })
            });
            let pending = json!({ "deliveries": deliveries.collect::<Vec<_>>() });
            is_soon_told(&pending, now)
        };
        assert!(is_soon(&[None, Some(3600), Some(300)]));
        assert!(!is_soon(&[None, Some(3600), Some(-60)]));
        assert!(!is_soon(&[]));
    }
}
