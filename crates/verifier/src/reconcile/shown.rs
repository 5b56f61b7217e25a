//! What a run came to, and breaks, as the merchant's servers see them.

use paypair_ledger::{Break, BreakEndedBy, BreakKind, Reason, Saying, Timestamp};
use paypair_protocol::Gateway;
use serde::Serialize;

/// One run of the reconciliation: how far it is, and what it came to.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReconciliationRun {
    /// Its name.
    pub run_id: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The Korean days that are compared. Days around them are read too: midnight is not the same for everybody.
    pub days: Vec<String>,
    /// What is being done just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What it came to; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<RunVerdict>,
    /// The books, one for each identity of yours at a gateway.
    pub books: Vec<BooksCompared>,
    /// How many breaks of these books are open, whenever they were found.
    pub open_breaks: usize,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// Everything was looked at, and nothing is open.
    Agrees,
    /// Breaks are open.
    OpenBreaks,
    /// No break is open that we know of, but not all books could be read.
    Incomplete,
}

/// One gateway's books beside ours.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BooksCompared {
    /// Whose books.
    pub gateway: Gateway,
    /// Your identity there.
    pub client_id: String,
    /// Whether they were looked at.
    pub state: BooksState,
    /// Why they could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The first day that was compared, where that is before the run's: earlier runs could not, or there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// The first day that no run has compared as a whole, if one is missing before the usual days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<String>,
    /// How many payments the gateway told of.
    pub listed: usize,
    /// How many attempts of ours were compared.
    pub compared: usize,
    /// How many breaks were seen for the first time.
    pub new_breaks: usize,
    /// How many open breaks ended because both sides agree now.
    pub resolved: usize,
    /// How many of its breaks are open.
    pub open_breaks: usize,
    /// Payletter Global: what was settled on these days, beside what we know of those payments. None where nothing was; where the list
    /// could not be read, `state` and `reason` say so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settlement: Vec<SettlementSum>,
}

/// Whether a gateway's books were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BooksState {
    /// Not yet.
    Waiting,
    /// All that was asked for was read and compared.
    Looked,
    /// Not all could be read: of what is missing nothing is known.
    Unavailable,
}

/// What a gateway settled, added up in one currency. Figures may be below zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SettlementSum {
    /// The currency of the figures.
    pub currency: String,
    /// How many rows.
    pub rows: usize,
    /// What was paid, less what went back.
    pub gross: String,
    /// All fees.
    pub fee: String,
    /// What is paid out.
    pub net: String,
    /// What we know as paid of these payments, less what went back.
    pub ours: String,
    /// How many rows name a payment that we do not know.
    pub unknown: usize,
}

impl BooksCompared {
    pub(super) fn waiting(gateway: Gateway, client_id: &str) -> Self {
        Self {
            gateway,
            client_id: client_id.to_owned(),
            state: BooksState::Waiting,
            reason: None,
            first_day: None,
            missing_since: None,
            listed: 0,
            compared: 0,
            new_breaks: 0,
            resolved: 0,
            open_breaks: 0,
            settlement: Vec::new(),
        }
    }
}

/// The runs of this process: one at a time, and the last ones for whoever asks.
#[derive(Default)]
pub(crate) struct Runs(pub(super) Vec<ReconciliationRun>);

impl Runs {
    /// How many are remembered.
    const MOST: usize = 16;

    pub(super) fn running(&self) -> Option<&ReconciliationRun> {
        self.0.iter().find(|run| run.ended_at.is_none())
    }

    pub(super) fn find(&self, id: &str) -> Option<&ReconciliationRun> {
        self.0.iter().find(|run| run.run_id == id)
    }

    pub(super) fn find_mut(&mut self, id: &str) -> Option<&mut ReconciliationRun> {
        self.0.iter_mut().find(|run| run.run_id == id)
    }

    pub(super) fn begin(&mut self, run: ReconciliationRun) {
        if self.0.len() >= Self::MOST {
            self.0.remove(0);
        }
        self.0.push(run);
    }

    /// What the one that runs is doing.
    pub(super) fn note(&mut self, step: String) {
        if let Some(run) = self.0.iter_mut().find(|run| run.ended_at.is_none()) {
            run.step = Some(step);
        }
    }
}

/// Some breaks.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Breaks {
    /// The breaks, oldest first.
    pub breaks: Vec<BreakShown>,
    /// There are more: ask for those after this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// A break, as the merchant sees it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BreakShown {
    /// Its number.
    pub break_id: u64,
    /// In what the sides differ.
    pub kind: BreakKind,
    /// `open` or `resolved`.
    pub state: &'static str,
    /// Whose books.
    pub gateway: Gateway,
    /// Your identity there.
    pub client_id: String,
    /// Your order, if it is one of yours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Its attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// What the gateway calls the order.
    pub gateway_order_id: String,
    /// The gateway's id of the payment, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The Korean day it stands under.
    pub day: String,
    /// What we say.
    pub ours: Saying,
    /// What the gateway says.
    pub theirs: Saying,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// In how many runs.
    pub times_seen: u32,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// Who ended it: `agreement` of both sides, or `operator`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<&'static str>,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator: Option<String>,
    /// What the person found or did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A named person's word about a break.
#[derive(Debug, Clone)]
pub struct BreakWord {
    /// Who looked: a name that can be asked.
    pub operator: String,
    /// What they found, or did.
    pub note: String,
}

impl BreakShown {
    pub(super) fn of(row: Break) -> Self {
        let state = row.state();
        let found = row.found;
        let (order_id, attempt) = found.attempt.map(|key| (key.order_id, key.no)).unzip();
        let (by, operator, note) = match row.end.as_ref().map(|end| &end.by) {
            None => (None, None, None),
            Some(BreakEndedBy::Agreement) => (Some("agreement"), None, None),
            Some(BreakEndedBy::Operator { name, note }) => {
                (Some("operator"), Some(name.clone()), Some(note.clone()))
            }
        };
        Self {
            break_id: row.id,
            kind: found.name.kind,
            state,
            gateway: found.name.gateway,
            client_id: found.name.merchant_id,
            order_id,
            attempt,
            gateway_order_id: found.name.gateway_order_id,
            transaction_id: Some(found.name.transaction_id).filter(|id| !id.is_empty()),
            day: found.day.to_string(),
            ours: found.ours,
            theirs: found.theirs,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            times_seen: row.times_seen,
            resolved_at: row.end.map(|end| end.at),
            resolved_by: by,
            operator,
            note,
        }
    }
}
