//! The merchant's routes: start a run, see how far it is, list breaks, settle one.

use std::time::Duration;

use paypair_ledger::{BreakFilter, Store};
use serde::{Deserialize, de::IntoDeserializer};

use super::{BreakShown, BreakWord, Breaks, BreaksQuery, NewReconciliation, ReconciliationRun};
use crate::{
    ApiError, RawRequest, RawResponse, Verifier, environment::Environment, fault::FieldFault,
    merchant::body, network::Network,
};

/// How many breaks are listed at once.
const PAGE: usize = 500;

/// How long an answer may wait for a run.
const MOST_WAIT: u64 = 30;

/// How often a waiting answer looks.
const LOOK: Duration = Duration::from_millis(200);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Some breaks: the open ones, or all.
    pub async fn breaks(&self, query: &BreaksQuery) -> Result<Breaks, ApiError> {
        let wanted = BreakFilter {
            open_only: !query.all,
            gateway: query.gateway,
            merchant_id: None,
        };
        let rows = self.store().breaks(wanted, query.after, PAGE).await?;
        let full = rows.len() == PAGE;
        let last = rows.last().map(|row| row.id);
        Ok(Breaks {
            breaks: rows.into_iter().map(BreakShown::of).collect(),
            next: last.filter(|_| full),
        })
    }

    /// Takes a named person's word that a break needs nothing more. It moves no money, and no order changes by it.
    pub async fn resolve_break(&self, id: u64, word: BreakWord) -> Result<BreakShown, ApiError> {
        let (operator, note) = (word.operator.trim(), word.note.trim());
        let lacks = [("operator", operator, 60), ("note", note, 500)];
        ApiError::unless_fine(lacks.into_iter().filter_map(|(field, text, most)| {
            if text.is_empty() {
                return Some(FieldFault::missing(field));
            }
            let ko = format!("{most}자까지 쓸 수 있습니다");
            let too_long = text.chars().count() > most;
            too_long.then(|| FieldFault::invalid(field, &ko, &format!("at most {most} characters")))
        }))?;
        let now = self.now();
        match self.store().settle_break(id, operator, note, now).await? {
            Some(row) => {
                tracing::warn!(id, operator, "a break is settled by a person");
                Ok(BreakShown::of(row))
            }
            None if self.store().break_by_id(id).await?.is_some() => Err(ApiError::BreakNotOpen),
            None => Err(ApiError::BreakUnknown),
        }
    }

    /// How a run of this process stands.
    pub fn reconciliation(&self, run_id: &str) -> Result<ReconciliationRun, ApiError> {
        self.run_shown(run_id)
    }

    /// `POST /reconciliations`: begins, and answers at once.
    pub(crate) async fn start_reconciliation(
        &self,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let wish = match request.body.is_empty() {
            true => NewReconciliation::default(),
            false => body(request)?,
        };
        let (id, usual) = (self.begin_run(&wish)?, wish.is_usual());
        let shown = self.run_shown(&id)?;
        let this = self.clone();
        self.environment().spawn(Box::pin(async move {
            if let Err(error) = this.run(&id, usual).await {
                tracing::error!(%error, "a reconciliation was lost");
            }
        }));
        Ok(RawResponse::json(202, &shown))
    }

    /// `GET /reconciliations/{id}?wait=`
    pub(crate) async fn show_reconciliation(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let wait = request.query("wait").and_then(|text| text.parse().ok());
        let wait = Duration::from_secs(wait.unwrap_or(0).min(MOST_WAIT));
        let until = self.now().after(wait);
        let first = self.run_shown(id)?;
        loop {
            let run = self.run_shown(id)?;
            if run.ended_at.is_some() || run.step != first.step || self.now() >= until {
                return Ok(RawResponse::json(200, &run));
            }
            self.environment().sleep(LOOK).await;
        }
    }

    /// `GET /breaks`
    pub(crate) async fn list_breaks(&self, request: &RawRequest) -> Result<RawResponse, ApiError> {
        let query = BreaksQuery {
            all: match request.query("state").as_deref() {
                None | Some("" | "open") => false,
                Some("all") => true,
                Some(_) => return Err(invalid("state", "open, all", "open or all")),
            },
            gateway: gateway(request)?,
            after: match request.query("after").as_deref() {
                None | Some("") => 0,
                Some(text) => match text.parse() {
                    Ok(after) => after,
                    Err(_) => return Err(invalid("after", "번호", "a number")),
                },
            },
        };
        Ok(RawResponse::json(200, &self.breaks(&query).await?))
    }

    /// `POST /breaks/{id}/resolve`
    pub(crate) async fn settle_break(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let Told { operator, note } = body(request)?;
        let id = id.parse().map_err(|_| ApiError::BreakUnknown)?;
        let shown = self.resolve_break(id, BreakWord { operator, note });
        Ok(RawResponse::json(200, &shown.await?))
    }
}

/// The body of a resolution.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told {
    operator: String,
    note: String,
}

fn gateway(request: &RawRequest) -> Result<Option<paypair_protocol::Gateway>, ApiError> {
    let Some(text) = request.query("gateway").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let text: serde::de::value::StringDeserializer<serde::de::value::Error> =
        text.into_owned().into_deserializer();
    let read = paypair_protocol::Gateway::deserialize(text);
    let known = "payple, payletter, payletter_global";
    read.map(Some).map_err(|_| invalid("gateway", known, known))
}

fn invalid(field: &'static str, ko: &str, en: &str) -> ApiError {
    let (ko, en) = (format!("{ko} 중에서 써 주세요"), format!("write {en}"));
    ApiError::field_fault(FieldFault::invalid(field, &ko, &en))
}
