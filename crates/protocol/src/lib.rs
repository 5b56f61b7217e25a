//! What the Korean gateways Payple and Payletter (domestic and global) say on the wire: messages, field tables,
//! validation, hashes, errors.
//!
//! It does no IO, has no clock, no async and no JavaScript. It does not decide whether an order is paid: it says what a
//! message says, and how much that is worth.
//!
//! - What is **sent** is checked against a [`Table`]: every request has a `TABLE`, `fields()` and `check()`, which names
//!   all faults at once.
//! - What is **received** is read leniently: unknown names are kept, numbers and strings are alike, tokens have no length.
//! - Who may be **believed** is in the type: [`proof::Verified`] was signed with our key, [`proof::Answered`] answered our
//!   own call. Nothing else makes them. A browser's word ([`payple::WindowResult`], the `Return`s) has neither.
//! - One folder per gateway with the same file names inside. The sandbox reads requests with the same types
//!   (`from_fields`) and signs with the same [`hash`] functions.
//! - Which row of which manual lives where: [`coverage`].
//! - Which app a link in a webview opens: [`webview`] (feature `webview`).
//!
//! Without the default features (the browser half) there are the tables, the validation, the sentences and the
//! Payple window: no keys, no hashes, no decoding, and no `std`.
//!
//! # Example
//!
//! The callback that the domestic manual prints, verified with its public test key:
//!
//! ```
//! use paypair_protocol::{Money, Secret, payletter::{self, Callback}, wire::Fields};
//!
//! let body = br#"{"user_id":"test_user_id","amount":1000,"tid":"tpay_test-201808162396515","order_no":"1234567890",
//!     "payhash":"9E078A29E6435959A07ED2E8415789234D18250434BAF2C185C2EF3012C77E92"}"#;
//! let key = Secret::new("MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=");
//!
//! let callback = Callback::verify(&Fields::from_json(body)?, &key)?;
//! assert_eq!(callback.amount, Money::won(1000)); // signed
//! assert_eq!(callback.order_id, "1234567890");   // not signed: compare it with the order
//! assert_eq!(payletter::ACK, r#"{"code":0,"message":"success"}"#);
//! # Ok::<(), paypair_protocol::Error>(())
//! ```
//!
//! # Known quirks
//!
//! Where a manual and the wire disagree, both are read and the newer is written. "Manual" is the vendor's; "seen" is
//! recorded traffic, the vendor's own samples or merchants' public code (`tests/golden/README.md` names them).
//!
//! Payple
//! - The manual prints `cPayHost`, `cPayUrl` in one auth answer and the live host in test answers; the wire has
//!   `PCD_PAY_HOST`, `PCD_PAY_URL`, `server_name` and the host that was asked. (seen 2021, 2022)
//! - The tokens of an auth answer share their names with the merchant's id and key, change with every call, and are
//!   longer than the manual's sizes: no length is checked.
//! - Cancelling goes to `/php/account/api/cPayCAct.php`, not to the `PayChkAct.php` of the manual's example; its tax is
//!   `PCD_REFUND_TAXTOTAL`; the monthly fields are not needed. (seen 2021; vendor's samples)
//! - Card fields are `PCD_PAY_CARD*` or `PCD_CARD*`, and once `PCD_PAY_CARDNANE`; a registered card may stand under
//!   `PCD_PAY_BANK*`. (manual, newer documents)
//! - `PCD_PAY_CODE` may begin with `[TEST]`. `PCHK000` has seven characters. (seen)
//! - `PCD_PAYER_NO` comes back as `0` where nothing was sent, and takes 18 characters, not 10. (seen)
//! - The order id is optional in the window and takes 30 characters, not 255. The least amount is 100 won; the old
//!   script's 1,000 is gone. (newer documents)
//! - The manual wants `PCD_PAYER_NO` and `PCD_CARD_VER` always; pages in use leave them out, so they are optional here.
//! - `PCD_PAY_COFURL` is the transfer's path in the manual even for cards, and the new approval API for app cards. All
//!   are in the table of [`payple::Hosts::confirm_url`].
//! - A registered card is charged by two doors: RePayCard once a month (`PCD_REGULER_FLAG`, with year and month),
//!   SimplePayCard at any time (`PCD_SIMPLE_FLAG`). The manual shows the first; one [`payple::Charge`] writes both.
//! - Deleting a card answers without a code in the manual, with `TSDL0000` in newer documents.
//! - Registering a card without payment is `AUTHREG` in the manual's text and `AUTH` in its table and on every page: both
//!   are read, `AUTH` is written.
//! - A month that is charged already is refused with CPAY0202, an order id that is used with SPCD0014 or RPCD0015, which
//!   may also mean *still in process*. (newer documents)
//! - Bank transfers, cash receipts and links are in other documents than the manual. The vendor's example of a transfer
//!   that still waits for its confirmation says `BILL0000 출금이체완료`; a transfer takes 1,000 won at least. Registering
//!   a card by its number through the merchant's server (AUTHREG there) is left out: no document names its address, and
//!   whole card numbers have no place here.
//! - Webhooks are unsigned: [`payple::Webhook`] only says what to look up.
//! - PAYCHK answers `PCD_PAY_RST: error` for a payment it does not know; only a code about access makes it a refusal.
//! - The vendor's quick start calls the outcome `PCD_PAY_RESULT`; the wire has `PCD_PAY_RST`. Both are read.
//!
//! Payletter, domestic
//! - `payhash` is upper case, over `user_id + amount + tid + key` without separators: neither the order number nor the
//!   custom text is covered. (manual; four recorded vectors)
//! - The manual says that virtual accounts have no payhash. The paid callback has one; only the return at issue time has
//!   none. (seen 2020)
//! - `token` has 18 digits, beyond 2^53, as a number in one answer and as a string in another. (seen)
//! - `domestic_flag` means Y = overseas in the English manual and the opposite in the Korean samples: kept as text.
//! - `naverpay` comes back as `navercard` or `naverpoint`, `smilepay` as `smilecard` or `smilecash`. (manual)
//! - Cash receipts are flat in the return and nested in the callback. (manual)
//! - `bank_code` has two digits (`88`), `install_month` is `00`, empty or a number, `expire_time` may be empty. (seen)
//! - The order number takes 40 characters in a payment and 50 in a charge. (manual)
//! - The table of methods and the table of codes do not name the same methods; what neither says is
//!   [`Period::Untold`]. Transportation cards stand in two rows, Smile Pay in one with two periods.
//! - A mobile phone is charged again after 30 days, monthly without a gap, for the same amount. (manual;
//!   [`payletter::codes::mobile_bar`])
//! - Receipt pages have `|` in their URLs. (manual)
//! - Five clients leave `amount` out of a whole cancellation: it is sent, and not demanded by the table.
//! - `payments/status`, `order_no` in the list, and code 997 are not in the manual. (seen)
//! - The literal 403 sentence is `Yon do not have authorization.` (manual)
//! - Refusals come in four shapes; see [`CallError`].
//!
//! Payletter, global
//! - `hash` is lower case, over the *received* `payamt`: `1`, where the request said `1.00`. "storied" in the formula is
//!   storeid. (the manual's example)
//! - `notifytype`, `paytoken` and `notifyid` are not covered by it. (the formula)
//! - `rowcount.cacnel` in the example is `cancel` in the table. (manual)
//! - `rowcount.total` is the number of the rows in the example; of a list with cancelled sales there is none.
//! - `pginfo` is spelt in several cases; conditions compare without case. In the sales list it comes without its group.
//! - `rollingreserve` is a number in one row of the settlement list and an empty string in the next, `currency` may be
//!   empty, and figures go below zero: they are kept as text. (manual)
//! - The answer to a charge names no currency: the request's is meant. (manual)
//! - A refund of a Vietnamese transfer is only asked for; a notification says when it is done. (manual;
//!   [`payletter_global::Refunded::is_pending`])
//! - The table of options and the table of PGCodes name methods differently; half of the methods have no row of options,
//!   so whether they can be cancelled is not told. (manual)
//! - `trantime` of the example reads as UTC beside its `timestamp`. (manual)
#![cfg_attr(not(any(feature = "server", feature = "webview", test)), no_std)]

