//! Payletter Global: the notice is signed, but not what it is about; everything except "paid" needs the sales list.

mod books;
mod charge;
mod client;
mod decide;
mod prepare;
mod ranges;
mod refund;
mod renewal;
mod reports;
mod results;
