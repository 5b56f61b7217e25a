//! `paypair sales`: what a gateway lists, beside what we know.

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use paypair_protocol::Gateway;
use serde_json::Value;

use crate::client::Server;
use crate::input;
use crate::show::{self, Table, text};
use crate::stop::Stop;

/// Lists a gateway's payments and cancellations of a day or some days, beside what we know of them.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// payletter or payletter_global; payple has no list.
    #[arg(long, value_name = "NAME", value_parser = input::gateway)]
    gateway: Gateway,

    /// One day in Korea.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = input::day, conflicts_with_all = ["from", "to"], required_unless_present = "from")]
    on: Option<Date>,

    /// The first day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = input::day, requires = "to")]
    from: Option<Date>,

    /// The last day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = input::day, requires = "from")]
    to: Option<Date>,

    /// Which day counts. `settlement` is the only way to see today's cancellation of an older payment.
    #[arg(long, value_enum)]
    by: Option<By>,

    /// Only this order.
    #[arg(long, value_name = "ID", value_parser = input::order_id)]
    order: Option<String>,

    /// Only this method.
    #[arg(long, value_name = "CODE", value_parser = input::words)]
    method: Option<String>,

    /// Payletter: the client id to ask for, if there are several.
    #[arg(long, value_name = "ID", value_parser = input::words)]
    client: Option<String>,

    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// The day of payment: a payment cancelled since is one cancelled row.
    Payment,
    /// Payments by their day, cancellations by theirs: two rows.
    Settlement,
}

const HELP: &str = "\
Example:
  paypair sales --gateway payletter --on 2026-11-20
  paypair sales --gateway payletter_global --from 2026-11-01 --to 2026-11-20

Days are days in Korea. `ours` is our own word for the order; it is empty for what we do not know.

What the gateways do differently:
  payple            has no list: not_offered
  payletter         transaction/list, a day at a time, with the SEARCH key of each client
  payletter_global  payment/cpdaesalist, a Private API: the caller's address must be registered at Payletter

Exit codes: 0 done (an empty list too), 1 refused, 2 wrong input.";

/// Asks for the list and prints it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let mut query = vec![("gateway", options.gateway.as_str().to_owned())];
    match (options.on, options.from, options.to) {
        (None, Some(from), Some(to)) => {
            let (from, to) = input::range(from, to)?;
            query.extend([("from", from.to_string()), ("to", to.to_string())]);
        }
        (on, ..) => query.extend(on.map(|on| ("on", on.to_string()))),
    }
    query.extend(options.by.map(|by| ("by", input::word(by))));
    query.extend(options.order.map(|id| ("orderId", id)));
    query.extend(options.method.map(|method| ("method", method)));
    query.extend(options.client.map(|id| ("clientId", id)));
    let client = options.server.client()?;
    let answer = client.get(&["sales"], &query).await?;
    client.show(&answer, list);
    Ok(())
}

fn list(value: &Value) -> String {
    let rows = value["rows"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let mut table = Table::new(&[
        "paid",
        "cancelled",
        "order",
        "status",
        "ours",
        "amount>",
        "method",
        "transaction",
        "approval",
        "customer",
    ]);
    for row in rows {
        let ours = text(&row["ourOrderId"]);
        let order = text(&row["orderId"]);
        table.row([
            show::time(&row["paidAt"]),
            show::time(&row["cancelledAt"]),
            if ours.is_empty() { order } else { ours },
            text(&row["status"]),
            text(&row["ourState"]),
            show::money(&row["amount"], &row["currency"]),
            text(&row["method"]),
            text(&row["transactionId"]),
            text(&row["approvalNo"]),
            text(&row["customerId"]),
        ]);
    }
    let (from, to) = (text(&value["from"]), text(&value["to"]));
    let days = if from == to {
        from
    } else {
        format!("{from} to {to}")
    };
    let total = format!("{} rows, {}, {days}", rows.len(), text(&value["gateway"]));
    if rows.is_empty() {
        total
    } else {
        format!("{table}{total}")
    }
}
