//! The merchant's address for webhooks. What was taken here is all that the merchant knows; and it keeps count of what it was promised:
//! signed, each event once or more and always the same, and of one order in order.

use std::sync::Arc;

use paypair_ledger::{Digest, Timestamp};
use paypair_protocol::Secret;
use paypair_verifier::{
    Sending, WebhookAnswer, WebhookCall, WebhookFault, WebhookSender, WebhookSigner,
};
use serde_json::Value;

use crate::bugs;
use crate::merchant::{Merchant, Plans};
use crate::scheduler::Owner;
use crate::web::text;
use crate::world::World;

/// Where it is.
pub(crate) const ADDRESS: &str = "http://127.0.0.1:3000/webhooks/paypair";

/// What webhooks are signed with.
pub(crate) const SECRET: &str = "whsec_c2ltdWxhdGlvbnNpbXVsYXRpb25zaW11bGF0aW9u";

/// How far from now a webhook's time may be, in milliseconds.
const TOLERANCE: i64 = 300_000;

/// The way from one life of the server to it.
pub(crate) struct Receiver {
    pub(crate) world: Arc<World>,
    pub(crate) life: Owner,
    pub(crate) merchant: Arc<Merchant>,
    pub(crate) plans: Plans,
}

impl WebhookSender for Receiver {
    fn send(&self, call: WebhookCall) -> Sending<'_> {
        Box::pin(self.carry(call))
    }
}

/// What goes wrong on the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mishap {
    /// It does not arrive.
    Lost,
    /// The receiver does not take it.
    Refused,
    /// The receiver takes it, and its answer does not arrive.
    Unheard,
    /// The receiver takes it, and answers when nobody waits any more.
    Late,
}

impl Receiver {
    async fn carry(&self, call: WebhookCall) -> Result<WebhookAnswer, WebhookFault> {
        let world = &self.world;
        let event: Value = serde_json::from_str(&call.body).unwrap_or_default();
        let order = text(&event["orderId"]);
        let rate = world.rates().web;
        let (mishap, there) = {
            let mut dice = world.dice();
            let mishap = (rate > 0 && dice.once_in(rate)).then(|| {
                dice.pick(&[Mishap::Lost, Mishap::Refused, Mishap::Unheard, Mishap::Late])
            });
            (mishap, dice.within(5..400))
        };
        world.kill_point(self.life, &order).await;
        world.sleep(there).await;
        let status = match mishap {
            Some(Mishap::Lost) => {
                world.tell("outside", &order, || "a webhook is lost".to_owned());
                return Err(WebhookFault::NotSent);
            }
            Some(Mishap::Refused) => 503,
            _ => self.receive(&call, &event),
        };
        world.tell("outside", &order, || {
            format!("webhook {}: {status}", text(&event["type"]))
        });
        world.kill_point(self.life, &order).await;
        match mishap {
            Some(Mishap::Unheard) => return Err(WebhookFault::NoAnswer),
            Some(Mishap::Late) => world.sleep(40_000).await,
            _ => world.sleep(there).await,
        }
        Ok(WebhookAnswer {
            status,
            retry_after: (status == 503).then(|| "30".to_owned()),
        })
    }

    /// What the merchant's server does with it: its status.
    fn receive(&self, call: &WebhookCall, event: &Value) -> u16 {
        if !self.is_ours(call) || event["id"] != header(call, "webhook-id") {
            return 400;
        }
        let body = Digest::of(&call.body);
        self.merchant.hear(&self.world, &self.plans, event, body);
        200
    }

    /// Whether the signature is right, and of now.
    fn is_ours(&self, call: &WebhookCall) -> bool {
        let Ok(seconds) = header(call, "webhook-timestamp").parse::<i64>() else {
            return false;
        };
        let now = self.world.clock.now() + bugs::skew(self.world.bug);
        let (id, at) = (
            header(call, "webhook-id"),
            Timestamp::from_millis(seconds * 1000),
        );
        let signer = WebhookSigner::new(&Secret::new(SECRET));
        let signed = signer.map(|signer| signer.sign(id, at, &call.body));
        signed.as_deref() == Some(header(call, "webhook-signature"))
            && now.abs_diff(at.millis()) <= TOLERANCE.unsigned_abs()
    }
}

fn header<'c>(call: &'c WebhookCall, name: &str) -> &'c str {
    let mut headers = call.headers.iter();
    let found = headers.find(|(known, _)| *known == name);
    found.map_or("", |(_, value)| value)
}
