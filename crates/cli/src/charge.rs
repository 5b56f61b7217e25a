//! `paypair charge`: money by a registered card or phone, without a window.

use clap::Args;
use paypair_protocol::Currency;
use serde_json::{Value, json};

use crate::client::Server;
use crate::input::{self, Month};
use crate::show::{self, text};
use crate::stop::Stop;

/// Charges a registered billing key: next month's subscription, without the buyer.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// The billing key's id, from `paypair billing-key list`.
    #[arg(long, value_name = "bk_..", value_parser = input::billing_key_id)]
    billing_key: String,

    /// Your own id of the customer the key belongs to. Another's is refused.
    #[arg(long, value_name = "ID", value_parser = input::words)]
    customer: String,

    /// A plain decimal: 9900, 12.50. No commas.
    #[arg(long, value_name = "DECIMAL", allow_negative_numbers = true)]
    amount: String,

    /// Three capital letters. KRW, JPY and VND have no decimals, all others two.
    #[arg(long, value_name = "CODE", default_value = "KRW", value_parser = input::currency)]
    currency: Currency,

    /// What is paid for; the buyer reads it.
    #[arg(long, value_name = "TEXT", value_parser = input::words)]
    product: String,

    /// Your id of this charge. The same id again charges nothing again; without it one is made and printed.
    #[arg(long, value_name = "ID", value_parser = input::order_id)]
    order: Option<String>,

    /// Payple: the month this charge is for; its second charge is refused (CPAY0202). Without it the key is charged freely.
    #[arg(long, value_name = "YYYY-MM", value_parser = input::month)]
    month: Option<Month>,

    /// Of the amount, what is free of tax.
    #[arg(long, value_name = "DECIMAL", allow_negative_numbers = true)]
    tax_free: Option<String>,

    /// The tax in the amount, if the gateway is not to compute it.
    #[arg(long, value_name = "DECIMAL", allow_negative_numbers = true)]
    tax: Option<String>,

    /// The customer's name.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,

    /// The customer's phone: Payple tells them of the charge.
    #[arg(long, value_name = "DIGITS")]
    phone: Option<String>,

    /// The customer's e-mail.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,

    #[command(flatten)]
    server: Server,
}

const HELP: &str = "\
Example:
  paypair charge --billing-key bk_0123456789abcdef0123456789abcdef --customer customer-7 \\
    --amount 9900 --product \"정기구독 12월\" --order sub-7-2026-12

What the gateways do differently:
  payple            --month: once a month for each key; without it at any time. At least 100 won
  payletter         a mobile phone: 30 days after registering or later, the same amount, no month left out,
                    or the key is void. Chai: registered on a phone only
  payletter_global  a Private API: the caller's address must be registered at Payletter. A PayPal subscription
                    is charged by PayPal itself, not by this command

Exit codes: 0 paid, 1 refused or declined, 2 wrong input, 3 not yet known: run `paypair lookup ORDER`, and do
not charge again under another id.";

/// Charges, and says what came of it.
pub(crate) async fn run(options: Options) -> Result<(), Stop> {
    let currency = options.currency;
    let amount = input::amount("--amount", &options.amount, currency)?;
    let mut wish = json!({
        "orderId": options.order.map_or_else(issue_order_id, Ok)?,
        "billingKeyId": options.billing_key,
        "customerId": options.customer,
        "amount": amount.to_wire(),
        "currency": currency.as_str(),
        "productName": options.product,
    });
    if let Some(Month { year, month }) = options.month {
        wish["repeat"] = json!({ "year": year, "month": month });
    }
    for (name, flag, value) in [
        ("taxFreeAmount", "--tax-free", &options.tax_free),
        ("taxAmount", "--tax", &options.tax),
    ] {
        if let Some(text) = value {
            wish["options"][name] = input::money(flag, text, currency)?.to_wire().into();
        }
    }
    for (name, value) in [
        ("name", options.name),
        ("phone", options.phone),
        ("email", options.email),
    ] {
        if let Some(value) = value {
            wish["customer"][name] = value.into();
        }
    }
    let client = options.server.client()?;
    let order = text(&wish["orderId"]);
    let answer = client.post(&["charges"], &wish, &find_out(&order)).await?;
    client.show(&answer, |outcome| show::outcome(outcome).to_string());
    ended(&answer.value)
}

/// What an outcome means for somebody who wanted to be paid.
fn ended(outcome: &Value) -> Result<(), Stop> {
    let (order, status) = (text(&outcome["orderId"]), text(&outcome["status"]));
    match status.as_str() {
        "paid" | "registered" => Ok(()),
        "declined" | "cancelled" | "expired" => Err(Stop::Refused(format!(
            "{order} is {status}: {}",
            show::reason(&outcome["reason"])
        ))),
        "review" if outcome["state"] == "discrepant" => Err(Stop::Refused(format!(
            "{order} contradicts what was asked ({}); a person has to look",
            show::reason(&outcome["reason"])
        ))),
        _ => Err(Stop::Unknown(format!(
            "{order} is {status}; {}",
            find_out(&order)
        ))),
    }
}

/// What to do while an outcome is not known.
fn find_out(order: &str) -> String {
    format!("run `paypair lookup {order}` to find out, and do not charge again")
}

/// Ours, when none was given: the answer may get lost, and without an id nobody could ask for it.
fn issue_order_id() -> Result<String, Stop> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|_| Stop::Refused("this machine gives no random numbers".to_owned()))?;
    let today = jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(9)))
        .strftime("%Y%m%d");
    Ok(format!("C{today}{}", hex::encode_upper(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paid_is_paid_and_the_unknown_is_not_declined() {
        let end = |status: &str, state: &str| {
            ended(&json!({ "orderId": "A", "status": status, "state": state }))
        };
        assert!(end("paid", "paid").is_ok());
        assert!(matches!(end("declined", "declined"), Err(Stop::Refused(_))));
        assert!(matches!(end("review", "discrepant"), Err(Stop::Refused(_))));
        for (status, state) in [
            ("pending", "charging"),
            ("in_doubt", "in_doubt"),
            ("review", "pending_review"),
            ("something_newer", "something_newer"),
        ] {
            let Err(Stop::Unknown(text)) = end(status, state) else {
                panic!("{status} is not known");
            };
            assert!(
                text.contains("paypair lookup A") && text.contains("do not charge again"),
                "{text}"
            );
        }
    }

    #[test]
    fn an_issued_id_suits_every_gateway() {
        let id = issue_order_id().unwrap();
        assert!(
            id.len() <= 30 && id.bytes().all(|b| b.is_ascii_alphanumeric()),
            "{id}"
        );
        assert_ne!(id, issue_order_id().unwrap());
    }
}
