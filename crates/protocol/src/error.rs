//! What can be wrong with a message. Variants name causes and carry data; the words are in [`crate::locale`].

use alloc::string::String;

/// Why a message was not sent, or not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A needed value is not there.
    FieldMissing {
        /// Our name of the field.
        field: &'static str,
    },
    /// More characters than the gateway takes.
    FieldTooLong {
        /// Our name of the field.
        field: &'static str,
        /// Most characters.
        max: u16,
    },
    /// Fewer characters than the gateway takes.
    FieldTooShort {
        /// Our name of the field.
        field: &'static str,
        /// Fewest characters.
        min: u16,
    },
    /// Something else than the digits 0 to 9.
    FieldNotDigits {
        /// Our name of the field.
        field: &'static str,
    },
    /// A value that is not one of the allowed ones.
    FieldNotAllowed {
        /// Our name of the field.
        field: &'static str,
    },
    /// A character the gateway refuses (`<`, `>`, control characters, `|`, `'`).
    FieldForbiddenCharacter {
        /// Our name of the field.
        field: &'static str,
    },
    /// An emoji, which some card companies fail on.
    FieldHasEmoji {
        /// Our name of the field.
        field: &'static str,
    },
    /// Letters outside of ASCII, or a space, in an identity.
    FieldNotAscii {
        /// Our name of the field.
        field: &'static str,
    },
    /// Not a date `YYYYMMDD`.
    FieldNotDate {
        /// Our name of the field.
        field: &'static str,
    },
    /// Not a time `HHMM`.
    FieldNotTime {
        /// Our name of the field.
        field: &'static str,
    },
    /// Not an absolute http or https URL.
    FieldNotUrl {
        /// Our name of the field.
        field: &'static str,
    },
    /// Not an e-mail address.
    FieldNotEmail {
        /// Our name of the field.
        field: &'static str,
    },
    /// Not an IP address.
    FieldNotIp {
        /// Our name of the field.
        field: &'static str,
    },
    /// Something the method cannot do.
    #[cfg(feature = "server")]
    FieldNotForMethod {
        /// Our name of the field.
        field: &'static str,
    },
    /// A number outside of its limits.
    #[cfg(feature = "server")]
    FieldOutOfRange {
        /// Our name of the field.
        field: &'static str,
        /// The least.
        min: u16,
        /// The most.
        max: u16,
    },
    /// A signed message says one thing twice.
    FieldDuplicated {
        /// The wire name.
        field: String,
    },
    /// A name nobody knows.
    NameUnknown,
    /// A page object carries a key that belongs to the server.
    SecretInPage,
    /// Not a plain decimal.
    AmountMalformed,
    /// Larger than any amount.
    AmountTooLarge,
    /// More decimals than the currency has.
    AmountTooPrecise {
        /// Decimals of the currency.
        decimals: u32,
    },
    /// Below the least amount.
    AmountTooSmall {
        /// The least amount, in the smallest unit.
        min: u64,
    },
    /// Not three capital letters.
    CurrencyMalformed,
    /// A body that is neither the form nor the JSON it should be.
    BodyMalformed,
    /// A signed message without its signature.
    HashMissing,
    /// A signature that does not fit.
    HashMismatch,
    /// Text that is not a URL.
    UrlMalformed,
    /// A URL that keys must not be sent to.
    UrlNotAllowed,
    /// A sandbox outside of this machine.
    SandboxNotLocal,
}

impl Error {
    /// A stable name for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FieldMissing { .. } => "field_missing",
            Self::FieldTooLong { .. } => "field_too_long",
            Self::FieldTooShort { .. } => "field_too_short",
            Self::FieldNotDigits { .. } => "field_not_digits",
            Self::FieldNotAllowed { .. } => "field_not_allowed",
            Self::FieldForbiddenCharacter { .. } => "field_forbidden_character",
            Self::FieldHasEmoji { .. } => "field_has_emoji",
            Self::FieldNotAscii { .. } => "field_not_ascii",
            Self::FieldNotDate { .. } => "field_not_date",
            Self::FieldNotTime { .. } => "field_not_time",
            Self::FieldNotUrl { .. } => "field_not_url",
            Self::FieldNotEmail { .. } => "field_not_email",
            Self::FieldNotIp { .. } => "field_not_ip",
            #[cfg(feature = "server")]
            Self::FieldNotForMethod { .. } => "field_not_for_method",
            #[cfg(feature = "server")]
            Self::FieldOutOfRange { .. } => "field_out_of_range",
            Self::FieldDuplicated { .. } => "field_duplicated",
            Self::NameUnknown => "name_unknown",
            Self::SecretInPage => "secret_in_page",
            Self::AmountMalformed => "amount_malformed",
            Self::AmountTooLarge => "amount_too_large",
            Self::AmountTooPrecise { .. } => "amount_too_precise",
            Self::AmountTooSmall { .. } => "amount_too_small",
            Self::CurrencyMalformed => "currency_malformed",
            Self::BodyMalformed => "body_malformed",
            Self::HashMissing => "hash_missing",
            Self::HashMismatch => "hash_mismatch",
            Self::UrlMalformed => "url_malformed",
            Self::UrlNotAllowed => "url_not_allowed",
            Self::SandboxNotLocal => "sandbox_not_local",
        }
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&crate::locale::en::message(self))
    }
}

impl core::error::Error for Error {}

/// One row of a table that was not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Our name of the field.
    pub field: &'static str,
    /// The gateway's name of the field.
    pub wire: &'static str,
    /// What is wrong.
    pub error: Error,
}
