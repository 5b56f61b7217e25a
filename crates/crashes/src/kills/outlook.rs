//! What may still come of an order that is not told as the gateways' book has it: the program looks again at times that it has set.

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
    /// The last lookup failed, and the next is too far off to wait for: nothing can be said of it.
    Far,
    /// The program has looked, and is content; or will not look.
    None,
}

impl Outlook {
    /// By what the program shows of the order, at a time by its own clock.
    pub(super) fn of(shown: &Value, now: Timestamp) -> Self {
        let attempts = || shown["attempts"].as_array().into_iter().flatten();
        let next = attempts().filter_map(|attempt| to_come(&attempt["nextCheckAt"], now));
        let Some(first) = next.min() else {
            return Self::None;
        };
        if first <= NEAR {
            return Self::Near;
        }
        let timeline = shown["timeline"].as_array().into_iter().flatten();
        let is_lookup = |row: &&Value| row["source"] == "lookup";
        let has_failed = timeline
            .rev()
            .find(is_lookup)
            .is_some_and(|row| row["kind"] == "lookup_failed");
        let is_open = |attempt: &Value| {
            attempt["state"] == "in_doubt" || attempt["state"] == "refund_pending"
        };
        match has_failed && attempts().any(is_open) {
            true => Self::Far,
            false => Self::None,
        }
    }
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

    /// An order in this state, looked up with these outcomes, to be looked at so many seconds from now.
    fn outlook(state: &str, lookups: &[&str], next: Option<i64>) -> Outlook {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let at = next.map(|next| (now + SignedDuration::from_secs(next)).to_string());
        let rows: Vec<_> = lookups
            .iter()
            .map(|kind| json!({ "kind": kind, "source": "lookup" }))
            .chain([json!({ "kind": "sighted", "source": "notice" })])
            .collect();
        let shown =
            json!({ "attempts": [{ "state": state, "nextCheckAt": at }], "timeline": rows });
        Outlook::of(&shown, now)
    }

    #[test]
    fn what_is_looked_at_soon_is_waited_for() {
        for next in [-5, 30, 600] {
            assert_eq!(outlook("in_doubt", &["sighted"], Some(next)), Outlook::Near);
        }
        assert_eq!(
            outlook("declined", &["lookup_absent"], Some(60)),
            Outlook::Near
        );
    }

    #[test]
    fn only_what_could_not_be_looked_up_may_wait_for_longer() {
        let failed = ["sighted", "lookup_failed"];
        assert_eq!(outlook("in_doubt", &failed, Some(3600)), Outlook::Far);
        assert_eq!(outlook("refund_pending", &failed, Some(3600)), Outlook::Far);
        let seen = ["lookup_failed", "sighted"];
        assert_eq!(
            outlook("in_doubt", &seen, Some(3600)),
            Outlook::None,
            "it was seen, and not told"
        );
        assert_eq!(
            outlook("in_doubt", &[], Some(3600)),
            Outlook::None,
            "it was never looked at"
        );
        assert_eq!(
            outlook("declined", &failed, Some(3600)),
            Outlook::None,
            "it was told so"
        );
    }

    #[test]
    fn what_nothing_looks_at_waits_for_nothing() {
        for next in [None, Some(-60)] {
            assert_eq!(outlook("in_doubt", &["lookup_failed"], next), Outlook::None);
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
