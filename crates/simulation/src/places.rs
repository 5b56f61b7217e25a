//! In which states of an attempt each fault can strike; `-` stands for what is about no attempt.
//!
//! A fault's state is that of the attempt it is about, when it strikes. Each list was read off a run of 200,000 payments (seed 1), and
//! follows from no rule: it says where a fault did strike, and so is no proof that it can nowhere else. Faults that strike the same
//! things share what is seldom.

use crate::faults::{Fault, Tally};

/// A fault and a state.
pub(crate) type Place = (Fault, &'static str);

/// The states in which a fault strikes, and those in which it strikes seldom: less than twenty times in 200,000 payments.
fn states(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::DnsFail
        | Fault::ConnectRefused
        | Fault::ConnectHang
        | Fault::TlsBadCert
        | Fault::TlsOld
        | Fault::ResetBeforeSend
        | Fault::ResetAfterSend
        | Fault::ResetMidBody
        | Fault::SlowDrip
        | Fault::Empty200
        | Fault::Html200
        | Fault::Truncated200
        | Fault::Processed500
        | Fault::NotProcessed500
        | Fault::TooMany429
        | Fault::Redirect302
        | Fault::StringVsNumber
        | Fault::LateDelivery => (
            "- created requested confirming charging awaiting_deposit pending_review in_doubt paid \
                 refund_pending partially_refunded refunded declined cancelled expired discrepant",
            "registered",
        ),
        Fault::AuthExpired | Fault::PaidAfterClose => ("requested expired", "created"),
        Fault::AuthKeyReused => (
            "requested confirming registered in_doubt paid declined cancelled expired discrepant",
            "created authenticated refunded",
        ),
        Fault::WrongAmount => (
            "created requested confirming charging awaiting_deposit in_doubt expired",
            "",
        ),
        Fault::WrongOid => (
            "requested confirming charging awaiting_deposit in_doubt paid refund_pending partially_refunded \
                 refunded declined cancelled expired discrepant",
            "registered",
        ),
        Fault::WrongCurrency
        | Fault::LookupEmpty
        | Fault::LookupMissingDay
        | Fault::LookupDuplicateRow
        | Fault::LookupForbiddenIp => (
            "requested awaiting_deposit pending_review in_doubt paid refund_pending partially_refunded \
                 refunded declined cancelled expired discrepant",
            "- created confirming",
        ),
        Fault::UpperHex => (
            "- created requested awaiting_deposit in_doubt paid refund_pending partially_refunded refunded \
                 cancelled expired discrepant",
            "confirming charging registered pending_review",
        ),
        Fault::LowerHex | Fault::EucKrBytes => (
            "created requested awaiting_deposit paid partially_refunded refunded expired",
            "in_doubt cancelled discrepant",
        ),
        Fault::DuplicateCallback => (
            "- requested confirming registered pending_review in_doubt paid refund_pending \
                 partially_refunded refunded expired discrepant",
            "created charging awaiting_deposit cancelled",
        ),
        Fault::CallbackBeforeReturn => (
            "created requested confirming in_doubt paid cancelled expired discrepant",
            "refunded declined",
        ),
        Fault::CallbackBeforeRequestResponse => ("created", ""),
        Fault::CallbackAfter50Min => (
            "requested awaiting_deposit registered in_doubt paid refund_pending partially_refunded refunded \
                 expired discrepant",
            "- created confirming charging pending_review cancelled",
        ),
        Fault::CallbackNever => (
            "- created requested confirming charging awaiting_deposit registered in_doubt paid \
                 refund_pending partially_refunded refunded cancelled expired discrepant",
            "pending_review",
        ),
        Fault::CallbackReordered => (
            "in_doubt paid refund_pending partially_refunded refunded discrepant",
            "requested awaiting_deposit",
        ),
        Fault::NotifytypeSwapped | Fault::ReplayOldTimestamp | Fault::ReplayFutureTimestamp => (
            "- requested in_doubt paid refund_pending partially_refunded refunded discrepant",
            "created awaiting_deposit pending_review declined cancelled expired",
        ),
        Fault::OrderSwapped => (
            "requested in_doubt paid partially_refunded refunded expired discrepant",
            "- created awaiting_deposit pending_review refund_pending declined cancelled",
        ),
        Fault::BoundaryShift => ("requested expired", "created declined"),
        Fault::OtherStore => (
            "- requested in_doubt paid refund_pending partially_refunded refunded expired discrepant",
            "created awaiting_deposit pending_review declined cancelled",
        ),
        Fault::KeyRotatedMidflight => (
            "- created requested charging awaiting_deposit pending_review in_doubt paid refund_pending \
                 partially_refunded refunded declined cancelled expired discrepant",
            "",
        ),
        Fault::LookupLag10Min => (
            "requested awaiting_deposit in_doubt paid partially_refunded refunded cancelled expired \
                 discrepant",
            "created confirming charging refund_pending",
        ),
        Fault::RefundProcessedButError => {
            ("refund_pending discrepant", "partially_refunded refunded")
        }
        Fault::PartialRefundOver => ("paid", "pending_review refunded discrepant"),
        Fault::BillkeyRevoked => ("charging in_doubt", ""),
        Fault::ClockJump => ("-", ""),
        Fault::DiskFull
        | Fault::SqliteBusy
        | Fault::PgFailover
        | Fault::KillAt
        | Fault::BrowserLost => (
            "- created requested authenticated confirming charging awaiting_deposit registered in_doubt paid \
                 refund_pending partially_refunded refunded declined cancelled expired discrepant",
            "pending_review",
        ),
        Fault::BuyerDisconnected => (
            "- created requested confirming charging registered paid refund_pending",
            "authenticated partially_refunded refunded declined cancelled expired",
        ),
        Fault::BrowserTwice => (
            "requested in_doubt paid refunded expired discrepant",
            "created confirming declined cancelled",
        ),
        Fault::ReturnNever => (
            "created requested in_doubt paid refunded declined expired discrepant",
            "confirming cancelled",
        ),
        Fault::ConfirmDeclined => ("confirming", "in_doubt"),
        Fault::ChargeProcessedButError => ("confirming charging", "in_doubt"),
        Fault::ChargeDeclined => ("charging", "in_doubt"),
        // Nobody here confirms twice but a planted mistake.
        Fault::ConfirmedTwice => (
            "",
            "confirming in_doubt paid refund_pending refunded discrepant",
        ),
        Fault::ForgedResult => ("requested", "created"),
        Fault::ChargedBack => ("paid partially_refunded", "in_doubt discrepant"),
        Fault::CancelledByHand => (
            "paid partially_refunded",
            "requested awaiting_deposit in_doubt discrepant",
        ),
    }
}

