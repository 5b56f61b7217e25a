//! What of an attempt stands in one column, as JSON: the refund that runs, all refunds, second payments, suspicions.

use paypair_protocol::Money;
use serde::{Deserialize, Serialize};

use super::rows::{money_of, to_json};
use crate::{
    RefundCase, RefundLine, RefundState, SecondPayment, State, StoreError, Suspected, Suspicion,
    Timestamp,
};

/// A refund as it is kept: money as text, like everywhere in the file.
#[derive(Serialize, Deserialize)]
struct KeptRefund {
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    partial: bool,
    #[serde(default)]
    accepted: bool,
    transaction_id: Option<String>,
    money: String,
    back_to: State,
    why: String,
}

pub(super) fn refund_text(case: &RefundCase) -> Result<String, StoreError> {
    to_json(&KeptRefund {
        id: case.id.clone(),
        partial: case.partial,
        accepted: case.accepted,
        transaction_id: case.transaction_id.clone(),
        money: case.money.to_string(),
        back_to: case.back_to,
        why: case.why.clone(),
    })
}

pub(super) fn refund_of(text: &str) -> Option<RefundCase> {
    let KeptRefund {
        id,
        partial,
        accepted,
        transaction_id,
        money,
        back_to,
        why,
    } = serde_json::from_str(text).ok()?;
    Some(RefundCase {
        id,
        partial,
        accepted,
        transaction_id,
        money: money_of(&money)?,
        back_to,
        why,
    })
}

/// A line of the refunds' history as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptLine {
    #[serde(default)]
    no: u32,
    id: Option<String>,
    transaction_id: Option<String>,
    money: String,
    state: RefundState,
    asked_at: i64,
    ended_at: Option<i64>,
    #[serde(default)]
    not_sent: bool,
    #[serde(default)]
    never_left: bool,
}

pub(super) fn lines_text(lines: &[RefundLine]) -> Result<String, StoreError> {
    let kept = lines.iter().map(|line| KeptLine {
        no: line.no,
        id: line.id.clone(),
        transaction_id: line.transaction_id.clone(),
        money: line.money.to_string(),
        state: line.state,
        asked_at: line.asked_at.millis(),
        ended_at: line.ended_at.map(Timestamp::millis),
        not_sent: line.not_sent,
        never_left: line.never_left,
    });
    to_json(&kept.collect::<Vec<_>>())
}

pub(super) fn lines_of(text: &str) -> Option<Vec<RefundLine>> {
    let kept: Vec<KeptLine> = serde_json::from_str(text).ok()?;
    let line = |line: KeptLine| {
        Some(RefundLine {
            no: line.no,
            id: line.id,
            transaction_id: line.transaction_id,
            money: money_of(&line.money)?,
            state: line.state,
            asked_at: Timestamp::from_millis(line.asked_at),
            ended_at: line.ended_at.map(Timestamp::from_millis),
            not_sent: line.not_sent,
            never_left: line.never_left,
        })
    };
    kept.into_iter().map(line).collect()
}

/// A second payment as it is kept. The migration writes it too.
#[derive(Serialize, Deserialize)]
struct KeptSecond {
    transaction_id: Option<String>,
    money: String,
    method: Option<String>,
    seen_at: i64,
    is_back: bool,
    own_stood: bool,
}

pub(super) fn seconds_text(seconds: &[SecondPayment]) -> Result<String, StoreError> {
    let kept = seconds.iter().map(|second| KeptSecond {
        transaction_id: second.transaction_id.clone(),
        money: second.money.to_string(),
        method: second.method.clone(),
        seen_at: second.seen_at.millis(),
        is_back: second.is_back,
        own_stood: second.own_stood,
    });
    to_json(&kept.collect::<Vec<_>>())
}

pub(super) fn seconds_of(text: &str) -> Option<Vec<SecondPayment>> {
    let kept: Vec<KeptSecond> = serde_json::from_str(text).ok()?;
    let second = |second: KeptSecond| {
        Some(SecondPayment {
            transaction_id: second.transaction_id,
            money: money_of(&second.money)?,
            method: second.method,
            seen_at: Timestamp::from_millis(second.seen_at),
            is_back: second.is_back,
            own_stood: second.own_stood,
        })
    };
    kept.into_iter().map(second).collect()
}

/// A suspicion as it is kept.
#[derive(Serialize, Deserialize)]
struct KeptSuspicion {
    what: Suspected,
    transaction_id: Option<String>,
    money: Option<String>,
    /// Earlier versions did not tell them apart.
    #[serde(default)]
    whole: bool,
    refunded: Option<String>,
    since: i64,
    told_at: Option<i64>,
}

pub(super) fn suspicions_text(suspicions: &[Suspicion]) -> Result<String, StoreError> {
    let kept = suspicions.iter().map(|suspicion| KeptSuspicion {
        what: suspicion.what,
        transaction_id: suspicion.transaction_id.clone(),
        money: suspicion.money.map(|money| money.to_string()),
        whole: suspicion.whole,
        refunded: suspicion.refunded.map(|money| money.to_string()),
        since: suspicion.since.millis(),
        told_at: suspicion.told_at.map(Timestamp::millis),
    });
    to_json(&kept.collect::<Vec<_>>())
}

fn maybe_money(text: Option<String>) -> Option<Option<Money>> {
    text.map_or(Some(None), |text| money_of(&text).map(Some))
}

pub(super) fn suspicions_of(text: &str) -> Option<Vec<Suspicion>> {
    let kept: Vec<KeptSuspicion> = serde_json::from_str(text).ok()?;
    let suspicion = |kept: KeptSuspicion| {
        Some(Suspicion {
            what: kept.what,
            transaction_id: kept.transaction_id,
            money: maybe_money(kept.money)?,
            whole: kept.whole,
            refunded: maybe_money(kept.refunded)?,
            since: Timestamp::from_millis(kept.since),
            told_at: kept.told_at.map(Timestamp::from_millis),
        })
    };
    kept.into_iter().map(suspicion).collect()
}
