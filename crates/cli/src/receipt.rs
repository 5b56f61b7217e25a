//! `paypair receipt`: the page on which a buyer finds a receipt.

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::client::Server;
use crate::input;
use crate::show::text;
use crate::stop::Stop;

/// Prints the address of a receipt page, for the buyer to open.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The order that was paid.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    /// Which receipt.
    #[arg(long, value_enum, default_value_t = Kind::Receipt)]
    kind: Kind,

    /// Cash receipts: what it is for. Default: the buyer says.
    #[arg(long, value_enum)]
    purpose: Option<Purpose>,

    /// Cash receipts: the amount does not include the tax.
    #[arg(long)]
    tax_excluded: bool,

    #[command(flatten)]
    server: Server,
}

/// 영수증.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Kind {
    /// The payment's own: a card slip.
    Receipt,
    /// 현금영수증, for transfers and virtual accounts.
    #[value(alias = "cash-receipt")]
    CashReceipt,
}

/// 현금영수증 용도.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Purpose {
    /// The buyer chooses on the page.
    BuyerSays,
    /// 소득공제.
    TaxDeduction,
    /// 지출증빙.
    ProofOfExpense,
}

const HELP: &str = "\
Example:
  paypair receipt 2026-000123
  paypair receipt 2026-000123 --kind cash_receipt --purpose tax_deduction

What the gateways do differently:
  payple            the card slip that came with the payment
  payletter         a page made for this request (receipt/info, cashreceipt/issue). Cash receipts need a contract
                    for them
  payletter_global  none: the gateway mails the buyer

Exit codes: 0 done, 1 refused (receipt_not_offered), 2 wrong input.";

/// Asks for the page and prints its address.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    if options.kind == Kind::Receipt && (options.purpose.is_some() || options.tax_excluded) {
        return Err(Stop::input(
            "--purpose and --tax-excluded belong to --kind cash_receipt",
        ));
    }
    let mut wish = json!({ "kind": input::word(options.kind) });
    if let Some(purpose) = options.purpose {
        wish["purpose"] = input::word(purpose).into();
    }
    if options.tax_excluded {
        wish["taxExcluded"] = true.into();
    }
    let client = options.server.client()?;
    let path = ["orders", options.order.as_str(), "receipt"];
    let answer = client
        .post(&path, &wish, "ask again; asking twice does no harm")
        .await?;
    client.show(&answer, |value| text(&value["url"]));
    Ok(())
}
