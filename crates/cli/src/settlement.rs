//! `paypair settlement`: what a gateway pays out.

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use paypair_protocol::Gateway;
use serde_json::Value;

use crate::client::Server;
use crate::input;
use crate::show::{Table, text};
use crate::stop::Stop;

/// Lists what a gateway has paid out or is going to.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// payletter or payletter_global; payple has no list.
    #[arg(long, value_name = "NAME", value_parser = input::gateway)]
    gateway: Gateway,

    /// The first day of settlement, in Korea.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = input::day)]
    from: Date,

    /// The last day of settlement.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = input::day)]
    to: Date,

    /// Global: figures in the currency of the payment or of the settlement.
    #[arg(long, value_enum)]
    currency: Option<In>,

    /// A row for what. Default: payletter by day, payletter_global by method.
    #[arg(long, value_enum)]
    by: Option<By>,

    /// Global: which rows.
    #[arg(long, value_enum)]
    state: Option<State>,

    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum In {
    /// 결제 통화.
    Payment,
    /// 정산 통화.
    Settlement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum By {
    /// Each day: payletter's alone.
    Day,
    /// Each day and method (결제수단 별).
    Method,
    /// Each payment (상세 내역 별).
    Payment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum State {
    /// 정산.
    Settled,
    /// 정산 예정.
    Expected,
    /// 정산 확정.
    Confirmed,
    /// 정산 보류.
    Held,
}

const HELP: &str = "\
Example:
  paypair settlement --gateway payletter_global --from 2026-11-01 --to 2026-11-30 --by payment

Figures are shown as the gateway writes them: they may be negative, or empty.

What the gateways do differently:
  payple            has no list: not_offered
  payletter         v1.0/payments/settle, which the manual does not have (seen in merchants' code)
  payletter_global  settlement/detailslist, a Private API: the caller's address must be registered at Payletter

Exit codes: 0 done (an empty list too), 1 refused, 2 wrong input.";

/// Asks for the list and prints it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let (from, to) = input::range(options.from, options.to)?;
    let mut query = vec![
        ("gateway", options.gateway.as_str().to_owned()),
        ("from", from.to_string()),
        ("to", to.to_string()),
    ];
    query.extend(
        options
            .currency
            .map(|value| ("currency", input::word(value))),
    );
    query.extend(options.by.map(|value| ("by", input::word(value))));
    query.extend(options.state.map(|value| ("state", input::word(value))));
    let client = options.server.client()?;
    let answer = client.get(&["settlement"], &query).await?;
    client.show(&answer, |value| list(value, from, to));
    Ok(())
}

/// What a person looks for first.
const FIRST: &[&str] = &[
    "settledOn",
    "ourOrderId",
    "orderId",
    "transactionId",
    "method",
    "state",
    "currency",
    "count",
    "paid",
    "cancelledCount",
    "cancelled",
    "settled",
    "totalFee",
    "vat",
];

/// The columns are the fields of the rows, in the server's order: the gateways name other figures.
fn list(value: &Value, from: Date, to: Date) -> String {
    let rows = value["rows"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let total = format!(
        "{} rows, {}, {from} to {to}",
        rows.len(),
        text(&value["gateway"])
    );
    if rows.is_empty() {
        return total;
    }
    format!("{}{total}", Table::of(rows, FIRST))
}
