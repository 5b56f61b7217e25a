//! `paypair billing-key`: what customers have registered.

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use paypair_protocol::{Gateway, Secret};
use serde_json::{Value, json};

use crate::client::Server;
use crate::input;
use crate::show::{self, Facts, Table, text};
use crate::stop::Stop;

/// Lists, shows, deletes and takes over billing keys. The key itself is never printed: it is named by its id.
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
    Delete(Delete),
    Adopt(Adopt),
}

const HELP: &str = "\
Example:
  paypair billing-key list --customer customer-7";

/// Lists a customer's billing keys.
#[derive(Debug, Args)]
#[command(after_help = LIST_HELP)]
struct List {
    /// Your own id of the customer.
    #[arg(long, value_name = "ID", value_parser = input::words)]
    customer: String,

    #[command(flatten)]
    server: Server,
}

const LIST_HELP: &str = "\
Example:
  paypair billing-key list --customer customer-7

Exit codes: 0 done (an empty list too), 1 refused, 2 wrong input.";

/// Shows one billing key.
#[derive(Debug, Args)]
#[command(after_help = SHOW_HELP)]
struct Show {
    /// Its id.
    #[arg(value_name = "bk_..", value_parser = input::billing_key_id)]
    id: String,

    /// Ask the gateway too whether it still has the key (Payple).
    #[arg(long)]
    check: bool,

    #[command(flatten)]
    server: Server,
}

const SHOW_HELP: &str = "\
Example:
  paypair billing-key show bk_0123456789abcdef0123456789abcdef --check

Only Payple can be asked (PUSERINFO); of the others' keys --check is refused (not_offered).

Exit codes: 0 done, 1 refused or unknown id, 2 wrong input.";

/// Deletes a billing key: it cannot be charged any more.
#[derive(Debug, Args)]
#[command(after_help = DELETE_HELP)]
struct Delete {
    /// Its id.
    #[arg(value_name = "bk_..", value_parser = input::billing_key_id)]
    id: String,

    /// Why; kept in the order's timeline.
    #[arg(long, value_name = "TEXT", value_parser = input::words)]
    reason: Option<String>,

    #[command(flatten)]
    server: Server,
}

const DELETE_HELP: &str = "\
Example:
  paypair billing-key delete bk_0123456789abcdef0123456789abcdef --reason \"탈퇴\"

What the gateways do differently:
  payple            deleted at Payple (PUSERDEL) and here
  payletter         the manual has no deletion: our copy is erased, and nobody can charge it from here
  payletter_global  the same; the key of a PayPal subscription ends at PayPal too, and the subscription with it

Exit codes: 0 deleted, 1 refused, 2 wrong input, 3 not yet known: `paypair billing-key show ID` says more.";

/// Takes over a billing key you have from before.
#[derive(Debug, Args)]
#[command(after_help = ADOPT_HELP)]
struct Adopt {
    /// payple, payletter or payletter_global.
    #[arg(long, value_name = "NAME", value_parser = input::gateway)]
    gateway: Gateway,

    /// card (payple), creditcard, mobile.. (payletter), PLCreditCard.. (payletter_global).
    #[arg(long, value_name = "CODE", value_parser = input::words)]
    method: String,

    /// Your own id of the customer the key belongs to.
    #[arg(long, value_name = "ID", value_parser = input::words)]
    customer: String,

    /// Your id of the order it is kept under; without it one is made.
    #[arg(long, value_name = "ID", value_parser = input::order_id)]
    order: Option<String>,

    /// A file with the key and nothing else. Without it the key is read from PAYPAIR_BILLING_KEY or standard input.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    #[command(flatten)]
    server: Server,
}

const ADOPT_HELP: &str = "\
Example:
  paypair billing-key adopt --gateway payple --method card --customer customer-7 < key.txt

The key is a secret: it never stands on the command line, where every user of the machine could read it.
Payple is asked whether it knows the key (PUSERINFO); the Payletters cannot be asked, so yours is believed.

Exit codes: 0 taken over, 1 refused (another customer has it), 2 wrong input, 3 not yet known.";

/// Runs one of them.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    match options.what {
        What::List(list) => list.run().await,
        What::Show(show) => show.run().await,
        What::Delete(delete) => delete.run().await,
        What::Adopt(adopt) => adopt.run().await,
    }
}

