//! The wire from the server to the gateways. A call that has left is on its way whatever becomes of the server; it may arrive late, or
//! its answer never, or changed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use paypair_protocol::Gateway;
use paypair_sandbox::{Answered, Call};
use paypair_verifier::{GatewayAnswer, GatewayCall, Network, NetworkError};
use tokio::sync::oneshot;

use crate::answers;
use crate::bugs::{self, Bug};
use crate::charges;
use crate::faults::Fault;
use crate::scheduler::{OUTSIDE, Owner};
use crate::world::{GATEWAYS, World};

/// One life's wire.
#[derive(Clone)]
pub(crate) struct SimNetwork {
    pub(crate) world: Arc<World>,
    pub(crate) life: Owner,
}

/// What the simulation understands of a call.
pub(crate) struct Sent {
    pub(crate) kind: Kind,
    /// The attempt it is about, by the gateway's name: it names it, or who makes it works on it. (Tokens and Payletter Global's list
    /// name none.)
    pub(crate) order: String,
    pub(crate) path: String,
    method: &'static str,
    referer: Option<String>,
    authorization: String,
    content_type: &'static str,
    body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Tokens, or a session: nothing moves.
    Begin,
    Confirm,
    /// Of a billing key.
    Charge,
    Refund,
    Lookup,
    /// A day's list.
    List,
    Other,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fine,
    /// Nothing leaves.
    Unsent(Fault),
    /// Something leaves and does not arrive, and nobody here can know.
    Astray(Fault),
    /// Somebody else than the gateway answers; it does not arrive.
    Instead(Fault),
    /// It is done, and the answer never comes, or not whole.
    Unheard(Fault),
    /// It is done, and the answer is not what the gateway wrote.
    Changed(Fault),
    /// It arrives after the caller gave up.
    Late,
}

impl Network for SimNetwork {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        let sent = Arc::new(Sent::read(&self.world, &call));
        let first = self.once(&sent, call.timeout).await;
        let again = match self.world.bug {
            Some(Bug::ConfirmRetried) => sent.kind == Kind::Confirm,
            Some(Bug::RefundRetried) => sent.kind == Kind::Refund,
            _ => false,
        };
        match first {
            Err(NetworkError::Unknown(_)) if again => self.once(&sent, call.timeout).await,
            Ok(answer) => {
                let world = &self.world;
                Ok(bugs::believe(world.bug, &world.door, &sent, answer))
            }
            other => other,
        }
    }
}

