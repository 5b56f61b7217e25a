//! `paypair breaks`: where a gateway's books and ours differ.

use clap::{Args, Subcommand};
use paypair_protocol::Gateway;
use serde_json::{Value, json};

use crate::client::{Client, Server};
use crate::input;
use crate::show::{self, Facts, Table, text};
use crate::stop::Stop;

/// Lists what differs between the gateways' books and ours, and takes a named person's word that it is settled.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(List),
    Resolve(Resolve),
}

const HELP: &str = "\
Example:
  paypair breaks list";

/// Lists the open breaks.
#[derive(Debug, Args)]
#[command(after_help = LIST_HELP)]
struct List {
    /// The resolved ones too.
    #[arg(long)]
    all: bool,

    /// Only this gateway's: payple, payletter or payletter_global.
    #[arg(long, value_name = "NAME", value_parser = input::gateway)]
    gateway: Option<Gateway>,

    #[command(flatten)]
    server: Server,
}

const LIST_HELP: &str = "\
Example:
  paypair breaks list
  paypair breaks list --all --gateway payletter

This lists what runs of `paypair reconcile` found. It does not look: an empty list says nothing about today.

  missing_here    the gateway has money that we do not count as received
  missing_there   we say paid, the gateway knows nothing of it
  amount_differs  both know the payment, of different amounts
  state_differs   it stands here and went back there, the other way round, or another part of it went back
  duplicate       two payments of one order stand, or one payment has two orders

docs/reconciliation.md says what to do about each.

Exit codes: 0 done (an empty list too), 1 refused, 2 wrong input.";

/// Settles a break: a named person looked, and it needs nothing more.
#[derive(Debug, Args)]
#[command(after_help = RESOLVE_HELP)]
struct Resolve {
    /// Its number, from `paypair breaks list`.
    #[arg(value_name = "NUMBER")]
    id: u64,

    /// Who looked: a name that can be asked tomorrow. It stays with the break for good.
    #[arg(long, value_name = "NAME", value_parser = input::words)]
    operator: String,

    /// What they found, or did.
    #[arg(long, value_name = "TEXT", value_parser = input::words)]
    note: String,

    #[command(flatten)]
    server: Server,
}

const RESOLVE_HELP: &str = "\
Example:
  paypair breaks resolve 17 --operator \"김민지\" --note \"sold by phone, booked by hand\"

It moves no money, and no order changes by it: refund with `paypair refund`, settle a doubt with `paypair resolve`.
The break opens again if either side says something else later.

Exit codes: 0 done, 1 refused (resolved already, or no such number), 2 wrong input,
3 not known: `paypair breaks list --all` says more.";

/// Does it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    match options.what {
        What::List(list) => list.run().await,
        What::Resolve(resolve) => resolve.run().await,
    }
}

impl List {
    async fn run(self) -> Result<(), Stop> {
        let state = if self.all { "all" } else { "open" };
        let mut query = vec![("state", state.to_owned())];
        query.extend(
            self.gateway
                .map(|gateway| ("gateway", gateway.as_str().to_owned())),
        );
        let client = self.server.client()?;
        let found = all(&client, &query).await?;
        let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
        client.show_value(&json!({ "breaks": found }), |_| {
            let total = format!("{} breaks", rows.len());
            match rows.is_empty() {
                true => total,
                false => format!("{}{total}", table(rows)),
            }
        });
        Ok(())
    }
}

impl Resolve {
    async fn run(self) -> Result<(), Stop> {
        let client = self.server.client()?;
        let word = json!({ "operator": self.operator, "note": self.note });
        let id = self.id.to_string();
        let lost = "run `paypair breaks list --all` to see whether it was taken";
        let answer = client
            .post(&["breaks", &id, "resolve"], &word, lost)
            .await?;
        client.show(&answer, |row| {
            let mut facts = Facts::default();
            facts
                .add("break", text(&row["breakId"]))
                .add("kind", text(&row["kind"]))
                .add("order", order(row))
                .add("state", text(&row["state"]))
                .add("operator", text(&row["operator"]))
                .add("note", text(&row["note"]));
            facts.to_string()
        });
        Ok(())
    }
}

/// Every page of them.
pub(crate) async fn all(client: &Client, query: &[(&str, String)]) -> Result<Value, Stop> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let mut query = query.to_vec();
        query.extend(after.map(|after: String| ("after", after)));
        let mut answer = client.get(&["breaks"], &query).await?;
        if let Some(page) = answer.value["breaks"].as_array_mut() {
            rows.append(page);
        }
        match text(&answer.value["next"]) {
            next if next.is_empty() => return Ok(Value::Array(rows)),
            next => after = Some(next),
        }
    }
}

pub(crate) fn table(rows: &[Value]) -> String {
    let mut table = Table::new(&[
        "break>",
        "kind",
        "state",
        "day",
        "gateway",
        "order",
        "ours",
        "theirs",
        "transaction",
        "first seen",
        "times>",
        "settled by",
    ]);
    for row in rows {
        table.row([
            text(&row["breakId"]),
            text(&row["kind"]),
            text(&row["state"]),
            text(&row["day"]),
            text(&row["gateway"]),
            order(row),
            saying(&row["ours"]),
            saying(&row["theirs"]),
            text(&row["transactionId"]),
            show::time(&row["firstSeenAt"]),
            text(&row["timesSeen"]),
            match text(&row["operator"]) {
                name if name.is_empty() => text(&row["resolvedBy"]),
                name => name,
            },
        ]);
    }
    table.to_string()
}

fn order(row: &Value) -> String {
    match text(&row["orderId"]) {
        ours if ours.is_empty() => text(&row["gatewayOrderId"]),
        ours => ours,
    }
}

/// `paid 10000 KRW`, `partly_cancelled 10000 KRW (3000 back)`, `nothing`.
fn saying(side: &Value) -> String {
    let state = text(&side["state"]);
    if state.is_empty() {
        return "nothing".to_owned();
    }
    let money = show::money(&side["amount"], &side["currency"]);
    let back = match text(&side["refundedAmount"]) {
        back if back.is_empty() => back,
        back => format!("({back} back)"),
    };
    let words = [state, money, back];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.join(" ").trim_end().to_owned()
}
