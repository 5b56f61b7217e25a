//! `paypair lookup`: ask the gateway now.

use clap::Args;
use serde_json::json;

use crate::client::Server;
use crate::input;
use crate::show::{self, text};
use crate::stop::Stop;

/// Asks the gateway now what became of an order, and prints what that comes to.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The order.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Example:
  paypair lookup 2026-000123

This is what to do about an order that is in_doubt or pending. It never moves money. The server asks by itself
too, at growing intervals; an order in doubt counts as not paid only after lookups over an hour found nothing.

What the gateways do differently:
  payple            asked by order id and day (PAYCHK)
  payletter         by order id (status) and by the day's list, which needs the SEARCH key
  payletter_global  by the sales list, a Private API: the caller's address must be registered at Payletter

Exit codes: 0 known now, whatever it is, 1 refused, 2 wrong input, 3 still not known.";

/// Asks once.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let client = options.server.client()?;
    let path = ["orders", options.order.as_str(), "lookup"];
    let answer = client
        .post(&path, &json!({}), "ask again; a lookup moves no money")
        .await?;
    client.show(&answer, |outcome| show::outcome(outcome).to_string());
    match text(&answer.value["status"]).as_str() {
        status @ ("pending" | "in_doubt") => Err(Stop::Unknown(format!(
            "{} is {status}; ask again later, and do not charge again",
            options.order
        ))),
        _ => Ok(()),
    }
}