/// Places of one kind: in how many a fault struck, and those where none did.
pub(crate) struct Places {
    pub(crate) struck: usize,
    pub(crate) quiet: Vec<Place>,
}

/// The places where a fault strikes usually, and those where it does seldom.
pub(crate) fn known(tally: &Tally) -> [(&'static str, Places); 2] {
    let of_kind = |states: fn(Fault) -> &'static str| {
        let of = |fault: &Fault| {
            let fault = *fault;
            let states = states(fault).split_ascii_whitespace();
            states.map(move |state| (fault, state))
        };
        let places = Fault::ALL.iter().flat_map(of);
        let (struck, quiet): (Vec<_>, Vec<_>) =
            places.partition(|(fault, state)| tally.at(*fault, state) > 0);
        Places {
            struck: struck.len(),
            quiet,
        }
    };
    [
        ("usually", of_kind(|fault| states(fault).0)),
        ("seldom", of_kind(|fault| states(fault).1)),
    ]
}

/// The places of which this table knows nothing, and where a fault struck all the same.
pub(crate) fn unknown(tally: &Tally) -> Vec<Place> {
    let struck = |fault: &Fault| {
        let fault = *fault;
        let (often, seldom) = states(fault);
        let known = move |state: &str| {
            let mut all = often
                .split_ascii_whitespace()
                .chain(seldom.split_ascii_whitespace());
            all.any(|known| known == state)
        };
        let states = tally.of(fault).1.into_iter().map(|(state, _)| state);
        states
            .filter(move |state| !known(state))
            .map(move |state| (fault, state))
    };
    Fault::ALL.iter().flat_map(struck).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_known_or_told() {
        let mut tally = Tally::default();
        let places =
            |tally: &Tally| known(tally).map(|(_, places)| (places.struck, places.quiet.len()));
        let [(none, usual), (nowhere, seldom)] = places(&tally);
        assert_eq!([none, nowhere], [0, 0]);
        assert!(usual > 500 && seldom > 100, "{usual} {seldom}");
        tally.add(Fault::DnsFail, "requested");
        tally.add(Fault::DnsFail, "registered");
        tally.add(Fault::DnsFail, "charged_back");
        assert_eq!(places(&tally), [(1, usual - 1), (1, seldom - 1)]);
        assert_eq!(unknown(&tally), [(Fault::DnsFail, "charged_back")]);
    }

    #[test]
    fn no_place_is_both_usual_and_seldom() {
        for fault in Fault::ALL {
            let (usual, seldom) = states(*fault);
            let mut all: Vec<_> = usual
                .split_ascii_whitespace()
                .chain(seldom.split_ascii_whitespace())
                .collect();
            let count = all.len();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), count, "{}", fault.name());
        }
    }
}
