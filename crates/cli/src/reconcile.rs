//! `paypair reconcile`: the gateways' books beside ours.

use std::io::{IsTerminal as _, Write as _};

use clap::Args;
use jiff::{
    civil::Date,
    tz::{Offset, TimeZone},
};
use paypair_protocol::Gateway;
use serde_json::{Value, json};

use crate::breaks;
use crate::client::{Answer, Client, Server};
use crate::input;
use crate::show::{self, Table, text};
use crate::stop::Stop;

/// Compares the gateways' books with ours, both ways, and lists what differs. Meant for cron. It never moves money.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// One day in Korea.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = input::day, conflicts_with = "days")]
    date: Option<Date>,

    /// So many days, today the last of them. Default: 3, for what comes late, and before them what no run could read.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=31))]
    days: Option<u32>,

    /// Only this gateway: payple, payletter or payletter_global.
    #[arg(long, value_name = "NAME", value_parser = input::gateway)]
    gateway: Option<Gateway>,

    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Example:
  paypair reconcile --config paypair.toml
  paypair reconcile --date 2026-11-20 --gateway payletter

In a crontab, every morning, with the open breaks by mail:
  0 5 * * *  paypair reconcile --config /etc/paypair.toml

Days are days in Korea; the days around them are read too, because midnight is not the same for everybody.
Without --date and --days it begins where the books were last compared as a whole, 31 days back at most.
What differs is a break: it stays open until a later run finds that both sides agree, or a named person settles
it (`paypair breaks resolve`). For a break of one of your orders the gateway is asked at once (`paypair lookup`).

What the gateways do differently:
  payple            has no list: each payment of these days is asked for, one by one (PAYCHK)
  payletter         transaction/list by both kinds of day, with the SEARCH key of each client
  payletter_global  payment/cpdaesalist, a Private API: register the address, then set
                    assumptions.global_sales_list_permitted

Exit codes: 0 looked everywhere and nothing is open, 1 breaks are open, 2 wrong input,
3 could not look everywhere, or not at all: of what is missing nothing is known.";

/// What is asked while a run goes on waits so long for news.
const WAIT: &str = "20";

/// Starts a run, shows how far it is, and prints what it came to.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let wish = json!({
        "date": options.date.map(|day| day.to_string()),
        "days": options.days,
        "gateway": options.gateway.map(Gateway::as_str),
    });
    if options.date.is_some_and(|day| day > today()) {
        return Err(Stop::input("--date: this day is still to come in Korea"));
    }
    let client = options.server.client()?;
    let lost = "run `paypair breaks list`, or start again; it moves no money";
    let begun = client.post(&["reconciliations"], &wish, lost).await;
    let begun = begun.map_err(not_looked)?;
    let ended = follow(&client, begun).await?;
    let query = |state: &str| vec![("state", state.to_owned())];
    let open = match text(&ended.value["openBreaks"]).as_str() {
        "0" => json!([]),
        _ => breaks::all(&client, &query("open")).await?,
    };
    client.show(&ended, |run| report(run, &open, options.gateway));
    verdict(&ended.value)
}

/// Waits for the end, and tells a person at a terminal what is being done.
async fn follow(client: &Client, begun: Answer) -> Result<Answer, Stop> {
    let id = text(&begun.value["runId"]);
    let (mut now, mut told) = (begun, String::new());
    while now.value["verdict"].is_null() {
        let step = text(&now.value["step"]);
        if step != told && std::io::stderr().is_terminal() {
            let _ = writeln!(std::io::stderr(), "{step}");
            told = step;
        }
        let wait = [("wait", WAIT.to_owned())];
        let asked = client.get(&["reconciliations", &id], &wait).await;
        // A server that was started anew knows nothing of the run: nobody looked to the end.
        now = asked.map_err(not_looked)?;
    }
    Ok(now)
}

/// Whatever kept us from looking: it must not pass for an answer.
fn not_looked(stop: Stop) -> Stop {
    match stop {
        Stop::Refused(why) => Stop::Unknown(format!("nobody looked: {why}")),
        other => other,
    }
}

/// The day in Korea.
fn today() -> Date {
    let korea = TimeZone::fixed(Offset::constant(9));
    jiff::Timestamp::now().to_zoned(korea).date()
}

