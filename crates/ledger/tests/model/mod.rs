//! The model check's parts: small worlds, the walk through them, and the drawing of what was found.

#![allow(missing_docs, unreachable_pub)] // a part of one test

pub mod draw;
pub mod explore;
pub mod kinds;
pub mod layout;
pub mod lookups;
pub mod shape;
pub mod worlds;

pub(crate) use crate::common;
