//! Carries callbacks and notices to merchants: a thread with its own small runtime, so that a sandbox lives in any
//! application, whatever runtime that application has.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::core::Gateway;
use crate::core::mail::{Letter, LetterId};
use crate::options::Options;
use crate::sandbox::Shared;

/// Hands work to the carrying thread, which ends with the sandbox.
pub(crate) struct Courier(mpsc::UnboundedSender<Errand>);

enum Errand {
    /// Something may have become due.
    Look,
    /// Send this letter now and say how it went.
    Carry(LetterId, oneshot::Sender<Receipt>),
}

/// How one delivery went.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Receipt {
    pub(crate) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    pub(crate) answer: String,
    pub(crate) acknowledged: bool,
}

impl Courier {
    pub(crate) fn start(shared: Weak<Shared>) -> Self {
        let (sender, errands) = mpsc::unbounded_channel();
        let work = move || match tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => {
                tokio::task::LocalSet::new().block_on(&runtime, carry_all(&shared, errands))
            }
            Err(error) => tracing::error!(%error, "callbacks cannot be sent"),
        };
        if let Err(error) = std::thread::Builder::new()
            .name("paypair-courier".into())
            .spawn(work)
        {
            tracing::error!(%error, "callbacks cannot be sent");
        }
        Self(sender)
    }

    /// Tells the thread to look what is due.
    pub(crate) fn look(&self) {
        // A send fails only when the thread is gone, and then nothing is carried any more.
        let _ = self.0.send(Errand::Look);
    }

    /// Sends letters at the same moment; the future waits for all answers, and may be dropped.
    pub(crate) fn carry(
        &self,
        letters: Vec<LetterId>,
    ) -> impl Future<Output = Vec<Receipt>> + use<> {
        let waiting: Vec<_> = letters
            .into_iter()
            .map(|id| {
                let (reply, answer) = oneshot::channel();
                let _ = self.0.send(Errand::Carry(id, reply));
                answer
            })
            .collect();
        async move {
            let mut receipts = Vec::new();
            for answer in waiting {
                receipts.extend(answer.await);
            }
            receipts
        }
    }
}

async fn carry_all(shared: &Weak<Shared>, mut errands: mpsc::UnboundedReceiver<Errand>) {
    let client = match reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .build()
    {
        Ok(client) => client,
        Err(error) => return tracing::error!(%error, "callbacks cannot be sent"),
    };
    loop {
        let Some(wait) = shared.upgrade().map(|shared| send_due(&shared, &client)) else {
            return;
        };
        let errand = match wait {
            Some(wait) => tokio::time::timeout(wait, errands.recv())
                .await
                .unwrap_or(Some(Errand::Look)),
            None => errands.recv().await,
        };
        match errand {
            None => return,
            Some(Errand::Look) => {}
            Some(Errand::Carry(id, reply)) => {
                let Some(shared) = shared.upgrade() else {
                    return;
                };
                let client = client.clone();
                tokio::task::spawn_local(async move {
                    if let Some(receipt) = carry(&shared, &client, id).await {
                        let _ = reply.send(receipt);
                    }
                });
            }
        }
    }
}

/// Starts everything that is due and says how long the next letter can wait.
fn send_due(shared: &Arc<Shared>, client: &reqwest::Client) -> Option<Duration> {
    let (due, wait) = shared.with(|world, now| {
        let due = world.mail.due(now);
        let moving = !world.clock.stands_still();
        let promised = world.payletter_global.next_promise();
        let next = world.mail.next_due().into_iter().chain(promised).min();
        let wait = next
            .filter(|_| moving)
            .map(|next| Duration::try_from(next.duration_since(now)).unwrap_or_default());
        (due, wait)
    });
    for id in due {
        let (shared, client) = (Arc::clone(shared), client.clone());
        tokio::task::spawn_local(async move { carry(&shared, &client, id).await });
    }
    wait
}

