//! Mistakes that others have made, planted from outside: by what stands between the server and its disk, its wire and its clock. The
//! product knows nothing of them.

mod door;

use std::time::Duration;

use paypair_ledger::Policy;
use paypair_verifier::GatewayAnswer;
use serde_json::Value;

pub(crate) use self::door::{Door, PAYMENT_KEY};
use crate::network::{Kind, Sent};

macro_rules! bugs {
    ($($variant:ident $name:literal $does:literal,)*) => {
        /// A planted mistake.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {
            $(#[doc = $does] $variant,)*
        }

        impl Bug {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What is done wrong.
            pub const fn does(self) -> &'static str {
                match self {
                    $(Self::$variant => $does,)*
                }
            }
        }
    };
}

bugs! {
    AcknowledgeBeforeCommit "acknowledge_before_commit" "Writes are answered at once and committed later.",
    ConfirmRetried "confirm_retried" "A confirm of unknown outcome is sent once more.",
    RefundRetried "refund_retried" "A refund of unknown outcome is sent once more.",
    AbsenceBelieved "absence_believed" "One lookup that finds nothing means that nothing happened.",
    OrderNotCompared "order_not_compared" "A row of a list is taken for the order that was asked for.",
    UtcDates "utc_dates" "Days are days in UTC instead of Korea.",
    OutboxOutside "outbox_outside" "What the merchant is told is written after the commit, not with it.",
    ToldAgain "told_again" "A notification that comes again is told again.",
    TidReused "tid_reused" "A payment's id is taken for whatever order it is sent with.",
    NotifytypeTrusted "notifytype_trusted" "What a notice says happened is taken to have happened, though its hash does not cover that.",
    DoubtKept "doubt_kept" "What is in doubt is never settled by absences.",
    InboxForgets "inbox_forgets" "The inbox forgets: a notification that comes again is applied again as new. It does no harm, and is not found.",
}

impl std::str::FromStr for Bug {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|bug| bug.name() == text);
        found.copied().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|bug| bug.name()).collect();
            format!("there is no bug `{text}`; known are {}", names.join(", "))
        })
    }
}

/// The ledger's policy, as this mistake has it.
pub(crate) fn policy(bug: Option<Bug>, usual: Policy) -> Policy {
    match bug {
        Some(Bug::AbsenceBelieved) => Policy {
            settle_window: Duration::ZERO,
            absences: 1,
            ..usual
        },
        Some(Bug::DoubtKept) => Policy {
            absences: u32::MAX,
            ..usual
        },
        _ => usual,
    }
}

/// How far the server's clock is off because of it.
pub(crate) fn skew(bug: Option<Bug>) -> i64 {
    match bug {
        Some(Bug::UtcDates) => -9 * 3600 * 1000,
        _ => 0,
    }
}

/// What is asked, as this mistake asks it.
pub(crate) fn asked(bug: Option<Bug>, kind: Kind, path: String) -> String {
    if bug != Some(Bug::OrderNotCompared) || kind != Kind::List {
        return path;
    }
    let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
    let rest: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.starts_with("order_no="))
        .collect();
    format!("{bare}?{}", rest.join("&"))
}

/// An answer, as this mistake reads it.
pub(crate) fn believe(
    bug: Option<Bug>,
    door: &Door,
    sent: &Sent,
    answer: GatewayAnswer,
) -> GatewayAnswer {
    let (Some(bug), Kind::List) = (bug, sent.kind) else {
        return answer;
    };
    let Ok(mut value) = serde_json::from_slice::<Value>(&answer.body) else {
        return answer;
    };
    let known = match bug {
        Bug::OrderNotCompared => rename(&mut value, &sent.order),
        Bug::TidReused => door.add_reused(&mut value, &sent.order),
        Bug::NotifytypeTrusted => door.say_again(&mut value),
        _ => return answer,
    };
    match known {
        Some(()) => GatewayAnswer {
            body: value.to_string().into_bytes(),
            ..answer
        },
        None => answer,
    }
}

fn rename(value: &mut Value, order: &str) -> Option<()> {
    for row in value.get_mut("list")?.as_array_mut()? {
        if let Some(name) = row.get_mut("order_no") {
            *name = order.into();
        }
    }
    Some(())
}