impl SimNetwork {
    async fn once(
        &self,
        sent: &Arc<Sent>,
        patience: Duration,
    ) -> Result<GatewayAnswer, NetworkError> {
        let world = &self.world;
        world.kill_point(self.life, &sent.order).await;
        let fate = self.fate(sent);
        let (tell, told) = oneshot::channel();
        let carrying = carry(Arc::clone(world), Arc::clone(sent), fate, patience, tell);
        world.clock.spawn(OUTSIDE, Box::pin(carrying));
        let answer = match select(told, world.clock.sleep(patience)).await {
            Either::Left((Ok(answer), _)) => answer,
            Either::Left((Err(_), time_up)) => {
                time_up.await;
                Err(NetworkError::Unknown("timed out".to_owned()))
            }
            Either::Right(_) => Err(NetworkError::Unknown("timed out".to_owned())),
        };
        world.tell("gateway", sent.about(), || match &answer {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.body);
                let text: String = text.chars().take(160).collect();
                format!("answers {} {}: {text}", sent.path, answer.status)
            }
            Err(error) => format!("{}: {error}", sent.path),
        });
        world.kill_point(self.life, &sent.order).await;
        answer
    }

    fn fate(&self, sent: &Sent) -> Fate {
        let rate = self.world.rates().call;
        let mut dice = self.world.dice();
        let pays = matches!(sent.kind, Kind::Confirm | Kind::Charge);
        if rate == 0 || !dice.once_in(rate) {
            let refused = pays && self.world.refusals_dice().once_in(rate / 20);
            return match refused {
                true => Fate::Changed(Fault::ChargeProcessedButError),
                false => Fate::Fine,
            };
        }
        let mut fates = vec![
            Fate::Unsent(Fault::DnsFail),
            Fate::Unsent(Fault::ConnectRefused),
            Fate::Unsent(Fault::ConnectHang),
            Fate::Unsent(Fault::TlsBadCert),
            Fate::Unsent(Fault::TlsOld),
            Fate::Astray(Fault::ResetBeforeSend),
            Fate::Instead(Fault::NotProcessed500),
            Fate::Instead(Fault::TooMany429),
            Fate::Instead(Fault::Redirect302),
            Fate::Unheard(Fault::ResetAfterSend),
            Fate::Unheard(Fault::ResetMidBody),
            Fate::Unheard(Fault::SlowDrip),
            Fate::Changed(Fault::Empty200),
            Fate::Changed(Fault::Html200),
            Fate::Changed(Fault::Truncated200),
            Fate::Changed(Fault::Processed500),
            Fate::Changed(Fault::StringVsNumber),
            Fate::Late,
        ];
        match sent.kind {
            Kind::Confirm | Kind::Charge => fates.extend([
                Fate::Changed(Fault::WrongOid),
                Fate::Changed(Fault::WrongOid),
            ]),
            Kind::Refund => fates.extend([
                Fate::Changed(Fault::WrongOid),
                Fate::Changed(Fault::RefundProcessedButError),
                Fate::Changed(Fault::RefundProcessedButError),
                Fate::Changed(Fault::RefundProcessedButError),
                Fate::Changed(Fault::RefundProcessedButError),
            ]),
            Kind::Lookup => fates.extend([
                Fate::Changed(Fault::WrongOid),
                Fate::Changed(Fault::LookupEmpty),
            ]),
            Kind::List => fates.extend([
                Fate::Changed(Fault::LookupEmpty),
                Fate::Changed(Fault::LookupMissingDay),
                Fate::Changed(Fault::LookupDuplicateRow),
                Fate::Changed(Fault::LookupDuplicateRow),
                Fate::Changed(Fault::LookupForbiddenIp),
                Fate::Changed(Fault::LookupForbiddenIp),
                Fate::Changed(Fault::WrongCurrency),
                Fate::Changed(Fault::WrongCurrency),
            ]),
            Kind::Begin | Kind::Other => {}
        }
        dice.pick(&fates)
    }
}

/// Carries a call to the gateway and its answer back.
async fn carry(
    world: Arc<World>,
    sent: Arc<Sent>,
    fate: Fate,
    patience: Duration,
    tell: oneshot::Sender<Result<GatewayAnswer, NetworkError>>,
) {
    let there = world.dice().within(5..400);
    let unsent = |why: &str| Err(NetworkError::NotSent(why.to_owned()));
    let unknown = |why: &str| Err(NetworkError::Unknown(why.to_owned()));
    match fate {
        Fate::Unsent(fault) => {
            world.struck(fault, &sent.order);
            world
                .sleep(if fault == Fault::ConnectHang {
                    2000
                } else {
                    there
                })
                .await;
            let _ = tell.send(unsent(fault.name()));
            return;
        }
        Fate::Astray(fault) => {
            world.struck(fault, &sent.order);
            world.sleep(there).await;
            let _ = tell.send(unknown(fault.name()));
            return;
        }
        Fate::Instead(fault) => {
            world.struck(fault, &sent.order);
            world.sleep(there).await;
            let _ = tell.send(Ok(answers::instead(fault)));
            return;
        }
        Fate::Late => {
            world.struck(Fault::LateDelivery, &sent.order);
            let patience = i64::try_from(patience.as_millis()).unwrap_or(0);
            let late = world.dice().within(0..60_000);
            world.sleep(patience + late).await;
        }
        _ => world.sleep(there).await,
    }
    let answer = sent.deliver(&world);
    // Nobody can pay in a window of which nobody will be told: not if the answer gets lost.
    if sent.kind == Kind::Begin && fate == Fate::Fine {
        crate::buyer::hurry(&world, &sent, &answer).await;
    }
    let back = world.dice().within(5..400);
    let wait = i64::try_from(answer.wait.as_millis()).unwrap_or(0);
    world.sleep(wait + back).await;
    if tell.is_closed() {
        // Nobody waits for it any more.
        return;
    }
    let heard = match fate {
        Fate::Unheard(Fault::SlowDrip) => {
            world.struck(Fault::SlowDrip, &sent.order);
            return;
        }
        Fate::Unheard(fault) => {
            world.struck(fault, &sent.order);
            unknown(fault.name())
        }
        Fate::Changed(fault) => match answers::changed(fault, &sent, &answer) {
            Some(changed) => {
                world.struck(fault, &sent.order);
                Ok(changed)
            }
            None => Ok(plain(answer)),
        },
        _ => Ok(plain(answer)),
    };
    let _ = tell.send(heard);
}

