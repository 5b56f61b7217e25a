//! Payple's proofs. Everything it says by itself goes through the buyer's browser, so only answers to our own calls are here.
