//! `paypair cash-receipt`: cash receipts of bank transfers at Payple, issued after the payment and taken back.

use std::io::{IsTerminal as _, Read as _};

use clap::{Args, Subcommand, ValueEnum};
use paypair_protocol::{Currency, Secret};
use serde_json::{Value, json};

use crate::client::Server;
use crate::input;
use crate::show::{self, Facts, text};
use crate::stop::Stop;

/// Issues the cash receipt of a bank transfer, or takes it back.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Issue(Issue),
    Cancel(Cancel),
}

/// Issues a cash receipt for a paid order.
#[derive(Debug, Args)]
#[command(after_help = ISSUE_HELP)]
struct Issue {
    /// The order that was paid.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    /// What it is for.
    #[arg(long, value_enum)]
    purpose: Purpose,

    #[command(flatten)]
    identity: Identity,

    /// Over how much, as a plain decimal. Without it all that is left of the payment.
    #[arg(long, value_name = "DECIMAL", allow_negative_numbers = true)]
    amount: Option<String>,

    #[command(flatten)]
    server: Server,
}

/// Takes a cash receipt back.
#[derive(Debug, Args)]
#[command(after_help = CANCEL_HELP)]
struct Cancel {
    /// The order it was issued for.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    /// What it was for; needed if it was issued with the payment, in the gateway's window.
    #[arg(long, value_enum)]
    purpose: Option<Purpose>,

    #[command(flatten)]
    identity: Identity,

    #[command(flatten)]
    server: Server,
}

/// Whose it is: one of the two.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Identity {
    /// The phone number is on standard input.
    #[arg(long)]
    phone: bool,

    /// The business number (사업자등록번호) is on standard input.
    #[arg(long)]
    business_no: bool,
}

/// 용도.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Purpose {
    /// 소득공제.
    TaxDeduction,
    /// 지출증빙.
    ProofOfExpense,
}

const HELP: &str = "\
Example:
  paypair cash-receipt issue 2026-000123 --purpose tax_deduction --phone < phone.txt

What the gateways do differently:
  payple            bank transfers only; this command. A refund of the whole mostly takes the receipt back with it
  payletter         the buyer has it issued on a page: `paypair receipt ORDER --kind cash_receipt`
  payletter_global  none

Exit codes: 0 done, 1 refused, 2 wrong input, 3 nobody knows: see `paypair cash-receipt issue --help`.";

const ISSUE_HELP: &str = "\
Example:
  paypair cash-receipt issue 2026-000123 --purpose tax_deduction --phone < phone.txt
  paypair cash-receipt issue 2026-000123 --purpose proof_of_expense --business-no --amount 4000 < business_no.txt

The number is read from standard input, so that it stands in no history and no list of processes. It goes to the
gateway and is kept nowhere.

A receipt is never issued twice: while there is one, or nobody knows whether there is, this is refused. An answer
that never came (exit code 3) is asked for again by running this again: if the gateway shows the receipt, it counts
as issued. If it goes on being unknown, look in the gateway's admin pages, then
  paypair resolve 2026-000123 --operator \"김민지\" --as receipt-not-issued
or receipt-issued; or take it back, which harms nobody.

Exit codes: 0 issued, 1 refused, 2 wrong input, 3 nobody knows whether it is issued.";

const CANCEL_HELP: &str = "\
Example:
  paypair cash-receipt cancel 2026-000123 --phone < phone.txt

The gateway wants to hear again whose it was, and we have kept nothing: the number is read from standard input.
That a refund took the receipt back with it shows `GET /orders/ORDER` (attempts, cashReceipt).

Exit codes: 0 taken back, 1 refused, 2 wrong input, 3 nobody knows whether it is taken back.";

/// Asks, and says what came of it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    match options.command {
        Command::Issue(issue) => {
            let mut wish = json!({ "purpose": input::word(issue.purpose) });
            if let Some(amount) = &issue.amount {
                let amount = input::amount("--amount", amount, Currency::KRW)?;
                wish["amount"] = amount.to_wire().into();
            }
            let path = ["orders", issue.order.as_str(), "cash-receipt"];
            ask(issue.server, &path, &issue.identity, wish, "issued").await
        }
        Command::Cancel(cancel) => {
            let mut wish = json!({});
            if let Some(purpose) = cancel.purpose {
                wish["purpose"] = input::word(purpose).into();
            }
            let path = ["orders", cancel.order.as_str(), "cash-receipt", "cancel"];
            ask(cancel.server, &path, &cancel.identity, wish, "cancelled").await
        }
    }
}

async fn ask(
    server: Server,
    path: &[&str],
    identity: &Identity,
    mut wish: Value,
    wanted: &str,
) -> Result<(), Stop> {
    let client = server.client()?;
    let (name, number) = identity.read()?;
    wish["identity"] = json!({ name: number.expose() });
    let order = path.get(1).copied().unwrap_or_default();
    let advice = format!(
        "run the same again: nothing is issued twice; `GET /orders/{order}` shows how it stands"
    );
    let answer = client.post(path, &wish, &advice).await?;
    client.show(&answer, |receipt| shown(order, receipt).to_string());
    let receipt = &answer.value;
    match text(&receipt["state"]).as_str() {
        state if state == wanted => Ok(()),
        state @ ("declined" | "issued") => Err(Stop::Refused(format!(
            "{order}: the gateway refused, the cash receipt is {state}: {}",
            show::reason(&receipt["reason"])
        ))),
        state => Err(Stop::Unknown(format!(
            "the cash receipt of {order} is {state}: {}; {advice}",
            show::reason(&receipt["reason"])
        ))),
    }
}

fn shown(order: &str, receipt: &Value) -> Facts {
    let mut facts = Facts::default();
    facts
        .add("order", order)
        .add("cash receipt", text(&receipt["state"]))
        .add("amount", show::money(&receipt["amount"], &json!("KRW")))
        .add("purpose", text(&receipt["purpose"]))
        .add("approval no", text(&receipt["approvalNo"]))
        .add("asked at", show::time(&receipt["askedAt"]))
        .add("reason", show::reason(&receipt["reason"]));
    facts
}

impl Identity {
    /// The field's name, and the number from standard input.
    fn read(&self) -> Result<(&'static str, Secret), Stop> {
        let (name, flag) = if self.business_no {
            ("businessNo", "--business-no")
        } else {
            ("phone", "--phone")
        };
        let nothing = || {
            Stop::Input(format!(
                "{flag}: no number on standard input; pass digits and nothing else, like {flag} < number.txt"
            ))
        };
        if std::io::stdin().is_terminal() {
            return Err(nothing());
        }
        let mut told = String::new();
        let most = u64::try_from(LONGEST).unwrap_or_default();
        let read = std::io::stdin().lock().take(most).read_to_string(&mut told);
        let number = told.trim();
        let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | ' ');
        if read.is_err() || number.is_empty() || !number.chars().all(plain) {
            return Err(nothing());
        }
        Ok((name, Secret::new(number)))
    }
}

/// More than any number with its signs.
const LONGEST: usize = 64;