fn plain(answer: Answered) -> GatewayAnswer {
    GatewayAnswer {
        status: answer.status,
        body: answer.body,
    }
}

impl Sent {
    fn read(world: &World, call: &GatewayCall) -> Self {
        let url = call.url.as_str();
        let path = url.strip_prefix(GATEWAYS).unwrap_or(url).to_owned();
        let header = |name: &str| {
            let mut headers = call.headers.iter();
            let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        let kind = match path.split('?').next().unwrap_or_default() {
            "/payple/php/auth.php"
            | "/payletter/v1.0/payments/request"
            | "/payletter_global/api/payment/request" => Kind::Begin,
            "/payple/php/PayCardConfirmAct.php" => Kind::Confirm,
            "/payple/php/SimplePayCardAct.php"
            | "/payple/php/RePayCardAct.php"
            | "/payletter/v1.0/payments/autopay"
            | "/payletter_global/payment/recurring" => Kind::Charge,
            "/payple/php/account/api/cPayCAct.php"
            | "/payletter/v1.0/payments/cancel"
            | "/payletter/v1.0/payments/cancel/partial"
            | "/payletter_global/payment/refund" => Kind::Refund,
            "/payple/php/PayChkAct.php" | "/payletter/v1.0/payments/status" => Kind::Lookup,
            "/payletter/v1.0/payments/transaction/list"
            | "/payletter_global/payment/cpdaesalist" => Kind::List,
            _ => Kind::Other,
        };
        let body = String::from_utf8_lossy(&call.body);
        let named = order_of(world, &path, &body);
        let order = if named.is_empty() {
            world.at_work()
        } else {
            named
        };
        let path = bugs::asked(world.bug, kind, path);
        Self {
            kind,
            order,
            method: call.method,
            referer: header("referer"),
            authorization: header("authorization").unwrap_or_default(),
            content_type: call.content_type,
            body: call.body.clone(),
            path,
        }
    }

    /// For the story: a call that names no order is in nobody's.
    fn about(&self) -> &str {
        if self.order.is_empty() {
            "-"
        } else {
            &self.order
        }
    }

    fn deliver(&self, world: &World) -> Answered {
        let call = Call {
            method: self.method,
            path: &self.path,
            referer: self.referer.as_deref(),
            authorization: &self.authorization,
            content_type: self.content_type,
            body: &self.body,
        };
        world.tell("gateway", self.about(), || format!("takes {}", self.path));
        let answer = world.machine().call(world.now(), &call);
        if self.kind == Kind::Charge {
            charges::count_revoked(world, &self.order);
        }
        if answer.status == 401 && world.keys_changed() {
            world.struck(Fault::KeyRotatedMidflight, &self.order);
        }
        world.count_asked(&self.order, answer.status);
        answer
    }
}

/// The order that a call names, by its number or by a payment of its.
fn order_of(world: &World, path: &str, body: &str) -> String {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        if name == "order_no" {
            return value.into_owned();
        }
    }
    let json: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let field = |name: &str| {
        if let Some(json) = &json {
            return json
                .get(name)
                .and_then(|value| value.as_str().map(str::to_owned));
        }
        form_urlencoded::parse(body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    for name in ["PCD_PAY_OID", "order_no", "storeorderno"] {
        if let Some(order) = field(name) {
            return order;
        }
    }
    if let Some(key) = field("PCD_PAY_REQKEY") {
        return world.order_of_confirm(&key);
    }
    let payment = field("tid").or_else(|| field("paytoken"));
    payment
        .and_then(|payment| world.machine().order_of(&payment))
        .unwrap_or_default()
}

/// The gateway of a path.
pub(crate) fn gateway_of(path: &str) -> Gateway {
    if path.starts_with("/payple/") {
        Gateway::Payple
    } else if path.starts_with("/payletter/") {
        Gateway::Payletter
    } else {
        Gateway::PayletterGlobal
    }
}
