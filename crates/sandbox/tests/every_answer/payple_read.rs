//! Payple's messages, told apart by the path that was called, each with its reader.

use std::fmt::Debug;

use paypair_protocol::payple::{
    Auth, CashReceipt, Confirm, LinkRequest, Lookup, LookupAnswer, PayerDelete, PayerLookup,
    Purpose, Refund, Tokens, TradeUse, Webhook, WindowResult,
};
use paypair_protocol::wire::Fields;
use paypair_protocol::{CallError, Gateway, Method, Money, Secret};

use crate::common::payple::{MARCH, charge};
use crate::common::{Answer, Page, fields};
use crate::told::Told;

pub(crate) fn answered(answer: &Answer) -> Option<Told> {
    let path = answer.path.strip_prefix("/payple")?;
    let act = path.trim_start_matches("/php/").split('?').next();
    match act.unwrap_or_default() {
        "auth.php" => call("AuthAnswer", answer, |status, body| {
            auth().read(status, body)
        }),
        "PayCardConfirmAct.php" | "PayConfirmAct.php" => call("Payment", answer, |status, body| {
            confirm().read(status, body)
        }),
        "RePayCardAct.php" | "SimplePayCardAct.php" | "RePayAct.php" | "SimplePayAct.php" => {
            call("Payment", answer, |status, body| {
                charge(&key(), "a", MARCH).read(status, body)
            })
        }
        "PayChkAct.php" => looked_up(answer),
        "account/api/cPayCAct.php" => call("Refunded", answer, |status, body| {
            refund().read(status, body)
        }),
        "cPayUser/api/cPayUserAct.php" if path.ends_with("PUSERINFO") => {
            call("Payer", answer, |status, body| payer().read(status, body))
        }
        "cPayUser/api/cPayUserAct.php" => call("PayerDeleted", answer, |status, body| {
            payer_delete().read(status, body)
        }),
        "taxsave/api/tsAct.php" => call("CashReceiptDone", answer, |status, body| {
            cash_receipt().read(status, body)
        }),
        "link/api/LinkRegAct.php" => call("Link", answer, |status, body| link().read(status, body)),
        _ => window_result(&Page(answer.body.clone())),
    }
}

pub(crate) fn webhook(body: &str) -> Told {
    let fields = Fields::from_json(body.as_bytes()).unwrap();
    Told::new(Gateway::Payple, "Webhook", fields, |fields| {
        Some(Webhook::read(fields))
    })
}

fn call<T: PartialEq + Debug + 'static>(
    name: &'static str,
    answer: &Answer,
    read: impl Fn(u16, &[u8]) -> Result<T, CallError> + 'static,
) -> Option<Told> {
    Told::of_call(Gateway::Payple, name, answer, read)
}

/// A lookup that finds nothing is no refusal.
fn looked_up(answer: &Answer) -> Option<Told> {
    let read = |status, body: &[u8]| lookup().read(status, body);
    let name = match read(answer.status, answer.body.as_bytes()) {
        Ok(LookupAnswer::Absent(_)) => "Absent",
        _ => "Payment",
    };
    call(name, answer, read)
}

/// By a message to the page that opened the window, or by the browser's post.
fn window_result(page: &Page) -> Option<Told> {
    let fields = if page.has("data-message=") {
        let message = page.message().to_string();
        let message = Fields::from_json(message.as_bytes()).unwrap();
        message.object("data")?.clone()
    } else if page.has("id=\"handback\" method=\"post\"") {
        fields(&page.handback().1)
    } else {
        return None;
    };
    let read = |fields: &Fields| Some(WindowResult::read(fields));
    Some(Told::new(Gateway::Payple, "WindowResult", fields, read))
}

// What the answers are read by. Of what was asked the readers need nothing but the lookup's order.

fn key() -> Secret {
    Secret::new("k")
}

fn tokens() -> Tokens {
    Tokens {
        merchant_token: key(),
        merchant_key_token: key(),
        auth_key: key(),
    }
}

fn auth() -> Auth {
    Auth {
        merchant_id: "test".into(),
        merchant_key: key(),
        purpose: Purpose::Pay,
    }
}

fn confirm() -> Confirm {
    Confirm {
        merchant_id: "test".into(),
        merchant_key: key(),
        auth_key: key(),
        confirm_key: key(),
        billing_key: None,
    }
}

fn lookup() -> Lookup {
    Lookup {
        tokens: tokens(),
        method: Method::from("card"),
        order_id: "a".into(),
        paid_on: "20260305".into(),
    }
}

fn refund() -> Refund {
    Refund {
        tokens: tokens(),
        refund_key: key(),
        order_id: "a".into(),
        paid_on: "20260305".into(),
        amount: Money::won(1000),
        tax_amount: None,
    }
}

fn payer() -> PayerLookup {
    PayerLookup {
        tokens: tokens(),
        billing_key: key(),
        customer_id: None,
    }
}

fn payer_delete() -> PayerDelete {
    PayerDelete {
        tokens: tokens(),
        billing_key: key(),
        customer_id: None,
    }
}

fn cash_receipt() -> CashReceipt {
    CashReceipt {
        tokens: tokens(),
        cancel: false,
        billing_key: key(),
        order_id: "a".into(),
        amount: Money::won(1000),
        trade_use: TradeUse::Personal,
        holder_number: "01012345678".into(),
    }
}

fn link() -> LinkRequest {
    LinkRequest {
        tokens: tokens(),
        method: Method::from("card"),
        product_name: "상품".into(),
        amount: Money::won(1000),
        card_flow: None,
        taxable: None,
        tax_amount: None,
        cash_receipt: false,
        expires_at: None,
    }
}
