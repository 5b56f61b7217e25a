//! Those who want goods without paying: they know every message that a browser sees, and our addresses.

use std::sync::Arc;

use paypair_protocol::{Gateway, Secret, hash};
use paypair_sandbox::{Ending, Letter};
use paypair_verifier::RawRequest;
use serde_json::{Value, json};

use crate::courier;
use crate::faults::Fault;
use crate::plan::Plan;
use crate::scheduler::lock;
use crate::standing::About;
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
    let mark = world.mark(About::Order(&plan.id));
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
    let answer = world.ask(&plan.id, request, Patience::Browser).await;
    if answer.is_some() {
        world.struck_at(Fault::ForgedResult, &mark);
    }
}

/// The signature of a payment of another order, with the number and the secret of one's own, as far as a return showed them.
pub(crate) async fn swap_orders(world: &Arc<World>, plan: &Plan, order: &str, ending: &Ending) {
    let Ending::Post { fields, .. } = ending else {
        return;
    };
    match plan.gateway {
        Gateway::Payple => return,
        Gateway::Payletter => {}
        Gateway::PayletterGlobal => return claim(world, plan, order, fields).await,
    }
    let custom = fields.iter().find(|(name, _)| name == "custom_parameter");
    let letter = fitting(world, plan, order).or_else(|| somebodys(world, Gateway::Payletter));
    let Some(letter) = letter.filter(|letter| letter.order_id != order) else {
        return;
    };
    let Ok(mut body) = serde_json::from_str::<Value>(&letter.body) else {
        return;
    };
    body["order_no"] = order.into();
    if let Some((_, custom)) = custom {
        body["custom_parameter"] = custom.as_str().into();
    }
    let mut faults = vec![Fault::OrderSwapped];
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
        faults.push(Fault::BoundaryShift);
    }
    send(
        world,
        &faults,
        order,
        &letter,
        body.to_string().into_bytes(),
    )
    .await;
}

/// A notice that pays for one's own order, signed as it must be, but another store's or of another day: so nothing but those two stands
/// between it and the goods.
async fn claim(world: &Arc<World>, plan: &Plan, order: &str, fields: &[(String, String)]) {
    let Some(letter) = somebodys(world, Gateway::PayletterGlobal) else {
        return;
    };
    let custom = fields.iter().find(|(name, _)| name == "custom");
    let mut changes = vec![
        ("storeorderno", order.to_owned()),
        ("payerid", plan.customer.clone()),
        ("payamt", plan.amount.to_owned()),
        ("currency", plan.currency.unwrap_or_default().to_owned()),
        ("pginfo", plan.method.to_owned()),
        ("notifytype", "1".to_owned()),
        ("timestamp", world.now().as_second().to_string()),
        ("paytoken", format!("T{order}")),
    ];
    changes.extend(custom.map(|(_, custom)| ("custom", custom.clone())));
    let (fault, change) = another_store_or_day(world);
    changes.retain(|(name, _)| *name != change.0);
    changes.push(change);
    if let Some(body) = signed_anew(world, &letter, &changes) {
        send(world, &[fault], order, &letter, body).await;
    }
}

