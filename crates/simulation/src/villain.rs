//! Those who want goods without paying: they know every message that a browser sees, and our addresses.

use std::sync::Arc;

use paypair_protocol::Gateway;
use paypair_sandbox::{Ending, Letter};
use paypair_verifier::RawRequest;
use serde_json::{Value, json};

use crate::courier;
use crate::faults::Fault;
use crate::plan::Plan;
use crate::scheduler::lock;
use crate::web::Patience;
use crate::world::{MOUNT, SHOP, World};

/// A success that no window gave.
pub(crate) async fn forge(
    world: &Arc<World>,
    plan: &Plan,
    secret: &str,
    fields: &[(String, String)],
) {
    if plan.gateway != Gateway::Payple {
        return;
    }
    world.struck(Fault::ForgedResult, &plan.id);
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str()).to_owned()
    };
    let forged = json!({ "fields": {
        "PCD_PAY_RST": "success", "PCD_PAY_CODE": "0000", "PCD_PAY_MSG": "카드인증완료",
        "PCD_PAY_OID": field("PCD_PAY_OID"), "PCD_PAY_TYPE": "card", "PCD_PAY_WORK": field("PCD_PAY_WORK"),
        "PCD_AUTH_KEY": field("PCD_AUTH_KEY"), "PCD_PAY_TOTAL": field("PCD_PAY_TOTAL"),
        "PCD_PAY_REQKEY": "bWFkZSB1cCBieSBhIHZpbGxhaW4gbWFkZSB1cA==",
        "PCD_PAY_COFURL": "http://localhost:8081/payple/php/PayCardConfirmAct.php?ACT_=PAYM",
    }});
    let path = format!("/orders/{}/result", plan.id);
    let request = RawRequest::new("POST", &path)
        .with_header("origin", SHOP)
        .with_header("paypair-client-secret", secret)
        .with_body(forged.to_string());
    world.ask(&plan.id, request, Patience::Browser).await;
}

/// The signature of a payment of another order, with the number and the secret of one's own, as far as a return showed them.
pub(crate) async fn swap_orders(world: &Arc<World>, plan: &Plan, ending: &Ending) {
    let Ending::Post { fields, .. } = ending else {
        return;
    };
    if plan.gateway != Gateway::Payletter {
        return;
    }
    let custom = fields.iter().find(|(name, _)| name == "custom_parameter");
    let Some(letter) = fitting(world, plan).or_else(|| somebodys(world, Gateway::Payletter)) else {
        return;
    };
    let Ok(mut body) = serde_json::from_str::<Value>(&letter.body) else {
        return;
    };
    body["order_no"] = plan.id.as_str().into();
    if let Some((_, custom)) = custom {
        body["custom_parameter"] = custom.as_str().into();
    }
    world.struck(Fault::OrderSwapped, &plan.id);
    if world.dice().once_in(7_500) {
        // user and amount are hashed without anything between them: `1001` and `1000` as `100` and `11000`.
        let (user, amount) = (
            crate::web::text(&body["user_id"]),
            crate::web::text(&body["amount"]),
        );
        let both = format!("{user}{amount}");
        let border = if user.len() > 3 {
            user.len() - 1
        } else {
            user.len() + 1
        };
        body["user_id"] = both[..border].into();
        if let Ok(amount) = both[border..].parse::<u64>() {
            body["amount"] = amount.into();
        }
        world.struck(Fault::BoundaryShift, &plan.id);
    }
    send(world, &letter, body.to_string().into_bytes()).await;
}

/// Sends what was heard again, changed where the hash does not look, all day long.
pub(crate) async fn work(world: Arc<World>) {
    while !world.is_calm() {
        let pause = world.dice().within(60_000..600_000);
        world.sleep(pause).await;
        let which = world.dice().index(6);
        if world.rates().web == 0 {
            continue;
        }
        let gateway = if which < 4 {
            Gateway::PayletterGlobal
        } else {
            Gateway::Payletter
        };
        let Some(letter) = somebodys(&world, gateway) else {
            continue;
        };
        let swapped = |name: &str, value: &str| {
            let fields: Vec<_> = form_urlencoded::parse(letter.body.as_bytes())
                .map(|(key, old)| {
                    let value = if key == name { value.into() } else { old };
                    (key.into_owned(), value.into_owned())
                })
                .collect();
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields).finish().into_bytes()
        };
        let (fault, body) = match which {
            0 => {
                let kind = world.dice().pick(&["1", "2", "3", "4", "9"]);
                (Fault::NotifytypeSwapped, swapped("notifytype", kind))
            }
            1 => (Fault::OtherStore, swapped("storeid", "PL_Somebody")),
            2 => {
                let ahead = (world.now().as_second() + 7200).to_string();
                (Fault::ReplayFutureTimestamp, swapped("timestamp", &ahead))
            }
            3 | 4 => (Fault::ReplayOldTimestamp, letter.body.clone().into_bytes()),
            _ => {
                let other = another_order(&world, &letter);
                let body = letter.body.replace(
                    &format!("\"order_no\":\"{}\"", letter.order_id),
                    &format!("\"order_no\":\"{other}\""),
                );
                (Fault::OrderSwapped, body.into_bytes())
            }
        };
        world.struck(fault, &letter.order_id);
        send(&world, &letter, body).await;
    }
}

async fn send(world: &Arc<World>, letter: &Letter, body: Vec<u8>) {
    let answer = world.serve(courier::request(letter, body)).await;
    world.tell("villain", &letter.order_id, || match answer {
        Some(answer) => format!(
            "posts to {}: {}",
            letter.url.replace(MOUNT, ""),
            answer.status
        ),
        None => "finds nobody".to_owned(),
    });
}

/// A callback with the price and the customer of one's own order, as a buyer has who bought the same before.
fn fitting(world: &World, plan: &Plan) -> Option<Letter> {
    let fits = |letter: &&Letter| {
        let Ok(body) = serde_json::from_str::<Value>(&letter.body) else {
            return false;
        };
        letter.order_id != plan.id
            && crate::web::text(&body["user_id"]) == plan.customer.as_str()
            && crate::web::text(&body["amount"]) == plan.amount
    };
    let seen = lock(&world.seen);
    let mut of_gateway = seen
        .iter()
        .filter(|letter| letter.gateway == Gateway::Payletter);
    of_gateway.find(fits).cloned()
}

/// A callback of somebody's.
fn somebodys(world: &World, gateway: Gateway) -> Option<Letter> {
    let seen = lock(&world.seen);
    let of_gateway: Vec<_> = seen
        .iter()
        .filter(|letter| letter.gateway == gateway)
        .collect();
    let at = world.dice().index(of_gateway.len());
    of_gateway.get(at).map(|letter| (*letter).clone())
}

fn another_order(world: &World, letter: &Letter) -> String {
    let others = somebodys(world, letter.gateway);
    others.map_or_else(|| "nobodys".to_owned(), |other| other.order_id)
}
