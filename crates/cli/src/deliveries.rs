//! `paypair deliveries`: what the merchant's server or hook was told, and what it did not take.

use clap::{Args, Subcommand, ValueEnum};
use paypair_ledger::Delivery;
use serde_json::{Value, json};

use crate::client::Server;
use crate::input;
use crate::show::{self, Facts, Table, text};
use crate::stop::Stop;

/// Lists, shows and repeats what your server or hook was told: webhooks, tries, dead letters.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    List(List),
    Show(Show),
    Replay(Replay),
}

const HELP: &str = "\
Example:
  paypair deliveries list --state dead
  paypair deliveries replay webhook_42";

/// Lists deliveries, in the order of their events.
#[derive(Debug, Args)]
#[command(after_help = LIST_HELP)]
struct List {
    /// Only those that stand so.
    #[arg(long, value_name = "STATE", value_enum)]
    state: Option<State>,

    /// Only those to your address, or to your hook.
    #[arg(long, value_name = "TARGET", value_enum)]
    target: Option<Target>,

    /// Only those of this order.
    #[arg(long, value_name = "ID", value_parser = input::order_id)]
    order: Option<String>,

    /// Only those of events after this number.
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,

    /// At most so many (1 to 1000).
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
    limit: u64,

    #[command(flatten)]
    server: Server,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    /// It is tried, or waits for an earlier event of its order.
    Pending,
    /// It was taken.
    Delivered,
    /// It was given up: a dead letter.
    Dead,
}

/// Who is told.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    /// The address of `[webhook]`.
    Webhook,
    /// The hook of a Rust server.
    Hook,
}

const LIST_HELP: &str = "\
Example:
  paypair deliveries list --state dead
  paypair deliveries list --order 2026-000123

pending without a time waits for an earlier event of its order. A dead letter was refused for over three days, or
answered 410; later events of its order go on without it.

Exit codes: 0 done (an empty list too), 1 refused, 2 wrong input.";

/// Shows one delivery with every try.
#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
struct Show {
    /// Its id.
    #[arg(value_name = "webhook_N", value_parser = delivery_id)]
    id: String,

    #[command(flatten)]
    server: Server,
}

const SHOW_HELP: &str = "\
Example:
  paypair deliveries show webhook_42

What was wrong with a try:
  http_status      your server answered something else than 2xx; redirected: 3xx, which is not followed
  gone             410: it is tried no more
  timed_out        no answer within webhook.timeout_seconds; no_answer: the connection ended before one
  not_sent         no connection: name, port, certificate
  address_refused  the name leads to an address that must not be called
  hook_..          your hook failed, panicked, or its writes could not be committed; or a code of your own

Exit codes: 0 done, 1 refused or unknown id, 2 wrong input.";

/// Delivers an event again, now: a dead letter, one that would wait longer, or one your server has had already.
#[derive(Debug, Args)]
#[command(after_help = REPLAY_HELP)]
struct Replay {
    /// Its id.
    #[arg(value_name = "webhook_N", value_parser = delivery_id)]
    id: String,

    #[command(flatten)]
    server: Server,
}

const REPLAY_HELP: &str = "\
Example:
  paypair deliveries replay webhook_42

It is sent under the id it always had (webhook-id), so a server that knows it can leave it at that. Later events of
the order wait for it. What a hook took is done, once, and is refused (delivery_done).

Exit codes: 0 it is on its way (`paypair deliveries show ID` says what came of it), 1 refused, 2 wrong input, 3 not
known whether it was asked for: ask again, that does no harm.";

/// Runs one of them.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    match options.what {
        What::List(list) => list.run().await,
        What::Show(show) => show.run().await,
        What::Replay(replay) => replay.run().await,
    }
}

impl List {
    async fn run(self) -> Result<(), Stop> {
        let client = self.server.client()?;
        let wanted = [
            ("state", self.state.map(input::word)),
            ("target", self.target.map(input::word)),
            ("orderId", self.order),
            ("after", self.after.map(|after| after.to_string())),
            ("limit", Some(self.limit.to_string())),
        ];
        let query: Vec<_> = wanted
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect();
        let answer = client.get(&["deliveries"], &query).await?;
        client.show(&answer, |value| {
            let rows = value["deliveries"].as_array();
            let rows = rows.map(Vec::as_slice).unwrap_or_default();
            if rows.is_empty() {
                return "no deliveries".to_owned();
            }
            let mut table = Table::new(&[
                "delivery", "state", "event", "order", "tries>", "status>", "error", "next try",
                "ended",
            ]);
            for row in rows {
                table.row([
                    text(&row["id"]),
                    text(&row["state"]),
                    text(&row["type"]),
                    text(&row["orderId"]),
                    text(&row["tries"]),
                    text(&row["status"]),
                    text(&row["error"]),
                    show::time(&row["nextTryAt"]),
                    show::time(&row["endedAt"]),
                ]);
            }
            table.to_string()
        });
        Ok(())
    }
}

impl Show {
    async fn run(self) -> Result<(), Stop> {
        let client = self.server.client()?;
        let answer = client.get(&["deliveries", &self.id], &[]).await?;
        client.show(&answer, detail);
        Ok(())
    }
}

impl Replay {
    async fn run(self) -> Result<(), Stop> {
        let client = self.server.client()?;
        let path = ["deliveries", self.id.as_str(), "replay"];
        let advice =
            "ask again, or run `paypair deliveries show ID`; the same event twice bears one id";
        let answer = client.post(&path, &json!({}), advice).await?;
        client.show(&answer, detail);
        Ok(())
    }
}

/// The delivery, and a table of its tries.
fn detail(delivery: &Value) -> String {
    let mut facts = Facts::default();
    facts
        .add("delivery", text(&delivery["id"]))
        .add("state", text(&delivery["state"]))
        .add("event", text(&delivery["type"]))
        .add("event id", text(&delivery["eventId"]))
        .add("order", text(&delivery["orderId"]))
        .add("tries", text(&delivery["tries"]))
        .add("next try", show::time(&delivery["nextTryAt"]))
        .add("ended", show::time(&delivery["endedAt"]));
    let attempts = delivery["attempts"].as_array();
    let attempts = attempts.map(Vec::as_slice).unwrap_or_default();
    if attempts.is_empty() {
        return facts.to_string();
    }
    let mut table = Table::new(&["tried at", "status>", "ms>", "error"]);
    for attempt in attempts {
        table.row([
            show::time(&attempt["at"]),
            text(&attempt["status"]),
            text(&attempt["durationMs"]),
            text(&attempt["error"]),
        ]);
    }
    format!("{facts}\n{table}")
}

/// `webhook_42`, `hook_42`.
fn delivery_id(text: &str) -> Result<String, String> {
    match Delivery::parse_id(text) {
        Some(_) => Ok(text.to_owned()),
        None => {
            Err("a delivery is named webhook_N or hook_N; see `paypair deliveries list`".to_owned())
        }
    }
}
