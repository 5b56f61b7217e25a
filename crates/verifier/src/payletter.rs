//! Payletter domestic: the callback is signed, the return is not, and the signature leaves the order id out.

mod books;
mod charge;
mod client;
mod decide;
mod prepare;
mod receipt;
mod refund;
mod reports;
mod results;