impl List {
    async fn run(self) -> Result<(), Stop> {
        let client = self.server.client()?;
        let query = [("customerId", self.customer)];
        let answer = client.get(&["billing-keys"], &query).await?;
        client.show(&answer, |value| {
            let keys = value["billingKeys"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            if keys.is_empty() {
                return "no billing keys".to_owned();
            }
            let mut table = Table::new(&[
                "billing key",
                "state",
                "gateway",
                "method",
                "card",
                "created",
                "order",
            ]);
            for key in keys {
                table.row([
                    text(&key["billingKeyId"]),
                    text(&key["state"]),
                    text(&key["gateway"]),
                    text(&key["method"]),
                    show::card(&key["card"]),
                    show::time(&key["createdAt"]),
                    text(&key["orderId"]),
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
        let query: &[(&str, String)] = if self.check {
            &[("check", "true".to_owned())]
        } else {
            &[]
        };
        let answer = client.get(&["billing-keys", &self.id], query).await?;
        client.show(&answer, facts);
        Ok(())
    }
}

impl Delete {
    async fn run(self) -> Result<(), Stop> {
        let client = self.server.client()?;
        let advice = format!("run `paypair billing-key show {}` to find out", self.id);
        let mut wish = json!({});
        if let Some(reason) = self.reason {
            wish["reason"] = reason.into();
        }
        let answer = client
            .post(&["billing-keys", &self.id, "delete"], &wish, &advice)
            .await?;
        client.show(&answer, facts);
        match text(&answer.value["state"]).as_str() {
            "deleted" => Ok(()),
            "active" => Err(Stop::Refused(format!(
                "{} is not deleted: {}",
                self.id,
                show::reason(&answer.value["reason"])
            ))),
            state => Err(Stop::Unknown(format!("{} is {state}; {advice}", self.id))),
        }
    }
}

impl Adopt {
    async fn run(self) -> Result<(), Stop> {
        let key = key(self.key_file.as_ref())?;
        let mut wish = json!({
            "gateway": self.gateway.as_str(),
            "method": self.method,
            "customerId": self.customer,
            "billingKey": key.expose(),
        });
        if let Some(order) = self.order {
            wish["orderId"] = order.into();
        }
        let advice =
            "run `paypair billing-key list --customer ID` to find out; the same again does no harm";
        let client = self.server.client()?;
        let answer = client.post(&["billing-keys"], &wish, advice).await?;
        client.show(&answer, facts);
        match text(&answer.value["state"]).as_str() {
            "active" | "" => Ok(()),
            state => Err(Stop::Unknown(format!("the key is {state}; {advice}"))),
        }
    }
}

fn facts(key: &Value) -> String {
    let at_gateway = match (
        text(&key["state"]).as_str(),
        key["deletedAtGateway"].as_bool(),
    ) {
        ("deleted", Some(true)) => "yes",
        ("deleted", Some(false)) => "no: only our copy is erased",
        _ => "",
    };
    let known = match key["knownAtGateway"].as_bool() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let mut facts = Facts::default();
    facts
        .add("billing key", text(&key["billingKeyId"]))
        .add("state", text(&key["state"]))
        .add("gateway", text(&key["gateway"]))
        .add("method", text(&key["method"]))
        .add("customer", text(&key["customerId"]))
        .add("card", show::card(&key["card"]))
        .add("order", text(&key["orderId"]))
        .add("created", show::time(&key["createdAt"]))
        .add("deleted", show::time(&key["deletedAt"]))
        .add("deleted at the gateway", at_gateway)
        .add("known at the gateway", known)
        .add("reason", show::reason(&key["reason"]));
    facts.to_string()
}

/// The key, from a place that others on the machine cannot read.
fn key(file: Option<&PathBuf>) -> Result<Secret, Stop> {
    let text = match (file, std::env::var("PAYPAIR_BILLING_KEY")) {
        (Some(file), _) => std::fs::read_to_string(file)
            .map_err(|error| Stop::Input(format!("--key-file {}: {error}", file.display())))?,
        (None, Ok(text)) if !text.is_empty() => text,
        _ if std::io::stdin().is_terminal() => {
            return Err(Stop::input(
                "no billing key: pass it on standard input, with --key-file FILE or in PAYPAIR_BILLING_KEY",
            ));
        }
        _ => {
            let mut text = String::new();
            std::io::stdin()
                .take(4096)
                .read_to_string(&mut text)
                .map_err(|_| Stop::input("standard input is not text"))?;
            text
        }
    };
    let key = text.trim();
    if key.is_empty() || key.len() > 1024 || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Stop::input(
            "the billing key is not one word of letters, digits and signs: pass the key and nothing else",
        ));
    }
    Ok(Secret::new(key))
}
