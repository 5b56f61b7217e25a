//! The sandbox's tests, as one program: linking one for each file took longer than running them.
// What goes through every message has readers of its own, and is a program of its own.

mod common;

mod control;
mod lists_and_book;
mod months;
mod options;
mod payletter;
mod payletter_charges;
mod payletter_clients;
mod payletter_global;
mod payletter_global_charges;
mod payletter_global_paypal;
mod payletter_global_refunds;
mod payletter_global_settlement;
mod payletter_methods;
mod payletter_receipts;
mod payletter_refunds;
mod payple;
mod payple_charges;
mod payple_links;
mod payple_refunds;
mod payple_transfers;
mod payple_webhooks;
