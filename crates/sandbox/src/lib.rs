//! Payple, Payletter and Payletter Global on localhost: stateful, with payment windows that a person or a browser test
//! can click through, and with scripted faults. A product, not a fixture: a merchant's page and server run against it
//! with only hosts changed.
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use paypair_sandbox::{Options, Sandbox, run};
//!
//! # #[actix_web::main]
//! # async fn main() -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:8081")?;
//! run(Sandbox::new(Options::default()), listener)?.await
//! # }
//! ```
//!
//! | gateway | prefix | identity |
//! |---|---|---|
//! | Payple | `/payple` | `test` / `abcd1234567890` |
//! | Payletter | `/payletter` | `pay_test` with the two published keys, and the clients of [`Options::payletter_clients`] |
//! | Payletter Global | `/payletter_global` | `PL_Merchant` / `PL_Merchant` |
//!
//! # Control
//!
//! Answers only callers on this machine. `GET /control/` shows the book to people.
//!
//! | call | does |
//! |---|---|
//! | `GET /control/book` | every payment and every call: `{payments, calls, now}` |
//! | `GET /control/faults` | the catalogue of faults |
//! | `POST /control/script` `{gateway, order_id?, faults, times?}` | lays faults on an order id, or on all (`*`) |
//! | `POST /control/deliver` `{gateway, order_id}` | lets a deposit arrive (virtual account, convenience store, transfer), sends a held callback, or sends the last one again |
//! | `POST /control/payple/delete_card` `{billing_key}` | deletes a card on the merchant's admin page: the deletion that a webhook tells of |
//! | `POST /control/payletter_global/renew` `{order_id}` | PayPal charges the subscription of that order once more, under an order number of its own |
//! | `POST /control/payletter_global/release` `{order_id}` | PayPal lets a held payment go (notice 1) |
//! | `POST /control/payletter_global/charge_back` `{order_id}` | the card holder takes the money back (notice 3) |
//! | `POST /control/payletter_global/cancel` `{order_id}` | the merchant's staff give a payment back on the gateway's own page (notice 2) |
//! | `POST /control/payletter_global/finish_refund` `{order_id}` | a refund that was only asked for (Vietnam) is done now (notice 2); left alone it is done within the hour |
//! | `POST /control/clock` `{advance_seconds}` | moves the gateways' clock, by seconds or by months |
//! | `GET /control/options` | how the switches stand: [`Switches`] |
//! | `POST /control/options` with any part of them | turns switches; the page for people has them as check boxes |
//! | `POST /control/reset` | forgets everything; the switches stand as at the start |
//!
//! # What is known and what is made up
//!
//! Messages, key order, escapes, signatures and the resend rule are as recorded or documented. No failing answer of
//! Payple's server calls was ever recorded, nor Payletter's business error numbers, nor what Global's window does on
//! cancel: their shapes here follow the documents, their numbers are stand-ins. Stand-ins are also: how often Payple
//! repeats a webhook (10 times), that a month whose charge was wholly given back can be charged again, that no callback
//! follows a charge of Payletter's or Global's, how long a Vietnamese refund takes (an hour), and the day and the rates of
//! Global's settlement (the day of the payment, expected until it is over; four hundredths and a tenth of that as VAT).
//!
//! Of Payple's bank transfers, cash receipts and links the messages are documented; stand-ins are the numbers of refused
//! cash receipts (`TSRG`), that a transfer's order id is refused as the institution's 1103, and that a link is good for any
//! number of payments, each told by a webhook with its `PCD_LINK_KEY`. A card's slip is a page of this sandbox, not of the
//! card processor.
//!
//! Not simulated, and answered with 404: Payple's key-in registration (AUTHREG at the server), whose address is unknown.

mod control;
mod core;
mod deliver;
mod http;
mod machine;
mod options;
mod pages;
mod payletter;
mod payletter_global;
mod payple;
mod sandbox;
mod talk;

pub use http::{configure, run};
pub use machine::{Answered, Booked, Booking, Call, Ending, Letter, Machine, Press, WindowName};
pub use options::{Options, PayletterClient, RefererRule, Switches};
pub use sandbox::Sandbox;
