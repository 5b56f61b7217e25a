//! How a payment stands, in the one word that a server tells a page.

/// What the buyer's page hears; the same words for every gateway and window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "server",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Status {
    /// Paid: the merchant may deliver.
    Paid,
    /// The buyer must transfer to the account shown.
    AwaitingDeposit,
    /// A billing key is registered.
    Registered,
    /// Not known yet; ask again.
    Pending,
    /// Refused by the gateway or the card company.
    Declined,
    /// The buyer left, or the money was given back.
    Cancelled,
    /// The window's time ran out.
    Expired,
    /// Money may have moved; we are finding out.
    InDoubt,
    /// A person must look.
    Review,
}

impl Status {
    const ALL: [Self; 9] = [
        Self::Paid,
        Self::AwaitingDeposit,
        Self::Registered,
        Self::Pending,
        Self::Declined,
        Self::Cancelled,
        Self::Expired,
        Self::InDoubt,
        Self::Review,
    ];

    /// Reads the name on the wire; a word of a later server is `None`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::AwaitingDeposit => "awaiting_deposit",
            Self::Registered => "registered",
            Self::Pending => "pending",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::InDoubt => "in_doubt",
            Self::Review => "review",
        }
    }

    /// Whether a waiting page has its answer. `in_doubt` and `awaiting_deposit` are answers, though not the last word.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        !matches!(self, Self::Pending)
    }
}

impl core::fmt::Display for Status {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}