fn report(run: &Value, open: &Value, only: Option<Gateway>) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut table = Table::new(&[
        "gateway",
        "client",
        "looked",
        "listed>",
        "ours>",
        "new>",
        "resolved>",
        "open>",
    ]);
    let mut sums = Table::new(&[
        "settled", "gross>", "fee>", "net>", "ours>", "rows>", "unknown>",
    ]);
    for books in list(&run["books"]) {
        let why = show::reason(&books["reason"]);
        table.row([
            text(&books["gateway"]),
            text(&books["clientId"]),
            looked(&books, &why),
            text(&books["listed"]),
            text(&books["compared"]),
            text(&books["newBreaks"]),
            text(&books["resolved"]),
            text(&books["openBreaks"]),
        ]);
        for sum in list(&books["settlement"]) {
            let money = |name: &str| show::money(&sum[name], &sum["currency"]);
            sums.row([
                text(&books["gateway"]),
                money("gross"),
                money("fee"),
                money("net"),
                money("ours"),
                text(&sum["rows"]),
                text(&sum["unknown"]),
            ]);
        }
    }
    let days = list(&run["days"]);
    let ends = [days.first(), days.last()].map(|day| text(day.unwrap_or(&Value::Null)));
    let head = match ends[0] == ends[1] {
        true => ends[0].clone(),
        false => format!("{} to {}", ends[0], ends[1]),
    };
    let of_run = |row: &&Value| only.is_none_or(|gateway| row["gateway"] == gateway.as_str());
    let open: Vec<Value> = list(open).iter().filter(of_run).cloned().collect();
    let mut parts = vec![head, table.to_string()];
    if list(&run["books"])
        .iter()
        .any(|books| books["settlement"].is_array())
    {
        parts.push(sums.to_string());
    }
    if !open.is_empty() {
        parts.push(breaks::table(&open));
    }
    parts.push(match text(&run["verdict"]).as_str() {
        "agrees" => "both sides agree".to_owned(),
        "open_breaks" => format!("{} breaks are open", text(&run["openBreaks"])),
        _ => "not everything could be looked at".to_owned(),
    });
    parts
        .iter()
        .map(|part| part.trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

/// Whether these books were looked at, and what is unlike the run's own days.
fn looked(books: &Value, why: &str) -> String {
    let mut looked = text(&books["state"]);
    if !why.is_empty() {
        looked.push_str(&format!(": {why}"));
    }
    for (name, is) in [
        ("firstDay", "looked from"),
        ("missingSince", "missing from"),
    ] {
        if let Some(day) = books[name].as_str() {
            looked.push_str(&format!(", {is} {day}"));
        }
    }
    looked
}

/// The exit code. Open breaks come first: somebody has to look.
fn verdict(run: &Value) -> Result<(), Stop> {
    let books = run["books"].as_array().map(Vec::as_slice);
    let missing: Vec<String> = books
        .unwrap_or_default()
        .iter()
        .filter(|books| books["state"] != "looked")
        .map(|books| {
            let why = text(&books["reason"]["code"]);
            let since = books["missingSince"].as_str();
            let since = since.map_or(String::new(), |day| format!(", missing from {day}"));
            format!(
                "{} {} ({why}{since})",
                text(&books["gateway"]),
                text(&books["clientId"])
            )
        })
        .collect();
    let missing = match missing.is_empty() {
        true => String::new(),
        false => format!("could not look at {}", missing.join(", ")),
    };
    match run["verdict"].as_str() {
        Some("agrees") => Ok(()),
        Some("open_breaks") => {
            let open = text(&run["openBreaks"]);
            let also = if missing.is_empty() { "" } else { "; " };
            Err(Stop::Refused(format!(
                "{open} breaks are open: `paypair breaks list`, docs/reconciliation.md{also}{missing}"
            )))
        }
        _ => Err(Stop::Unknown(format!(
            "{missing}: of that nothing is known, and nothing else is open"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_are_missing_are_named() {
        let books = json!({
            "gateway": "payletter", "clientId": "pay_test", "state": "unavailable",
            "reason": { "code": "days_missing" }, "firstDay": "2026-10-23", "missingSince": "2026-10-01",
        });
        assert_eq!(
            looked(&books, "days_missing"),
            "unavailable: days_missing, looked from 2026-10-23, missing from 2026-10-01"
        );
        assert_eq!(looked(&json!({ "state": "looked" }), ""), "looked");
        let run = json!({ "verdict": "incomplete", "books": [books] });
        let Err(Stop::Unknown(why)) = verdict(&run) else {
            panic!("of those days nothing is known")
        };
        assert!(
            why.contains("payletter pay_test (days_missing, missing from 2026-10-01)"),
            "{why}"
        );
    }
}