/// What nobody but the gateway could sign, and is not for us all the same: what another store was told, and what is told days ahead.
fn another_store_or_day(world: &World) -> (Fault, (&'static str, String)) {
    if world.dice().once_in(5_000) {
        return (Fault::OtherStore, ("storeid", "PL_Somebody".to_owned()));
    }
    // Further than is tolerated by a server whose clock is two hours ahead, too.
    let ahead = world.dice().within(97_200..172_800);
    let then = (world.now().as_second() + ahead).to_string();
    (Fault::ReplayFutureTimestamp, ("timestamp", then))
}

/// A notice of Payletter Global's with other fields, under the gateway's own key. None if nothing is another.
fn signed_anew(world: &World, letter: &Letter, changes: &[(&str, String)]) -> Option<Vec<u8>> {
    let fields = form_urlencoded::parse(letter.body.as_bytes()).into_owned();
    let mut fields: Vec<(String, String)> = fields.collect();
    let before = fields.clone();
    for (name, value) in changes {
        let slot = fields.iter_mut().find(|(known, _)| known == name)?;
        slot.1.clone_from(value);
    }
    let field = |name: &str| {
        let found = fields.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    };
    let (store, order, payer) = (field("storeid"), field("storeorderno"), field("payerid"));
    let (time, key) = (field("timestamp"), Secret::new(world.global_key()));
    let digest = match field("payamt") {
        "" => hash::notice_hash_token_only(store, order, payer, time, &key),
        amount => hash::notice_hash(store, field("currency"), order, amount, payer, time, &key),
    };
    let digest = digest.to_lower_hex();
    let slot = fields.iter_mut().find(|(name, _)| name == "hash")?;
    slot.1 = digest;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(&fields);
    (fields != before).then(|| form.finish().into_bytes())
}

/// Sends what was heard again, as it was or changed, all day long.
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
        let order = letter.order_id.clone();
        let (fault, order, body) = match which {
            0 => {
                let Some(body) = of_another_kind(&world, &letter) else {
                    continue;
                };
                (Fault::NotifytypeSwapped, order, body)
            }
            1 | 2 => {
                let (fault, change) = another_store_or_day(&world);
                let Some(body) = signed_anew(&world, &letter, &[change]) else {
                    continue;
                };
                (fault, order, body)
            }
            3 | 4 => {
                let body = letter.body.clone().into_bytes();
                (Fault::ReplayOldTimestamp, order, body)
            }
            _ => {
                let Some(other) = another_order(&world, &letter) else {
                    continue;
                };
                let body = letter.body.replace(
                    &format!("\"order_no\":\"{order}\""),
                    &format!("\"order_no\":\"{other}\""),
                );
                (Fault::OrderSwapped, other, body.into_bytes())
            }
        };
        send(&world, &[fault], &order, &letter, body).await;
    }
}

/// The same notice, as if it told of something else: the hash does not cover that.
fn of_another_kind(world: &World, letter: &Letter) -> Option<Vec<u8>> {
    let fields = form_urlencoded::parse(letter.body.as_bytes()).into_owned();
    let mut fields: Vec<(String, String)> = fields.collect();
    let slot = fields.iter_mut().find(|(name, _)| name == "notifytype")?;
    let others: Vec<_> = ["1", "2", "3", "4", "9"]
        .into_iter()
        .filter(|kind| *kind != slot.1)
        .collect();
    slot.1 = world.dice().pick(&others).to_owned();
    let mut form = form_urlencoded::Serializer::new(String::new());
    Some(form.extend_pairs(fields).finish().into_bytes())
}

/// Posts it. It strikes the attempt that it names, if anybody is there to hear it.
async fn send(world: &Arc<World>, faults: &[Fault], order: &str, letter: &Letter, body: Vec<u8>) {
    let mark = world.mark(About::Name(order));
    let answer = world.serve(courier::request(letter, body)).await;
    if answer.is_some() {
        for fault in faults {
            world.struck_at(*fault, &mark);
        }
    }
    world.tell("villain", order, || match answer {
        Some(answer) => format!(
            "posts to {}: {}",
            letter.url.replace(MOUNT, ""),
            answer.status
        ),
        None => "finds nobody".to_owned(),
    });
}

/// A callback with the price and the customer of one's own order, as a buyer has who bought the same before.
fn fitting(world: &World, plan: &Plan, order: &str) -> Option<Letter> {
    let fits = |letter: &&Letter| {
        let Ok(body) = serde_json::from_str::<Value>(&letter.body) else {
            return false;
        };
        letter.order_id != order
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

/// Another order than a letter's, which somebody's letter named.
fn another_order(world: &World, letter: &Letter) -> Option<String> {
    let other = somebodys(world, letter.gateway)?.order_id;
    (other != letter.order_id).then_some(other)
}
