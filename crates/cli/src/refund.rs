//! `paypair refund`: all of a payment's money back, or a part.

use clap::Args;
use paypair_protocol::Currency;
use serde_json::{Value, json};

use crate::client::Server;
use crate::input;
use crate::show::{self, text};
use crate::stop::Stop;

/// Gives a payment's money back: all of it, or a part.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The order that was paid.
    #[arg(value_name = "ORDER", value_parser = input::order_id)]
    order: String,

    /// How much of it, as a plain decimal. Without it all that is left.
    #[arg(
        long,
        value_name = "DECIMAL",
        allow_negative_numbers = true,
        requires = "refund_id"
    )]
    amount: Option<String>,

    /// The order's currency, by which --amount is checked.
    #[arg(long, value_name = "CODE", default_value = "KRW", value_parser = input::currency)]
    currency: Currency,

    /// Your id of this refund, needed for a part: asked for again under the same id, nothing is given back again.
    #[arg(long, value_name = "ID", value_parser = input::order_id)]
    refund_id: Option<String>,

    /// Which payment to give back, by the gateway's transaction id. Needed where the order was paid twice.
    #[arg(long, value_name = "ID", value_parser = input::words)]
    transaction: Option<String>,

    /// Of the amount, what is free of tax.
    #[arg(
        long,
        value_name = "DECIMAL",
        allow_negative_numbers = true,
        requires = "amount"
    )]
    tax_free: Option<String>,

    /// The tax in the amount, if the gateway is not to compute it.
    #[arg(
        long,
        value_name = "DECIMAL",
        allow_negative_numbers = true,
        requires = "amount"
    )]
    tax: Option<String>,

    /// Why; kept in the order's timeline.
    #[arg(long, value_name = "TEXT", value_parser = input::words)]
    reason: Option<String>,

    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Example:
  paypair refund 2026-000123
  paypair refund 2026-000123 --amount 3000 --refund-id cup-broken --reason \"컵 파손\"

Nothing is sent if more is asked than is left, if the method is never cancelled, not in part, or not any more
(days in Korea).

Paid twice under one order id? Say which payment with --transaction; a second one only goes back whole. At Payple
cancel it in the admin pages, then `paypair lookup ORDER`, or `paypair resolve ORDER --as second-refunded`.

What the gateways do differently:
  payple            in part by any amount; the test account only gives back all
  payletter         by method (docs/payletter.md): cards, Naver Pay, kakaopay.. up to D+180; bank transfer on the
                    day; mobile in the month; virtual accounts not at all. Nothing in part with a cup deposit
  payletter_global  cards and PayPal up to D+180, Alipay and WeChatPay D+365. VTC only takes the order: the refund
                    is pending until the sales list shows it; without that list a person says so
                    (`paypair resolve ORDER --as refunded`)

Exit codes: 0 given back, 1 refused or declined, 2 wrong input, 3 not yet known: run `paypair lookup ORDER`.";

/// Refunds, and says what came of it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let mut wish = json!({});
    if let Some(amount) = &options.amount {
        let amount = input::amount("--amount", amount, options.currency)?;
        wish["amount"] = amount.to_wire().into();
    }
    for (name, flag, value) in [
        ("taxFreeAmount", "--tax-free", &options.tax_free),
        ("taxAmount", "--tax", &options.tax),
    ] {
        if let Some(text) = value {
            wish[name] = input::money(flag, text, options.currency)?.to_wire().into();
        }
    }
    for (name, value) in [
        ("refundId", &options.refund_id),
        ("transactionId", &options.transaction),
        ("reason", &options.reason),
    ] {
        if let Some(value) = value {
            wish[name] = value.as_str().into();
        }
    }
    let client = options.server.client()?;
    let order = options.order.as_str();
    let advice = match &options.refund_id {
        Some(id) => format!(
            "run `paypair lookup {order}` to find out; asking again with --refund-id {id} gives nothing back twice"
        ),
        None => format!("run `paypair lookup {order}` to find out"),
    };
    let answer = client
        .post(&["orders", order, "refund"], &wish, &advice)
        .await?;
    client.show(&answer, |outcome| show::outcome(outcome).to_string());
    // Of the refund itself, if it is told: where an order was paid twice, the order stays paid when the second payment goes back.
    let own = text(&answer.value["refund"]["state"]);
    let state = match &options.refund_id {
        _ if !own.is_empty() => own,
        // The order may have several refunds; its outcome does not say which of them it speaks of.
        Some(id) => match client.get(&["orders", order], &[]).await {
            Ok(shown) => line_state(&shown.value, id).unwrap_or_default(),
            Err(_) => String::new(),
        },
        None => text(&answer.value["state"]),
    };
    match state.as_str() {
        "done" | "refunded" => Ok(()),
        "declined" | "paid" | "partially_refunded" => Err(Stop::Refused(format!(
            "{order}: nothing was given back now: {}",
            show::reason(&answer.value["reason"])
        ))),
        state => {
            let state = if state.is_empty() { "not known" } else { state };
            Err(Stop::Unknown(format!(
                "the refund of {order} is {state}; {advice}"
            )))
        }
    }
}

/// The state of the refund with this id.
fn line_state(order: &Value, id: &str) -> Option<String> {
    let attempts = order["attempts"].as_array()?;
    attempts
        .iter()
        .filter_map(|attempt| attempt["refunds"].as_array())
        .flatten()
        .find(|refund| refund["refundId"] == id)
        .map(|refund| text(&refund["state"]))
}