extern crate alloc;

mod amount;
mod card;
mod currency;
mod error;
mod field;
mod flow;
mod gateway;
pub mod locale;
pub mod payple;
mod shape;
mod status;
mod text;

#[cfg(feature = "server")]
mod call;
#[cfg(feature = "server")]
pub mod coverage;
#[cfg(feature = "server")]
mod env;
#[cfg(feature = "server")]
pub mod hash;
#[cfg(feature = "server")]
pub mod payletter;
#[cfg(feature = "server")]
pub mod payletter_global;
#[cfg(feature = "server")]
mod period;
#[cfg(feature = "server")]
pub mod proof;
#[cfg(feature = "server")]
mod secret;
#[cfg(feature = "server")]
mod session;
#[cfg(feature = "webview")]
pub mod webview;
#[cfg(feature = "server")]
pub mod wire;

pub use amount::Money;
pub use card::CardNumber;
pub use currency::Currency;
pub use error::{Error, Fault};
pub use field::{Ban, Field, Kind, Need, Table, Values, When};
pub use flow::{CardFlow, Method, Work};
pub use gateway::Gateway;
pub use locale::Locale;
pub use status::Status;

#[cfg(feature = "server")]
pub use call::CallError;
#[cfg(feature = "server")]
pub use env::Env;
#[cfg(feature = "server")]
pub use period::Period;
#[cfg(feature = "server")]
pub use secret::Secret;
#[cfg(feature = "server")]
pub use session::Session;
#[cfg(feature = "server")]
pub use url::Url;
