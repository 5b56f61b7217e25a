//! The wire to the gateways: what went over it, and what befalls it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering::Relaxed},
};

use paypair_verifier::{GatewayAnswer, GatewayCall, HttpNetwork, Network, NetworkError};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::text;

/// What befalls a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// There is no connection.
    Unsent,
    /// It is delivered, and the answer never comes.
    Lost,
    /// It is not delivered, and nothing ever comes back.
    Hang,
    /// It is not delivered, and nobody can know.
    Astray,
    /// It is done, and the answer forgets to say how much.
    Amountless,
    /// It is done, and Payletter Global's answer says that it was refused.
    DoneAndRefused,
    /// It is done, and the answer that comes is about another order.
    Anothers,
    /// It is done, and the answer is about another payment of the same order.
    AnotherPayment,
    /// The list that comes lost its last row, and not its count.
    CutShort,
    /// The list that comes tells of one row more than it has.
    TellsOfMore,
    /// Payletter gives back so much of what it was asked for, and says so.
    Partly(u64),
    /// It is not delivered; Payple answers an error with this code.
    Says(&'static str),
    /// It is not delivered; Payletter Global answers that this API is not ours to call.
    NotAllowed,
    /// It is delivered, and then the carrier's own code panics over what it carried.
    Panics,
    /// It is delivered, and the answer waits until it is [released](Tap::release).
    Held,
    /// It is not delivered; once released, Payple answers an error with this code.
    HeldNo(&'static str),
    /// Once released, there is no connection.
    HeldUnsent,
}

/// What a call is known by.
enum Part {
    Path(String),
    Body(String),
}

/// What went out.
struct Sent {
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// A network that remembers what went out, and can be told to lose it.
#[derive(Clone)]
pub struct Tap {
    inner: HttpNetwork,
    log: Arc<Mutex<Vec<Sent>>>,
    /// So many confirms find no connection.
    pub unsent_confirms: Arc<AtomicU32>,
    /// Confirms never come back.
    pub hang_confirms: Arc<AtomicBool>,
    fates: Arc<Mutex<Vec<(Part, Fate, u32)>>>,
    /// One permit for each call that may go on: who waited longest goes first.
    released: Arc<Semaphore>,
}

impl Tap {
    pub fn new(inner: HttpNetwork) -> Self {
        Self {
            inner,
            log: Arc::default(),
            unsent_confirms: Arc::default(),
            hang_confirms: Arc::default(),
            fates: Arc::default(),
            released: Arc::new(Semaphore::new(0)),
        }
    }

    /// Lets the call go on that was held first.
    pub fn release(&self) {
        self.released.add_permits(1);
    }

    async fn held(&self) {
        self.released.acquire().await.unwrap().forget();
    }

    /// The next calls to a path that contains this text meet this fate.
    pub fn befall(&self, path: &str, fate: Fate, times: u32) {
        let mut fates = self.fates.lock().unwrap();
        fates.push((Part::Path(path.to_owned()), fate, times));
    }

    /// The same of calls whose body contains this text.
    pub fn befall_about(&self, text: &str, fate: Fate, times: u32) {
        let mut fates = self.fates.lock().unwrap();
        fates.push((Part::Body(text.to_owned()), fate, times));
    }

    /// Nothing befalls any call any more.
    pub fn relent(&self) {
        self.fates.lock().unwrap().clear();
    }

    /// How many calls are still to be befallen.
    pub fn left(&self) -> u32 {
        let fates = self.fates.lock().unwrap();
        fates.iter().map(|(_, _, left)| left).sum()
    }

    fn fate_of(&self, path: &str, body: &str) -> Option<Fate> {
        let mut fates = self.fates.lock().unwrap();
        let is_meant = |part: &Part| match part {
            Part::Path(part) => path.contains(part.as_str()),
            Part::Body(part) => body.contains(part.as_str()),
        };
        let (_, fate, left) = fates
            .iter_mut()
            .find(|(part, _, left)| *left > 0 && is_meant(part))?;
        *left -= 1;
        Some(*fate)
    }

    /// Bodies of the calls to a path, oldest first.
    pub fn sent(&self, path: &str) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter()
            .filter(|sent| sent.path.contains(path))
            .map(|sent| sent.body.clone())
            .collect()
    }

    /// Values of a header of the calls to a path, oldest first.
    pub fn sent_header(&self, path: &str, name: &str) -> Vec<String> {
        let log = self.log.lock().unwrap();
        log.iter()
            .filter(|sent| sent.path.contains(path))
            .flat_map(|sent| sent.headers.iter())
            .filter(|(header, _)| *header == name)
            .map(|(_, value)| value.clone())
            .collect()
    }

    /// Every call that went out, whole.
    pub fn everything_sent(&self) -> String {
        let log = self.log.lock().unwrap();
        let whole = |sent: &Sent| format!("{} {:?} {}\n", sent.path, sent.headers, sent.body);
        log.iter().map(whole).collect()
    }

    /// What a merchant sent as `custom_parameter` or `custom` with its last request for a window.
    pub fn custom(&self) -> String {
        let bodies = self.sent("request");
        let body: Value = serde_json::from_str(bodies.last().unwrap()).unwrap();
        let custom = body.get("custom_parameter").or_else(|| body.get("custom"));
        text(custom.unwrap())
    }
}

impl Network for Tap {
    async fn call(&self, call: GatewayCall) -> Result<GatewayAnswer, NetworkError> {
        let path = format!(
            "{}?{}",
            call.url.path(),
            call.url.query().unwrap_or_default()
        );
        if path.contains("Confirm") {
            if self.hang_confirms.load(Relaxed) {
                std::future::pending::<()>().await;
            }
            let left = |left: u32| left.checked_sub(1);
            if self
                .unsent_confirms
                .fetch_update(Relaxed, Relaxed, left)
                .is_ok()
            {
                return Err(NetworkError::NotSent("connection refused".to_owned()));
            }
        }
        let mut fate = self.fate_of(&path, &String::from_utf8_lossy(&call.body));
        match fate {
            Some(Fate::HeldNo(code)) => {
                self.held().await;
                fate = Some(Fate::Says(code));
            }
            Some(Fate::HeldUnsent) => {
                self.held().await;
                fate = Some(Fate::Unsent);
            }
            _ => {}
        }
        match fate {
            Some(Fate::Hang) => std::future::pending::<()>().await,
            Some(Fate::Unsent) => {
                return Err(NetworkError::NotSent("connection refused".to_owned()));
            }
            Some(Fate::Says(code)) => {
                let answer =
                    json!({ "PCD_PAY_RST": "error", "PCD_PAY_CODE": code, "PCD_PAY_MSG": "?" });
                return Ok(GatewayAnswer {
                    status: 200,
                    body: answer.to_string().into_bytes(),
                });
            }
            Some(Fate::NotAllowed) => {
                let error = json!({ "code": 993, "message": "You do not have authorization." });
                return Ok(GatewayAnswer {
                    status: 403,
                    body: json!({ "error": error }).to_string().into_bytes(),
                });
            }
            Some(Fate::Astray) => {
                return Err(NetworkError::Unknown("the connection was reset".to_owned()));
            }
            _ => {}
        }
        let call = match fate {
            Some(Fate::Partly(won)) => partly(call, won),
            _ => call,
        };
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let headers = call.headers.clone();
        self.log.lock().unwrap().push(Sent {
            path,
            headers,
            body,
        });
        let carried = format!("{call:?}");
        let answer = self.inner.call(call).await;
        if fate == Some(Fate::Panics) {
            panic!("nobody can carry {carried}, answered with {answer:?}");
        }
        if fate == Some(Fate::Held) {
            self.held().await;
        }
        if fate == Some(Fate::Lost) {
            return Err(NetworkError::Unknown("the connection was reset".to_owned()));
        }
        if fate == Some(Fate::Amountless) {
            return answer.map(amountless);
        }
        if fate == Some(Fate::DoneAndRefused) {
            return answer.map(refused);
        }
        if fate == Some(Fate::Anothers) {
            return answer.map(anothers);
        }
        if fate == Some(Fate::AnotherPayment) {
            return answer.map(another_payment);
        }
        if fate == Some(Fate::CutShort) || fate == Some(Fate::TellsOfMore) {
            return answer.map(|answer| shortened(answer, fate == Some(Fate::CutShort)));
        }
        answer
    }
}

/// The cancellation of a part, in place of the whole.
fn partly(mut call: GatewayCall, won: u64) -> GatewayCall {
    let mut fields: Value = serde_json::from_slice(&call.body).unwrap();
    fields["amount"] = won.into();
    let path = format!("{}/partial", call.url.path());
    call.url.set_path(&path);
    call.body = fields.to_string().into_bytes();
    call
}

/// A refusal in place of what was done.
fn refused(answer: GatewayAnswer) -> GatewayAnswer {
    assert_eq!(answer.status, 200, "it was done");
    let error = json!({ "code": 997, "message": "The request is invalid.", "plcode": 997 });
    GatewayAnswer {
        status: 400,
        body: json!({ "error": error }).to_string().into_bytes(),
    }
}

/// The same answer without its amount.
fn amountless(answer: GatewayAnswer) -> GatewayAnswer {
    let mut fields: Value = serde_json::from_slice(&answer.body).unwrap();
    let data = match fields.get_mut("data") {
        Some(data) => data,
        None => &mut fields,
    };
    let mut forget = |said: &mut Value| {
        let said = said.as_object_mut().unwrap();
        let removed = ["amount", "PCD_PAY_TOTAL"].map(|name| said.remove(name).is_some());
        removed.contains(&true)
    };
    // Of a list, each row's.
    let list = ["list", "datalist"]
        .into_iter()
        .find(|name| data[*name].is_array());
    let removed = match list {
        Some(name) => {
            let rows = data[name].as_array_mut().unwrap();
            rows.iter_mut().map(&mut forget).collect()
        }
        None => vec![forget(data)],
    };
    assert!(!removed.contains(&false), "there was one: {data:?}");
    GatewayAnswer {
        body: fields.to_string().into_bytes(),
        ..answer
    }
}

/// The same answer under another order's id, with that order's transaction.
fn anothers(answer: GatewayAnswer) -> GatewayAnswer {
    let mut fields: Value = serde_json::from_slice(&answer.body).unwrap();
    let data = match fields.get_mut("data") {
        Some(data) => data,
        None => &mut fields,
    };
    let mut changed = 0;
    for (name, value) in [
        ("PCD_PAY_OID", "somebody-elses"),
        ("PCD_PAY_CARDTRADENUM", "somebody-elses-payment"),
        ("storeorderno", "somebody-elses"),
        ("paytoken", "somebodys-payment"),
    ] {
        if let Some(field) = data.get_mut(name) {
            *field = value.into();
            changed += 1;
        }
    }
    assert!(changed > 0, "it names an order: {data:?}");
    GatewayAnswer {
        body: fields.to_string().into_bytes(),
        ..answer
    }
}

/// The same answer with another payment's name.
fn another_payment(answer: GatewayAnswer) -> GatewayAnswer {
    let mut fields: Value = serde_json::from_slice(&answer.body).unwrap();
    let name = fields.get_mut("PCD_PAY_CARDTRADENUM").unwrap();
    *name = "a-second-payment".into();
    GatewayAnswer {
        body: fields.to_string().into_bytes(),
        ..answer
    }
}

/// The same list without its last row, or with a count of one more. What the gateway counts, it counts still.
fn shortened(answer: GatewayAnswer, by_a_row: bool) -> GatewayAnswer {
    let mut fields: Value = serde_json::from_slice(&answer.body).unwrap();
    let (rows, total) = match fields.get("data") {
        Some(_) => ("/data/datalist", "/data/rowcount/total"),
        None => ("/list", "/total_count"),
    };
    let rows = fields.pointer_mut(rows).unwrap().as_array_mut().unwrap();
    if by_a_row {
        rows.pop();
    } else {
        let total = fields.pointer_mut(total).unwrap();
        *total = (total.as_u64().unwrap() + 1).into();
    }
    GatewayAnswer {
        body: fields.to_string().into_bytes(),
        ..answer
    }
}
