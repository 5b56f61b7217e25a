//! The wire between the outside and us: what is asked may not arrive, the answer may not, and the one who asks may be gone.

use std::sync::Arc;

use futures_util::future::{Either, select};
use paypair_verifier::{RawRequest, RawResponse};
use serde_json::Value;
use std::time::Duration;

use crate::faults::Fault;
use crate::standing::About;
use crate::world::World;

/// Who waits for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Browser,
    Server,
}

impl World {
    /// Asks us something. None: no answer came.
    pub(crate) async fn ask(
        self: &Arc<Self>,
        order: &str,
        request: RawRequest,
        patience: Patience,
    ) -> Option<RawResponse> {
        let rate = self.rates().web;
        let (lost, unheard, gone) = {
            let mut dice = self.dice();
            let mut draw = || rate > 0 && dice.once_in(rate / 3);
            (draw(), draw(), draw())
        };
        let what = (self.about.is_some()).then(|| format!("{} {}", request.method, request.path));
        let there = self.dice().within(5..400);
        self.sleep(there).await;
        if lost {
            self.struck_about(Fault::BrowserLost, About::Order(order));
            self.sleep(10_000).await;
            return None;
        }
        let (told, task) = self.start_serving(request)?;
        let whole = match patience {
            Patience::Browser => 60_000,
            Patience::Server => 30_000,
        };
        let wait = if gone {
            self.dice().within(1..3_000)
        } else {
            whole
        };
        let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0));
        let answer = match select(told, self.clock.sleep(wait)).await {
            Either::Left((answer, _)) => answer.ok(),
            Either::Right(_) => {
                // The connection is reset, and the server drops the handler.
                self.struck_about(Fault::BuyerDisconnected, About::Order(order));
                self.clock.cancel(task);
                None
            }
        };
        self.tell("outside", order, || {
            let what = what.unwrap_or_default();
            match &answer {
                Some(answer) => format!("{what}: {}", answer.status),
                None => format!("{what}: no answer"),
            }
        });
        let back = self.dice().within(5..400);
        self.sleep(back).await;
        if unheard && answer.is_some() {
            self.struck_about(Fault::BrowserLost, About::Order(order));
            return None;
        }
        answer
    }
}

/// A JSON value as people read it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
