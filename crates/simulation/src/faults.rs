//! The catalogue of faults, by name; which of them struck, and how the struck attempt stood.

use std::collections::BTreeMap;

macro_rules! catalogue {
    ($($variant:ident $name:literal,)*) => {
        /// A fault that is modelled.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $(#[doc = $name] $variant,)*
        }

        impl Fault {
            /// All of them, in the order of the catalogue.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

catalogue! {
    DnsFail "dns_fail",
    ConnectRefused "connect_refused",
    ConnectHang "connect_hang",
    TlsBadCert "tls_bad_cert",
    TlsOld "tls_old",
    ResetBeforeSend "reset_before_send",
    ResetAfterSend "reset_after_send",
    ResetMidBody "reset_mid_body",
    SlowDrip "slow_drip",
    Empty200 "200_empty",
    Html200 "200_html",
    Truncated200 "200_truncated",
    Processed500 "500_processed",
    NotProcessed500 "500_not_processed",
    TooMany429 "429",
    Redirect302 "redirect_302",
    AuthExpired "auth_expired",
    AuthKeyReused "authkey_reused",
    WrongAmount "wrong_amount",
    WrongOid "wrong_oid",
    WrongCurrency "wrong_currency",
    StringVsNumber "string_vs_number",
    UpperHex "upper_hex",
    LowerHex "lower_hex",
    EucKrBytes "euc_kr_bytes",
    DuplicateCallback "duplicate_callback",
    CallbackBeforeReturn "callback_before_return",
    CallbackBeforeRequestResponse "callback_before_request_response",
    CallbackAfter50Min "callback_after_50min",
    CallbackNever "callback_never",
    CallbackReordered "callback_reordered",
    NotifytypeSwapped "notifytype_swapped",
    OrderSwapped "order_swapped",
    BoundaryShift "boundary_shift",
    ReplayOldTimestamp "replay_old_timestamp",
    ReplayFutureTimestamp "replay_future_timestamp",
    OtherStore "other_store",
    KeyRotatedMidflight "key_rotated_midflight",
    LookupLag10Min "lookup_lag_10min",
    LookupEmpty "lookup_empty",
    LookupMissingDay "lookup_missing_day",
    LookupDuplicateRow "lookup_duplicate_row",
    LookupForbiddenIp "lookup_forbidden_ip",
    RefundProcessedButError "refund_processed_but_error",
    PartialRefundOver "partial_refund_over",
    BillkeyRevoked "billkey_revoked",
    ClockJump "clock_jump",
    DiskFull "disk_full",
    SqliteBusy "sqlite_busy",
    PgFailover "pg_failover",
    KillAt "kill_at",
    // Beside the catalogue: what its names do not cover.
    LateDelivery "late_delivery",
    BuyerDisconnected "buyer_disconnected",
    BrowserLost "browser_lost",
    BrowserTwice "browser_twice",
    ReturnNever "return_never",
    PaidAfterClose "paid_after_close",
    ConfirmDeclined "confirm_declined",
    ChargeDeclined "charge_declined",
    // Strikes those alone who confirm twice.
    ConfirmedTwice "confirm_captures_again",
    ForgedResult "forged_result",
    CancelledByHand "cancelled_by_hand",
    ChargedBack "charged_back",
    ChargeProcessedButError "charge_processed_but_error",
}

/// The first so many of [`Fault::ALL`] are names of the catalogue: all of it.
pub(crate) const OF_CATALOGUE: usize = 51;

impl Fault {
    /// It is in everybody's story.
    pub(crate) const fn strikes_all(self) -> bool {
        matches!(self, Self::ClockJump | Self::KillAt)
    }
}

/// How often what struck, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    struck: BTreeMap<Fault, BTreeMap<&'static str, u64>>,
}

impl Tally {
    pub(crate) fn add(&mut self, fault: Fault, state: &'static str) {
        *self
            .struck
            .entry(fault)
            .or_default()
            .entry(state)
            .or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (fault, states) in &other.struck {
            for (state, count) in states {
                *self
                    .struck
                    .entry(*fault)
                    .or_default()
                    .entry(state)
                    .or_default() += count;
            }
        }
    }

    /// How often it struck in this state.
    pub(crate) fn at(&self, fault: Fault, state: &str) -> u64 {
        let states = self.struck.get(&fault);
        states
            .and_then(|states| states.get(state))
            .copied()
            .unwrap_or(0)
    }

    /// How often it struck, and how often in each state; most often first.
    pub(crate) fn of(&self, fault: Fault) -> (u64, Vec<(&'static str, u64)>) {
        let states = self.struck.get(&fault).into_iter().flatten();
        let mut states: Vec<_> = states.map(|(state, count)| (*state, *count)).collect();
        states.sort_by_key(|(state, count)| (std::cmp::Reverse(*count), *state));
        (states.iter().map(|(_, count)| count).sum(), states)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The catalogue, as it was written down before any of it was modelled.
    const CATALOGUE: &str = "dns_fail connect_refused connect_hang tls_bad_cert tls_old reset_before_send \
        reset_after_send reset_mid_body slow_drip 200_empty 200_html 200_truncated 500_processed 500_not_processed 429 \
        redirect_302 auth_expired authkey_reused wrong_amount wrong_oid wrong_currency string_vs_number upper_hex \
        lower_hex euc_kr_bytes duplicate_callback callback_before_return callback_before_request_response \
        callback_after_50min callback_never callback_reordered notifytype_swapped order_swapped boundary_shift \
        replay_old_timestamp replay_future_timestamp other_store key_rotated_midflight lookup_lag_10min lookup_empty \
        lookup_missing_day lookup_duplicate_row lookup_forbidden_ip refund_processed_but_error partial_refund_over \
        billkey_revoked clock_jump disk_full sqlite_busy pg_failover kill_at";

    #[test]
    fn every_name_of_the_catalogue_is_modelled() {
        let names = |faults: &[Fault]| faults.iter().map(|fault| fault.name()).collect::<Vec<_>>();
        let wanted: Vec<_> = CATALOGUE.split_ascii_whitespace().collect();
        assert_eq!(names(&Fault::ALL[..OF_CATALOGUE]), wanted);
        let mut all = names(Fault::ALL);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), Fault::ALL.len(), "no name stands twice");
    }
}
