//! The verifier's tests, as one program: linking one for each file took longer than running them.
// What listens to everything that a process logs, or hooks its panics, is a program of its own; so is what runs for long.

mod common;

mod attacks;
mod billing_keys;
mod cash_receipts;
mod charges;
mod crashes;
mod doors;
mod happy;
mod notices;
mod options;
mod receipts;
mod reconciliation;
mod refunds;
mod reports;
mod resolve;
mod rules;
mod second_payments;
mod secrets;
mod short_lists;
mod subscriptions;
mod transfers;
mod unclear_answers;
mod walkthroughs;
mod webhook;