async fn carry(shared: &Shared, client: &reqwest::Client, id: LetterId) -> Option<Receipt> {
    let letter = shared.with(|world, _| world.mail.send_now(id))?;
    let receipt = if may_call(&letter.url, &shared.options) {
        post(client, &letter).await
    } else {
        Receipt {
            url: letter.url.clone(),
            status: None,
            answer: "host not allowed".into(),
            acknowledged: false,
        }
    };
    tracing::info!(
        gateway = letter.gateway.as_str(),
        order = letter.order_id,
        url = letter.url,
        attempt = letter.attempts,
        acknowledged = receipt.acknowledged,
        "callback"
    );
    shared.with(|world, now| {
        // After a reset the letter is gone, and its line of the book with it.
        if world.mail.settle(id, receipt.acknowledged, now)
            && let Some(entry) = letter.entry
        {
            let entry = world.book.entry(entry);
            entry.callbacks += 1;
            entry.acknowledged |= receipt.acknowledged;
        }
    });
    shared.courier.look();
    Some(receipt)
}

async fn post(client: &reqwest::Client, letter: &Letter) -> Receipt {
    let content_type = match letter.gateway {
        Gateway::PayletterGlobal => "application/x-www-form-urlencoded",
        Gateway::Payple | Gateway::Payletter => "application/json",
    };
    let request = client
        .post(&letter.url)
        .header("content-type", content_type)
        .body(letter.body.clone());
    match request.send().await {
        Err(error) => Receipt {
            url: letter.url.clone(),
            status: None,
            answer: error.to_string(),
            acknowledged: false,
        },
        Ok(answer) => {
            let status = answer.status().as_u16();
            let answer = answer.text().await.unwrap_or_default();
            let acknowledged = status == 200 && is_acknowledgement(letter.gateway, &answer);
            Receipt {
                url: letter.url.clone(),
                status: Some(status),
                answer,
                acknowledged,
            }
        }
    }
}

/// Domestic reads `code` of a JSON answer; Global wants the text and nothing around it.
pub(crate) fn is_acknowledgement(gateway: Gateway, answer: &str) -> bool {
    match gateway {
        Gateway::Payple => true,
        Gateway::Payletter => {
            let answer: Option<serde_json::Value> = serde_json::from_str(answer).ok();
            let code = answer.as_ref().and_then(|answer| answer.get("code"));
            code.is_some_and(|code| code.as_i64() == Some(0) || code.as_str() == Some("0"))
        }
        Gateway::PayletterGlobal => answer == "<RESULT>OK</RESULT>",
    }
}

/// A sandbox must not become a way to send POSTs into other people's networks.
fn may_call(url: &str, options: &Options) -> bool {
    let Ok(url) = url::Url::parse(url) else {
        return false;
    };
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    loopback
        || url
            .host_str()
            .is_some_and(|host| options.callback_hosts.iter().any(|allowed| allowed == host))
}

const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_gateway_has_its_own_acknowledgement() {
        assert!(is_acknowledgement(
            Gateway::Payletter,
            "{\"code\":0,\"message\":\"성공\"}"
        ));
        assert!(!is_acknowledgement(Gateway::Payletter, "{\"code\":1}"));
        assert!(!is_acknowledgement(Gateway::Payletter, "{\"state\":0}"));
        assert!(is_acknowledgement(
            Gateway::PayletterGlobal,
            "<RESULT>OK</RESULT>"
        ));
        assert!(!is_acknowledgement(
            Gateway::PayletterGlobal,
            "<html><RESULT>OK</RESULT>"
        ));
    }

    #[test]
    fn callbacks_stay_on_this_machine_unless_told() {
        let options = Options {
            callback_hosts: vec!["shop.test".into()],
            ..Options::default()
        };
        assert!(may_call("http://127.0.0.1:8080/x", &options));
        assert!(may_call("http://[::1]:8080/x", &options));
        assert!(may_call("https://shop.test/x", &options));
        assert!(!may_call("http://169.254.169.254/", &options));
        assert!(!may_call("http://localhost.evil.test/", &options));
    }
}
