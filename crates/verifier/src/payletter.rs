//! Payletter domestic: the callback is signed, the return is not, and the signature leaves the order id out.

mod client;
mod decide;
mod prepare;
mod results;
