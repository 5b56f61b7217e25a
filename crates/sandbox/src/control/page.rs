//! The book, for people.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::options::boxes;
use crate::core::World;
use crate::core::book::{Call, Entry, Standing};
use crate::core::clock::readable;
use crate::pages::{grouped, page};
use crate::sandbox::Sandbox;

#[derive(Template)]
#[template(path = "control.html")]
struct People<'p> {
    base: &'p str,
    lines: Vec<Line>,
    calls: Vec<Shown<'p>>,
    now: String,
    /// Name, label, and whether it is ticked.
    boxes: Vec<(&'static str, &'static str, bool)>,
    webhook: String,
}

/// A call, for people.
struct Shown<'p> {
    at: String,
    path: String,
    order_id: &'p str,
}

impl<'p> Shown<'p> {
    fn of(call: &'p Call) -> Self {
        let order_id = call.order_id.as_deref().unwrap_or_default();
        Self {
            at: readable(call.at),
            path: format!("/{}{}", call.gateway, call.path),
            order_id,
        }
    }
}

const CALLS_SHOWN: usize = 40;

struct Line {
    gateway: &'static str,
    order_id: String,
    transaction_id: String,
    product_name: String,
    method: String,
    amount: String,
    currency: String,
    state: &'static str,
    class: &'static str,
    at: String,
    confirms: u64,
    refunds: u64,
    callbacks: u64,
    acknowledged: bool,
    /// What the button says, when there is something to deliver.
    deliver: Option<(&'static str, &'static str)>,
}

impl Line {
    fn of(world: &World, entry: &Entry) -> Self {
        let (state, class) = match entry.state {
            Standing::Captured => ("결제 완료", "captured"),
            Standing::PartlyRefunded => ("부분 취소", "captured"),
            Standing::RefundPending => ("취소 대기", "awaiting"),
            Standing::Cancelled => ("취소", "cancelled"),
            Standing::ChargedBack => ("지불 거절", "cancelled"),
            Standing::AwaitingDeposit => ("입금 대기", "awaiting"),
            Standing::Expired => ("입금 기한 만료", "cancelled"),
            Standing::Pending => ("보류", "awaiting"),
            Standing::Registered => ("카드 등록", "registered"),
        };
        let has_mail = !world
            .mail
            .of_order(entry.gateway, &entry.order_id)
            .is_empty();
        let deliver = match entry.state {
            Standing::AwaitingDeposit => Some(("deposit", "입금하기 (지금 입금)")),
            _ if has_mail && entry.acknowledged => Some(("deliver", "콜백 다시 보내기")),
            _ if has_mail => Some(("deliver", "콜백 보내기")),
            _ => None,
        };
        Self {
            gateway: entry.gateway.as_str(),
            order_id: entry.order_id.clone(),
            transaction_id: entry.transaction_id.clone(),
            product_name: entry.product_name.clone(),
            method: entry.method.clone(),
            amount: grouped(&entry.amount),
            currency: entry.currency.clone(),
            state,
            class,
            at: readable(entry.at),
            confirms: entry.confirms,
            refunds: entry.refunds,
            callbacks: entry.callbacks,
            acknowledged: entry.acknowledged,
            deliver,
        }
    }
}

/// `GET /control/`.
pub(super) async fn show(sandbox: Data<Sandbox>) -> HttpResponse {
    let base = sandbox.options().base_path();
    sandbox.with(|world, now| {
        let switches = world.options.switches();
        page(&People {
            base,
            lines: world
                .book
                .payments
                .iter()
                .rev()
                .map(|entry| Line::of(world, entry))
                .collect(),
            calls: world
                .book
                .calls
                .iter()
                .rev()
                .take(CALLS_SHOWN)
                .map(Shown::of)
                .collect(),
            now: readable(now),
            boxes: boxes(&switches),
            webhook: switches.payple_webhook.unwrap_or_default(),
        })
    })
}
