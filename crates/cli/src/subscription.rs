//! `paypair subscription`: what PayPal charges by itself.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::client::Server;
use crate::input;
use crate::show::{self, Facts, Table, text};
use crate::stop::Stop;

/// Shows and ends subscriptions that the gateway charges by itself (PayPal through Payletter Global).
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Show(Show),
    Cancel(Cancel),
}

const HELP: &str = "\
Example:
  paypair subscription show 2026-000123";

/// Shows a subscription with its payments.
#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
struct Show {
    /// The order it began with.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    #[command(flatten)]
    server: Server,
}

const SHOW_HELP: &str = "\
Example:
  paypair subscription show 2026-000123

Each renewal is an order of its own, named after the first: 2026-000123-r1, -r2 ..

Exit codes: 0 done, 1 refused, 2 wrong input.";

/// Ends a subscription: PayPal charges no more.
#[derive(Debug, Args)]
#[command(after_help = CANCEL_HELP)]
struct Cancel {
    /// The order it began with.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    /// Why; kept in the order's timeline.
    #[arg(long, value_name = "TEXT", value_parser = input::words)]
    reason: Option<String>,

    #[command(flatten)]
    server: Server,
}

const CANCEL_HELP: &str = "\
Example:
  paypair subscription cancel 2026-000123 --reason \"고객 요청\"

What is paid stays paid; `paypair refund ORDER` gives a renewal's money back. A monthly charge at Payple or
Payletter is no subscription of the gateway's: stop charging it, or delete its billing key.

Exit codes: 0 ended, 1 refused, 2 wrong input, 3 not yet known: `paypair subscription show ORDER` says more.";

/// Runs one of them.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    match options.what {
        What::Show(Show { order, server }) => {
            let client = server.client()?;
            let answer = client.get(&["subscriptions", &order], &[]).await?;
            client.show(&answer, facts);
            Ok(())
        }
        What::Cancel(cancel) => cancel.run().await,
    }
}

impl Cancel {
    async fn run(self) -> Result<(), Stop> {
        let order = self.order;
        let advice = format!(
            "run `paypair subscription show {order}` to find out; asking again does no harm"
        );
        let mut wish = json!({});
        if let Some(reason) = self.reason {
            wish["reason"] = reason.into();
        }
        let client = self.server.client()?;
        let path = ["subscriptions", order.as_str(), "cancel"];
        let answer = client.post(&path, &wish, &advice).await?;
        client.show(&answer, facts);
        match text(&answer.value["state"]).as_str() {
            "cancelled" => Ok(()),
            state @ ("active" | "none") => Err(Stop::Refused(format!(
                "{order} is not ended: its subscription is {state}"
            ))),
            state => Err(Stop::Unknown(format!("{order} is {state}; {advice}"))),
        }
    }
}

fn facts(subscription: &Value) -> String {
    let every = match (
        text(&subscription["every"]),
        text(&subscription["interval"]),
    ) {
        (_, interval) if interval.is_empty() => interval,
        (every, interval) if every == "1" || every.is_empty() => format!("every {interval}"),
        (every, interval) => format!("every {every} {interval}s"),
    };
    let cycles = match text(&subscription["cycles"]).as_str() {
        "0" => "without end".to_owned(),
        other => other.to_owned(),
    };
    let mut facts = Facts::default();
    facts
        .add("order", text(&subscription["orderId"]))
        .add("state", text(&subscription["state"]))
        .add(
            "amount",
            show::money(&subscription["amount"], &subscription["currency"]),
        )
        .add("charged", every)
        .add("times", cycles)
        .add("billing key", text(&subscription["billingKeyId"]));
    let payments = subscription["payments"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut table = Table::new(&["payment", "status", "amount>", "paid"]);
    for payment in payments {
        table.row([
            text(&payment["orderId"]),
            text(&payment["status"]),
            show::money(&payment["amount"], &payment["currency"]),
            show::time(&payment["paidAt"]),
        ]);
    }
    if payments.is_empty() {
        facts.to_string()
    } else {
        format!("{facts}\n{table}")
    }
}
