//! In which states of an attempt each fault can strike; `-` stands for what is about no attempt.
//!
//! A fault's state is that of the attempt it is about, when it strikes. Each list was read off a run of 200,000 payments and then gone
//! through: what strikes a message can strike wherever such a message is under way.

use crate::faults::{Fault, Tally};

/// A fault and a state.
pub(crate) type Place = (Fault, &'static str);

/// What strikes a call to a gateway, whatever it asks: tokens come first and name no order, then the call itself.
const CALLED: &str = "- created requested confirming charging awaiting_deposit in_doubt paid refund_pending partially_refunded \
     refunded declined cancelled expired discrepant";

/// What strikes a call that names its order, behind the window's.
const ASKED: &str = "requested confirming charging awaiting_deposit in_doubt paid refund_pending partially_refunded refunded \
     declined cancelled expired discrepant";

/// What strikes a write, a read, or the server while it works.
const WORKED: &str = "- created requested authenticated confirming charging awaiting_deposit registered in_doubt paid \
     refund_pending partially_refunded refunded declined cancelled expired discrepant";

/// What strikes a callback or notice; those of renewals are about no attempt yet.
const NOTIFIED: &str = "- created requested confirming charging awaiting_deposit registered in_doubt paid refund_pending \
     partially_refunded refunded cancelled expired discrepant";

/// Lists that are read: some days have no order to name.
const LISTED: &str = "- requested awaiting_deposit in_doubt paid partially_refunded refunded declined cancelled expired";

/// What a buyer does who comes back from a window.
const RETURNED: &str = "requested in_doubt paid refunded declined cancelled expired discrepant";

/// What strikes a capture: of a window, of a confirm, of a charge, of a deposit.
const CAPTURED: &str = "created requested confirming charging awaiting_deposit expired";

/// Where villains find something that they can send again.
const REPLAYED: &str =
    "- requested in_doubt paid refund_pending partially_refunded refunded discrepant";

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
        | Fault::LateDelivery => (CALLED, "registered authenticated pending_review"),
        Fault::DiskFull
        | Fault::SqliteBusy
        | Fault::PgFailover
        | Fault::KillAt
        | Fault::BrowserLost => (WORKED, "pending_review"),
        Fault::AuthExpired => ("requested declined expired", "created cancelled in_doubt"),
        Fault::AuthKeyReused => (
            "requested confirming registered in_doubt paid refunded declined cancelled expired discrepant",
            "- created authenticated partially_refunded refund_pending",
        ),
        Fault::WrongAmount | Fault::LookupLag10Min => (
            CAPTURED,
            "in_doubt cancelled authenticated paid partially_refunded refund_pending discrepant",
        ),
        Fault::WrongOid => (ASKED, "registered created pending_review"),
        Fault::WrongCurrency | Fault::LookupForbiddenIp | Fault::ClockJump => ("-", ""),
        Fault::UpperHex => (
            "- created requested awaiting_deposit in_doubt paid refund_pending partially_refunded refunded expired discrepant",
            "cancelled declined pending_review registered",
        ),
        Fault::LowerHex | Fault::EucKrBytes => (
            "created requested awaiting_deposit paid partially_refunded refunded expired",
            "in_doubt cancelled discrepant declined refund_pending registered",
        ),
        Fault::DuplicateCallback | Fault::CallbackNever => {
            (NOTIFIED, "declined pending_review authenticated")
        }
        Fault::CallbackBeforeReturn => (
            "created requested in_doubt paid refunded declined expired discrepant",
            "partially_refunded cancelled refund_pending",
        ),
        Fault::CallbackBeforeRequestResponse => ("created", "expired"),
        Fault::CallbackAfter50Min => (
            "requested confirming awaiting_deposit registered expired",
            "created in_doubt cancelled paid authenticated",
        ),
        Fault::CallbackReordered => (
            "refund_pending in_doubt discrepant",
            "paid partially_refunded refunded requested -",
        ),
        Fault::NotifytypeSwapped
        | Fault::ReplayOldTimestamp
        | Fault::ReplayFutureTimestamp
        | Fault::OtherStore => (
            REPLAYED,
            "created awaiting_deposit pending_review cancelled expired declined registered",
        ),
        Fault::OrderSwapped => (
            "requested awaiting_deposit in_doubt paid partially_refunded refunded declined expired discrepant",
            "created refund_pending cancelled - registered",
        ),
        Fault::BoundaryShift => (
            "requested declined expired",
            "created refunded cancelled paid in_doubt",
        ),
        Fault::KeyRotatedMidflight => (
            "- created requested charging awaiting_deposit in_doubt paid refund_pending partially_refunded refunded declined \
             cancelled expired discrepant",
            "registered pending_review",
        ),
        Fault::LookupEmpty => (
            LISTED,
            "created authenticated confirming charging discrepant refund_pending registered",
        ),
        Fault::LookupMissingDay => (
            LISTED,
            "refund_pending discrepant created charging confirming registered",
        ),
        Fault::LookupDuplicateRow => (
            "- requested awaiting_deposit in_doubt paid partially_refunded refunded",
            "cancelled expired discrepant declined refund_pending created",
        ),
        Fault::RefundProcessedButError => (
            "refund_pending discrepant",
            "partially_refunded refunded in_doubt",
        ),
        Fault::PartialRefundOver => (
            "paid refunded declined expired",
            "- created confirming charging awaiting_deposit cancelled discrepant requested in_doubt partially_refunded",
        ),
        Fault::BillkeyRevoked => ("charging in_doubt", "declined"),
        Fault::BuyerDisconnected => (
            "created requested confirming charging registered paid refund_pending refunded declined cancelled expired",
            "- authenticated awaiting_deposit in_doubt partially_refunded discrepant",
        ),
        Fault::BrowserTwice => (
            RETURNED,
            "created partially_refunded confirming awaiting_deposit registered",
        ),
        Fault::ReturnNever => (
            "created requested in_doubt paid refunded declined cancelled expired discrepant",
            "- authenticated partially_refunded confirming refund_pending",
        ),
        Fault::PaidAfterClose => ("requested expired", "created cancelled declined"),
        Fault::ConfirmDeclined => ("confirming", "in_doubt"),
        Fault::ChargeDeclined => ("charging", "in_doubt"),
        // Nobody here confirms twice but a planted mistake.
        Fault::ConfirmedTwice => (
            "",
            "confirming in_doubt paid discrepant refund_pending refunded",
        ),
        Fault::CancelledByHand => (
            "paid",
            "requested partially_refunded refund_pending in_doubt refunded discrepant",
        ),
        Fault::ForgedResult => (
            "requested declined expired",
            "created cancelled refunded in_doubt",
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
        tally.add(Fault::DnsFail, "pending_review");
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
