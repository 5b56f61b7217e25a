//! Where an attempt stands, and what the buyer's page hears of it.

use std::fmt;
use std::str::FromStr;

use paypair_protocol::Status;
use serde::{Deserialize, Serialize};

macro_rules! states {
    ($($(#[$doc:meta])* $name:ident = $text:literal => $status:ident,)*) => {
        /// Where an attempt stands. Only [`step`](crate::step()) moves it.
        ///
        /// The buyer's page sees a [`Status`]; this is the whole table:
        ///
        /// | state | status |
        /// |---|---|
        $(#[doc = concat!("| `", $text, "` | [`", stringify!($status), "`](Status::", stringify!($status), ") |")])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum State { $($(#[$doc])* $name,)* }

        impl State {
            /// All of them, in the order of a payment's life.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The name in the database and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What the buyer's page hears (the table above).
            pub const fn status(self) -> Status {
                match self { $(Self::$name => Status::$status,)* }
            }
        }

        impl FromStr for State {
            type Err = UnknownState;
            fn from_str(text: &str) -> Result<Self, UnknownState> {
                match text { $($text => Ok(Self::$name),)* _ => Err(UnknownState) }
            }
        }
    };
}

states! {
    /// Written down; the gateway has not heard of it.
    Created = "created" => Pending,
    /// The gateway gave us what opens its window.
    Requested = "requested" => Pending,
    /// Payple CERT: the browser says the buyer authenticated; we may confirm.
    Authenticated = "authenticated" => Pending,
    /// Our confirm is on its way.
    Confirming = "confirming" => Pending,
    /// Our charge of a billing key is on its way.
    Charging = "charging" => Pending,
    /// The money is captured, by evidence.
    Paid = "paid" => Paid,
    /// Our refund, of all or of a part, is on its way; or the gateway took it and will do it later.
    RefundPending = "refund_pending" => Pending,
    /// A part was given back; the rest stands.
    PartiallyRefunded = "partially_refunded" => Paid,
    /// All was given back.
    Refunded = "refunded" => Cancelled,
    /// The card company took it back.
    ChargedBack = "charged_back" => Cancelled,
    /// The gateway or the card company said no.
    Declined = "declined" => Declined,
    /// The buyer left.
    Cancelled = "cancelled" => Cancelled,
    /// The window's time ran out.
    Expired = "expired" => Expired,
    /// A virtual account was issued; the buyer must transfer.
    AwaitingDeposit = "awaiting_deposit" => AwaitingDeposit,
    /// The gateway holds the payment for its own review; or it charged a subscription again, and its list has not confirmed it.
    PendingReview = "pending_review" => Review,
    /// A billing key is registered.
    Registered = "registered" => Registered,
    /// A money call may have happened: only evidence or a named operator ends this.
    InDoubt = "in_doubt" => InDoubt,
    /// The gateway says what contradicts the order: never fulfilled, a person looks.
    Discrepant = "discrepant" => Review,
}

impl State {
    /// Nothing more will happen by itself. A soft end may still turn out paid, by evidence.
    pub const fn is_final(self) -> bool {
        self.is_soft_end()
            || matches!(
                self,
                Self::Paid
                    | Self::PartiallyRefunded
                    | Self::Refunded
                    | Self::ChargedBack
                    | Self::Registered
            )
    }

    /// Ended on a word that proves nothing (a browser's, a clock's): a verified capture overrules it.
    pub const fn is_soft_end(self) -> bool {
        matches!(self, Self::Declined | Self::Cancelled | Self::Expired)
    }

    /// The buyer may be at the gateway's window, or on the way there or back; or our own call for the money is on its way.
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            Self::Created
                | Self::Requested
                | Self::Authenticated
                | Self::Confirming
                | Self::Charging
        )
    }

    /// Nothing leads out of it, but for one thing: a second payment found beside a refunded one.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Refunded | Self::ChargedBack | Self::Registered)
    }

    /// Money hangs on it that does not count as received, nor as never paid: nothing else of its order may be captured beside it.
    pub const fn is_undecided(self) -> bool {
        matches!(
            self,
            Self::InDoubt
                | Self::Discrepant
                | Self::PendingReview
                | Self::AwaitingDeposit
                | Self::ChargedBack
        )
    }

    /// A charge took the money, or may yet turn out to have: what never began, was declined or went back did not.
    pub(crate) const fn may_have_charged(self) -> bool {
        !matches!(
            self,
            Self::Created | Self::Declined | Self::Cancelled | Self::Expired | Self::Refunded
        )
    }

    /// The merchant has, or had until a refund that is still running, the money or the key.
    pub const fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Paid | Self::RefundPending | Self::PartiallyRefunded | Self::Registered
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no state.
#[derive(Debug, thiserror::Error)]
#[error("unknown state")]
pub struct UnknownState;
