//! `paypair resolve`: a named person says what the gateway's books say.

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::client::Server;
use crate::input;
use crate::show::{self, text};
use crate::stop::Stop;

/// Ends a doubt that no lookup ends: a named person says what the gateway's books say.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The order in doubt.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    /// Who looked: a name that can be asked tomorrow. It stands in the order's timeline for good.
    #[arg(long, value_name = "NAME", value_parser = input::words)]
    operator: String,

    /// What they found.
    #[arg(long = "as", value_name = "FINDING", value_enum)]
    finding: Finding,

    /// Where they looked, or what else should be remembered.
    #[arg(long, value_name = "TEXT", value_parser = input::words)]
    note: Option<String>,

    /// Which attempt, if the server says that several are open.
    #[arg(long, value_name = "N")]
    attempt: Option<u32>,

    #[command(flatten)]
    server: Server,
}

/// What the books say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Finding {
    /// The payment that a notice told of, and that no list can be asked about, was made.
    Captured,
    /// No money was taken: the payment is not in the gateway's list, and will not be.
    NotCaptured,
    /// The money went back: the refund in doubt was done, or all was given back another way.
    Refunded,
    /// The refund in doubt was not done: the payment stands, and can be refunded again.
    NotRefunded,
    /// Of an order paid twice, what was paid too much went back; the order's own payment stands.
    SecondRefunded,
    /// The card company took the money of a paid order back (차지백).
    ChargedBack,
    /// The cash receipt in doubt is issued.
    ReceiptIssued,
    /// There is no cash receipt: another may be issued.
    ReceiptNotIssued,
    /// The billing key is deleted at the gateway, or the subscription has ended.
    KeyDeleted,
    /// The billing key is still there, or the subscription goes on: it can be deleted again.
    KeyKept,
}

const HELP: &str = "\
Example:
  paypair resolve 2026-000123 --operator \"김민지\" --as not-captured --note \"payple admin, 02:10\"

First run `paypair lookup ORDER`, then look in the gateway's admin pages or ask its staff. Use this only when you
have seen there what became of it, and the order still says something else:

  in_doubt, a payment    not-captured if it is not there; the order counts as declined and can be paid again
                         refunded if it was there and was cancelled by hand
                         It is there, paid? Then there is nothing to say: the lookups find it. Never `not-captured`
  in_doubt, a refund     refunded if the cancellation is there, not-refunded if it is not
  refund_pending (VTC)   the same, once the gateway's staff say how it ended
  review, unproven       of Payletter Global, without permission for its sales list: captured if it is there and paid,
                         not-captured if it is not
  review                 refunded, once what was wrongly taken went back by hand; of an order paid twice that is
                         all of it, and second-refunded the second payment alone
  paid                   charged-back, once the card company took the money back: no lookup shows that
  billing key in_doubt   key-deleted or key-kept, for the order that the key came of (`paypair billing-key show`)
  cash receipt unknown   receipt-issued or receipt-not-issued (홈택스, or the gateway's admin pages)

Before your word is taken the gateway is asked once more, and what it says comes first. No word makes an order paid,
but `captured`, of a payment that a signed notice told of (`unproven`).

Exit codes: 0 settled as you said, 1 refused or settled otherwise by the gateway itself, 2 wrong input,
3 not known: run `paypair lookup ORDER`.";

/// Says it, and tells what came of it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let finding = input::word(options.finding);
    let order = options.order.as_str();
    let word = json!({
        "operator": options.operator,
        "resolution": finding.replace('-', "_"),
        "note": options.note,
        "attempt": options.attempt,
    });
    let client = options.server.client()?;
    let advice = format!("run `paypair lookup {order}` to see whether it was taken");
    let answer = client
        .post(&["orders", order, "resolve"], &word, &advice)
        .await?;
    client.show(&answer, |outcome| {
        let by = text(&outcome["settledBy"]);
        let mut facts = show::outcome(outcome);
        let key = text(&outcome["billingKeyState"]);
        if !key.is_empty() {
            facts.add("billing key", key);
        }
        facts.add("settled by", by);
        facts.to_string()
    });
    let outcome = &answer.value;
    let of_key = matches!(options.finding, Finding::KeyDeleted | Finding::KeyKept);
    let state = text(&outcome[if of_key { "billingKeyState" } else { "state" }]);
    if outcome["settledBy"] == "operator" || agrees(options.finding, &state) {
        return Ok(());
    }
    Err(Stop::Refused(format!(
        "{order}: the gateway itself settled it, your word was not needed and not taken: {} ({})",
        text(&outcome["status"]),
        state
    )))
}

/// Whether what the gateway said is what the person said.
fn agrees(finding: Finding, state: &str) -> bool {
    match finding {
        Finding::Captured => state == "paid",
        Finding::NotCaptured => matches!(state, "declined" | "cancelled" | "expired"),
        Finding::Refunded => matches!(state, "refunded" | "partially_refunded"),
        Finding::NotRefunded => matches!(state, "paid"),
        Finding::SecondRefunded => matches!(state, "paid" | "partially_refunded" | "refunded"),
        Finding::ChargedBack => matches!(state, "charged_back" | "refunded"),
        // The gateway's word ends the doubt about a receipt in one way only: by showing it.
        Finding::ReceiptIssued => true,
        Finding::ReceiptNotIssued => false,
        Finding::KeyDeleted => state == "deleted",
        Finding::KeyKept => state == "active",
    }
}
