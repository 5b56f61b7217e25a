//! Moments at which the program is killed. The harness sees them from outside: it is the gateways, the courier and the merchant.

use std::fmt;
use std::time::Duration;

use crate::dice::Dice;

/// What the program asks of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Op {
    /// Payple's confirm.
    Confirm,
    /// A charge of a billing key.
    Charge,
    /// A refund.
    Refund,
    /// The deletion of a billing key.
    DeleteKey,
    /// What became of something.
    LookUp,
}

impl Op {
    /// What a path of the gateways is for; none of the rest touches money.
    pub(super) fn of(path: &str) -> Option<Self> {
        let is = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
        Some(match path {
            _ if is(&["PayCardConfirmAct", "PayConfirmAct", "/confirm"]) => Self::Confirm,
            _ if is(&["PayCardAct", "/autopay", "/payment/recurring"]) => Self::Charge,
            _ if is(&["cPayCAct", "/payments/cancel", "/payment/refund"]) => Self::Refund,
            _ if is(&["ACT_=PUSERDEL"]) => Self::DeleteKey,
            _ if is(&["PayChkAct", "PUSERINFO", "/status", "/list", "cpdaesalist"]) => Self::LookUp,
            _ => return None,
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Charge => "charge",
            Self::Refund => "refund",
            Self::DeleteKey => "key deletion",
            Self::LookUp => "lookup",
        }
    }
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// The gateway has the request and has done nothing yet.
    Arrived,
    /// The gateway did it and has not answered.
    Done,
    /// The answer is on its way.
    Answered,
}

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Any moment.
    Random,
    /// The process is there and does not listen yet.
    Starting,
    /// It has only just begun to listen, and settles what its forerunner left.
    Recovering,
    /// Several requests are being answered.
    Burst,
    /// A call to a gateway.
    Call(Op, Progress),
    /// The intent of a money call is in the ledger's log, and the call has not left, or only just.
    IntentWritten,
    /// A callback or notice is on its way in.
    NoticeSent,
    /// A callback or notice is in the ledger's log, and its acknowledgement has not left, or only just.
    NoticeWritten,
    /// A callback or notice was acknowledged.
    NoticeAcknowledged,
    /// A webhook has reached the merchant's server, which has not answered.
    WebhookSent,
    /// The merchant's server has just said that it took a webhook.
    WebhookAnswered,
    /// The aimed moment did not come in time, and the kill came anyway.
    Overdue,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Random => "at random",
            Self::Starting => "while starting",
            Self::Recovering => "while settling what the last kill left",
            Self::Burst => "within a burst of requests",
            Self::IntentWritten => "intent written, not sent",
            Self::NoticeSent => "notice sent, not acknowledged",
            Self::NoticeWritten => "notice written, not acknowledged",
            Self::NoticeAcknowledged => "notice just acknowledged",
            Self::WebhookSent => "webhook sent, not answered",
            Self::WebhookAnswered => "webhook just taken",
            Self::Overdue => "its moment did not come",
            Self::Call(op, progress) => {
                let how = match progress {
                    Progress::Arrived => "has reached the gateway",
                    Progress::Done => "done, not answered",
                    Progress::Answered => "answer just left",
                };
                return write!(f, "{} {how}", op.as_str());
            }
        };
        f.write_str(text)
    }
}

/// What a life of the program is meant to end by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    pub(super) point: Point,
    /// So often it passes by before.
    pub(super) skip: u64,
    /// So long after it.
    pub(super) delay: Duration,
}

impl Aim {
    /// At this moment, when it comes for the first time.
    pub(super) const fn at(point: Point) -> Self {
        Self {
            point,
            skip: 0,
            delay: Duration::ZERO,
        }
    }

    /// Draws one; `starting` is how long the program takes to start.
    pub(super) fn draw(dice: &mut Dice, starting: Duration) -> Self {
        let all: u64 = AIMS.iter().map(|(_, weight)| weight).sum();
        let mut at = dice.below(all);
        let drawn = AIMS.iter().find(|(_, weight)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        let point = drawn.map_or(Point::Random, |(point, _)| *point);
        let below = |dice: &mut Dice, limit: Duration| {
            Duration::from_micros(dice.below(u64::try_from(limit.as_micros()).unwrap_or(u64::MAX)))
        };
        let (skip, delay) = match point {
            Point::Random => (0, below(dice, Duration::from_millis(200))),
            Point::Starting => (0, below(dice, starting)),
            Point::Recovering => (0, below(dice, Duration::from_millis(12))),
            Point::Burst => (dice.below(8), below(dice, Duration::from_millis(4))),
            Point::NoticeSent | Point::WebhookSent => {
                (dice.below(3), below(dice, Duration::from_millis(4)))
            }
            Point::Call(_, Progress::Answered) | Point::WebhookAnswered => {
                (dice.below(2), below(dice, Duration::from_millis(3)))
            }
            _ => (dice.below(2), Duration::ZERO),
        };
        Self { point, skip, delay }
    }
}

/// The moments and how often each is aimed at.
const AIMS: &[(Point, u64)] = &[
    (Point::Random, 16),
    (Point::Starting, 5),
    (Point::Recovering, 8),
    (Point::Burst, 12),
    (Point::Call(Op::Confirm, Progress::Arrived), 6),
    (Point::Call(Op::Confirm, Progress::Done), 6),
    (Point::Call(Op::Confirm, Progress::Answered), 6),
    (Point::Call(Op::Charge, Progress::Arrived), 4),
    (Point::Call(Op::Charge, Progress::Done), 4),
    (Point::Call(Op::Charge, Progress::Answered), 4),
    (Point::Call(Op::Refund, Progress::Arrived), 4),
    (Point::Call(Op::Refund, Progress::Done), 4),
    (Point::Call(Op::Refund, Progress::Answered), 4),
    (Point::Call(Op::DeleteKey, Progress::Arrived), 2),
    (Point::Call(Op::DeleteKey, Progress::Done), 2),
    (Point::Call(Op::DeleteKey, Progress::Answered), 2),
    (Point::Call(Op::LookUp, Progress::Done), 3),
    (Point::IntentWritten, 6),
    (Point::NoticeSent, 5),
    (Point::NoticeWritten, 4),
    (Point::NoticeAcknowledged, 3),
    (Point::WebhookSent, 4),
    (Point::WebhookAnswered, 4),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_path_is_for() {
        for (path, op) in [
            (
                "/payple/php/PayCardConfirmAct.php?ACT_=PAYM",
                Some(Op::Confirm),
            ),
            (
                "/payple/php/SimplePayCardAct.php?ACT_=PAYM",
                Some(Op::Charge),
            ),
            ("/payletter/v1.0/payments/autopay", Some(Op::Charge)),
            ("/payletter/v1.0/payments/cancel/partial", Some(Op::Refund)),
            ("/payletter_global/payment/refund", Some(Op::Refund)),
            (
                "/payple/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL",
                Some(Op::DeleteKey),
            ),
            (
                "/payple/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO",
                Some(Op::LookUp),
            ),
            ("/payple/php/auth.php", None),
            ("/payletter/v1.0/payments/request", None),
        ] {
            assert_eq!(Op::of(path), op, "{path}");
        }
    }

    #[test]
    fn every_moment_is_drawn() {
        let mut dice = Dice::new(1);
        let drawn: std::collections::BTreeSet<Point> = (0..2_000)
            .map(|_| Aim::draw(&mut dice, Duration::from_millis(50)).point)
            .collect();
        assert_eq!(drawn.len(), AIMS.len());
    }
}
