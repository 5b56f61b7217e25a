//! Proof of where a message comes from. Only this crate makes these wrappers, so a function that asks for one cannot
//! be handed a browser's word; neither of these compiles:
//!
//! ```compile_fail,E0423
//! use paypair_protocol::proof::Answered;
//!
//! fn forge(said_by_the_browser: &str) -> Answered<&str> {
//!     Answered(said_by_the_browser)
//! }
//! ```
//!
//! ```compile_fail,E0624
//! use paypair_protocol::proof::Answered;
//!
//! fn forge(said_by_the_browser: &str) -> Answered<&str> {
//!     Answered::new(said_by_the_browser)
//! }
//! ```
//!
//! Handing on what is proven does:
//!
//! ```
//! use paypair_protocol::proof::Answered;
//!
//! fn hand_on(answered_by_the_gateway: Answered<&str>) -> Answered<&str> {
//!     answered_by_the_gateway
//! }
//! ```

macro_rules! proof {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name<T>(T);

        impl<T> $name<T> {
            pub(crate) const fn new(message: T) -> Self {
                Self(message)
            }

            /// The message, without its proof.
            #[must_use]
            pub fn into_inner(self) -> T {
                self.0
            }
        }

        impl<T> std::ops::Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }
    };
}

proof! {
    /// A message whose hash was checked with our key. It proves the parts the hash covers, nothing else.
    Verified
}

proof! {
    /// An answer to our own call, read by the request that asked for it.
    Answered
}
