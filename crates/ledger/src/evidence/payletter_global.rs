//! Payletter Global's proofs.
