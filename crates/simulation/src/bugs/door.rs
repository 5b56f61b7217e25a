//! What the mistakes remember that concern what is sent to us: it goes in at the door, and comes back as a list's word.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use paypair_protocol::{Secret, hash};
use paypair_verifier::RawRequest;
use serde_json::{Value, json};

use super::Bug;
use crate::scheduler::lock;
use crate::web::text;

/// The key that Payletter signs with here.
pub(crate) const PAYMENT_KEY: &str = "MTFBNTAzNTEwNDAxQUIyMjlCQzgwNTg1MkU4MkZENDA=";

/// Where what is sent to us passes.
#[derive(Default)]
pub(crate) struct Door {
    /// The first order that each payment's id came with.
    owners: Mutex<BTreeMap<String, String>>,
    /// Callbacks whose payment had come with another order, by the order they name.
    reused: Mutex<BTreeMap<String, Value>>,
    /// What the newest notice of each order says happened.
    kinds: Mutex<BTreeMap<String, String>>,
    /// How many messages were given a new name.
    passed: AtomicU64,
}

/// Where the gateways' servers send to.
const PUSHED: [&str; 3] = ["/callback/", "/notice/", "/webhook/"];

impl Door {
    /// A request, as the mistake has it come in.
    pub(crate) fn pass(&self, bug: Option<Bug>, request: RawRequest) -> RawRequest {
        match (bug, request.path.as_str()) {
            (Some(Bug::TidReused), path) if path.starts_with("/callback/payletter") => {
                self.disown(request)
            }
            (Some(Bug::NotifytypeTrusted), "/notice/payletter_global") => {
                self.listen(&request.body);
                request
            }
            (Some(Bug::InboxForgets), path) if PUSHED.iter().any(|way| path.starts_with(way)) => {
                self.rename(request)
            }
            _ => request,
        }
    }

    /// The inbox knows a message by its bytes. That is why nothing may rest on it: whoever saw a message can send it in other bytes, as
    /// only some of its fields are signed.
    /// With something in it that nobody reads, each time another, it knows none.
    fn rename(&self, request: RawRequest) -> RawRequest {
        let nth = self.passed.fetch_add(1, Relaxed);
        let body = match request.body.split_first() {
            Some((b'{', rest)) => [format!("{{\"nth\":{nth},").as_bytes(), rest].concat(),
            _ => [&request.body[..], format!("&nth={nth}").as_bytes()].concat(),
        };
        request.with_body(body)
    }

    /// A payment's id that is another order's looks new: so nothing that compares it finds anything.
    fn disown(&self, request: RawRequest) -> RawRequest {
        let Ok(mut body) = serde_json::from_slice::<Value>(&request.body) else {
            return request;
        };
        let [id, order, user, amount] =
            ["tid", "order_no", "user_id", "amount"].map(|name| text(&body[name]));
        let signed =
            |id: &str| hash::payhash(&user, &amount, id, &Secret::new(PAYMENT_KEY)).to_upper_hex();
        if !text(&body["payhash"]).eq_ignore_ascii_case(&signed(&id)) {
            return request;
        }
        let mut owners = lock(&self.owners);
        let owner = owners.entry(id.clone()).or_insert_with(|| order.clone());
        if *owner == order {
            return request;
        }
        let new = format!("{id}{}", order.trim_start_matches("order"));
        body["payhash"] = signed(&new).into();
        body["tid"] = new.into();
        let text = body.to_string();
        lock(&self.reused).insert(order, body);
        request.with_body(text)
    }

    /// The list is not asked about it either: it says what the callback said.
    pub(super) fn add_reused(&self, list: &mut Value, order: &str) -> Option<()> {
        let reused = lock(&self.reused);
        let told = reused.get(order)?;
        let amount: u64 = text(&told["amount"]).parse().ok()?;
        let row = json!({
            "pgcode": told["pgcode"], "user_id": told["user_id"], "user_name": told["user_name"], "tid": told["tid"],
            "cid": told["cid"], "amount": amount, "taxfree_amount": 0, "tax_amount": 0, "order_no": order,
            "product_name": told["product_name"], "status_code": 0, "transaction_date": told["transaction_date"], "cancel_date": "",
        });
        list.get_mut("list")?.as_array_mut()?.push(row);
        Some(())
    }

    fn listen(&self, body: &[u8]) {
        let field = |name: &str| {
            let mut pairs = form_urlencoded::parse(body);
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        if let (Some(order), Some(kind)) = (field("storeorderno"), field("notifytype")) {
            lock(&self.kinds).insert(order, kind);
        }
    }

    /// The sales list says what the notice said: so asking it is not asking.
    pub(super) fn say_again(&self, list: &mut Value) -> Option<()> {
        let kinds = lock(&self.kinds);
        for row in list.get_mut("data")?.get_mut("datalist")?.as_array_mut()? {
            let kind = kinds.get(&text(&row["storeorderno"]));
            match kind.map(String::as_str) {
                Some("1") => row["state"] = 1.into(),
                Some("2") => row["state"] = 2.into(),
                Some("4") => row["state"] = 3.into(),
                _ => {}
            }
        }
        Some(())
    }
}
