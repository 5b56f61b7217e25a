//! A run: whose books, what they say beside ours, and what follows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::civil::Date;
use paypair_ledger::{
    Attempt, AttemptKey, Break, BreakFilter, BreakKind, Evidence, FoundBreak, Reason, Store,
    StoreError,
};
use paypair_protocol::Gateway;

use super::{
    Listed, Looked, NewReconciliation, PAUSE,
    join::{Books, Joined, join},
    reach::{Asked, DAYS_MISSING},
    shown::{BooksCompared, BooksState, ReconciliationRun, RunVerdict},
};
use crate::{
    ApiError, Verifier,
    days::{begin_of, days_between, filed_on, stands_under},
    environment::Environment,
    failure::Failure,
    network::Network,
};

/// The most days whose books are read in one run: all that were asked for, and of those of old breaks the latest.
const MOST_DAYS: usize = 62;

/// Which gateway, and who the merchant is there.
pub(super) type Identity = (Gateway, String);

/// How many open breaks are read at once.
const PAGE: usize = 500;

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Compares the gateways' books with ours and waits for what it comes to. One run at a time.
    pub async fn reconcile(&self, wish: NewReconciliation) -> Result<ReconciliationRun, ApiError> {
        let identities = self.identities(wish.gateway)?;
        self.reconcile_these(&wish, &identities).await
    }

    /// The same for some identities of the merchant's alone.
    pub(super) async fn reconcile_these(
        &self,
        wish: &NewReconciliation,
        identities: &[Identity],
    ) -> Result<ReconciliationRun, ApiError> {
        let id = self.claim_run(wish, identities)?;
        let (this, usual) = (self.clone(), wish.is_usual());
        self.surely(async move { this.run(&id, usual).await }).await
    }

    /// Claims a run, for whoever waits for it or does not.
    pub(super) fn begin_run(&self, wish: &NewReconciliation) -> Result<String, ApiError> {
        self.claim_run(wish, &self.identities(wish.gateway)?)
    }

    /// Claims the one place there is for a run.
    fn claim_run(
        &self,
        wish: &NewReconciliation,
        identities: &[Identity],
    ) -> Result<String, ApiError> {
        let now = self.now();
        let (first, last) = wish.read(now.kst_date())?;
        let mut name = [0; 8];
        self.environment().random(&mut name);
        let run = ReconciliationRun {
            run_id: name.iter().map(|byte| format!("{byte:02x}")).collect(),
            began_at: now,
            ended_at: None,
            days: days_between(first, last)
                .map(|day| day.to_string())
                .collect(),
            step: None,
            verdict: None,
            books: identities
                .iter()
                .map(|(gateway, id)| BooksCompared::waiting(*gateway, id))
                .collect(),
            open_breaks: 0,
        };
        let id = run.run_id.clone();
        let mut runs = self.runs();
        if runs.running().is_some() {
            return Err(ApiError::ReconciliationRunning);
        }
        runs.begin(run);
        Ok(id)
    }

    /// Every identity of the merchant's, or those at one gateway.
    pub(super) fn identities(&self, wanted: Option<Gateway>) -> Result<Vec<Identity>, ApiError> {
        let config = self.config();
        let payple = config.payple.iter().map(|one| &one.merchant_id);
        let payletter = config.payletter.iter().flat_map(|one| &one.clients);
        let payletter = payletter.map(|client| &client.client_id);
        let global = config.payletter_global.iter().map(|one| &one.store_id);
        let all = payple
            .map(|id| (Gateway::Payple, id))
            .chain(payletter.map(|id| (Gateway::Payletter, id)))
            .chain(global.map(|id| (Gateway::PayletterGlobal, id)));
        let wanted_one =
            |(gateway, _): &(Gateway, &String)| wanted.is_none_or(|one| one == *gateway);
        let found: Vec<_> = all
            .filter(wanted_one)
            .map(|(gateway, id)| (gateway, id.clone()))
            .collect();
        match wanted {
            Some(gateway) if found.is_empty() => {
                Err(ApiError::GatewayNotConfigured(gateway.as_str()))
            }
            _ => Ok(found),
        }
    }

    /// The run itself. Whatever happens in it, it ends.
    pub(super) async fn run(&self, id: &str, usual: bool) -> Result<ReconciliationRun, ApiError> {
        let begun = self.run_shown(id)?;
        let _end = Ending { verifier: self, id };
        let read = |day: Option<&String>| day.and_then(|day| day.parse::<Date>().ok());
        let today = begun.began_at.kst_date();
        let first = read(begun.days.first()).unwrap_or(today);
        let last = read(begun.days.last()).unwrap_or(today);
        let asked = Asked {
            days: (first, last),
            usual,
            began: begun.began_at,
            lag: self.lag(),
        };
        for (nth, waiting) in begun.books.into_iter().enumerate() {
            let (gateway, client_id) = (waiting.gateway, waiting.client_id.clone());
            let mut books = self.compare(waiting, &asked).await;
            if gateway == Gateway::PayletterGlobal && books.state == BooksState::Looked {
                match self.settlement_sums(&client_id, first, last).await {
                    Ok(sums) => books.settlement = sums,
                    Err(error) => {
                        let client = client_id.as_str();
                        tracing::error!(client, %error, "the settlement list could not be read");
                        books.state = BooksState::Unavailable;
                        let unread = Reason::new("settlement_unread");
                        books.reason = Some(match error {
                            ApiError::GatewayRefused { code, message } => {
                                unread.said(code, message)
                            }
                            _ => unread,
                        });
                    }
                }
            }
            if let Some(run) = self.runs().find_mut(id) {
                run.open_breaks += books.open_breaks;
                if let Some(place) = run.books.get_mut(nth) {
                    *place = books;
                }
            }
        }
        let now = self.now();
        let mut runs = self.runs();
        let run = runs.find_mut(id).ok_or(ApiError::RunUnknown)?;
        let nothing = run.books.is_empty();
        let looked = !nothing
            && run
                .books
                .iter()
                .all(|books| books.state == BooksState::Looked);
        run.verdict = Some(match (run.open_breaks, looked) {
            (0, true) => RunVerdict::Agrees,
            (0, false) => RunVerdict::Incomplete,
            _ => RunVerdict::OpenBreaks,
        });
        (run.ended_at, run.step) = (Some(now), None);
        tracing::info!(run = id, verdict = ?run.verdict, open = run.open_breaks, "reconciled");
        Ok(run.clone())
    }

    /// How a run stands.
    pub(super) fn run_shown(&self, id: &str) -> Result<ReconciliationRun, ApiError> {
        self.runs().find(id).cloned().ok_or(ApiError::RunUnknown)
    }

    /// Tells whoever asks what is being done.
    pub(crate) fn note_step(&self, step: String) {
        self.runs().note(step);
    }

    /// How long a gateway's books may lag behind a payment.
    pub(crate) fn lag(&self) -> Duration {
        self.config().policy().settle_window
    }

    /// One identity's books beside ours.
    async fn compare(&self, mut books: BooksCompared, asked: &Asked) -> BooksCompared {
        let looked = self.catch_up(&mut books, asked).await;
        // An old break is open, whether its books could be read again or not.
        let open = self.open_breaks(books.gateway, &books.client_id).await;
        let unavailable = match (looked, &open) {
            (Ok(None), Ok(_)) => {
                let missing = books.missing_since.is_some();
                missing.then(|| Reason::new(DAYS_MISSING))
            }
            (Ok(Some(failure)) | Err(Trouble::Gateway(failure)), _) => Some(why(&failure)),
            (Err(Trouble::Store(error)), _) => Some(Reason::new(error.code())),
            (Ok(None), Err(error)) => Some(Reason::new(error.code())),
        };
        books.open_breaks = open.map_or(0, |open| open.len());
        books.state = match unavailable {
            None => BooksState::Looked,
            Some(_) => BooksState::Unavailable,
        };
        if let Some(reason) = &unavailable {
            let (gateway, why) = (books.gateway.as_str(), &reason.code);
            tracing::error!(
                gateway,
                client = books.client_id,
                why,
                "books could not be read"
            );
        }
        books.reason = unavailable;
        books
    }

    pub(super) async fn compared(
        &self,
        books: &mut BooksCompared,
        (first, last): (Date, Date),
    ) -> Result<Option<Failure>, Trouble> {
        let (gateway, id) = (books.gateway, books.client_id.clone());
        let ours = self.ours(gateway, &id, (first, last)).await?;
        let days = self
            .days_to_read(gateway, &id, (first, last), &ours)
            .await?;
        let (looked, failure) = match gateway {
            Gateway::Payple => self.payple_books(&ours).await?,
            Gateway::Payletter => (self.payletter_books(&id, days).await?, None),
            Gateway::PayletterGlobal => (self.global_books(&id, days).await?, None),
        };
        books.listed = looked.listed.len();
        // What was decided while the books were read counts as it is now.
        let keys = ours.iter().map(Attempt::key).collect();
        let ours = self.known(gateway, &id, keys, &looked.listed).await?;
        books.compared = ours.len();
        let joined = self.both_ways(gateway, &id, &looked, &ours);
        books.new_breaks += self.write_down(&joined, &looked).await?;
        let joined = if self.look_behind(&joined).await {
            let keys = ours.iter().map(Attempt::key).collect();
            let ours = self.known(gateway, &id, keys, &looked.listed).await?;
            self.both_ways(gateway, &id, &looked, &ours)
        } else {
            joined
        };
        books.resolved += self.end_agreed(gateway, &id, &looked, &joined).await?;
        Ok(failure)
    }

    fn both_ways(&self, gateway: Gateway, id: &str, looked: &Looked, ours: &[Attempt]) -> Joined {
        let books = Books {
            gateway,
            merchant_id: id,
            listed: &looked.listed,
            covered: &looked.covered,
            now: self.now(),
            lag: self.lag(),
        };
        join(&books, ours)
    }

    /// The attempts of these days, and those of the open breaks.
    async fn ours(
        &self,
        gateway: Gateway,
        id: &str,
        (first, last): (Date, Date),
    ) -> Result<Vec<Attempt>, Trouble> {
        let end = begin_of(last.tomorrow().unwrap_or(last));
        let store = self.store();
        let moved = store
            .attempts_moved(gateway, id, begin_of(first), end)
            .await?;
        let mut all: BTreeMap<AttemptKey, Attempt> =
            moved.into_iter().map(|one| (one.key(), one)).collect();
        for open in self.open_breaks(gateway, id).await? {
            if let Some(key) = open.found.attempt
                && !all.contains_key(&key)
                && let Some(attempt) = store.attempt(key.clone()).await?
            {
                all.insert(key, attempt);
            }
        }
        Ok(all.into_values().collect())
    }

    /// The days that were asked for, those that our payments may stand under, and those of the open breaks.
    async fn days_to_read(
        &self,
        gateway: Gateway,
        id: &str,
        (first, last): (Date, Date),
        ours: &[Attempt],
    ) -> Result<BTreeSet<Date>, Trouble> {
        let now = self.now();
        let asked = days_between(first, last);
        let mut days: BTreeSet<Date> = asked.flat_map(|day| stands_under(day, now)).collect();
        let paid = ours.iter().filter(|attempt| attempt.paid_at.is_some());
        let open = self.open_breaks(gateway, id).await?;
        let further: BTreeSet<Date> = paid
            .map(filed_on)
            .chain(open.iter().map(|row| row.found.day))
            .flat_map(|day| stands_under(day, now))
            .collect();
        for day in further.into_iter().rev() {
            if days.len() >= MOST_DAYS {
                break;
            }
            days.insert(day);
        }
        Ok(days)
    }

    /// These attempts as they are now, and all that the books name.
    async fn known(
        &self,
        gateway: Gateway,
        id: &str,
        keys: BTreeSet<AttemptKey>,
        listed: &[Listed],
    ) -> Result<Vec<Attempt>, Trouble> {
        let store = self.store();
        let mut all = BTreeMap::new();
        for key in keys {
            if let Some(attempt) = store.attempt(key).await? {
                all.insert(attempt.key(), attempt);
            }
        }
        for listed in listed {
            let (order, payment) = (&listed.order_id, &listed.transaction_id);
            let named = store.attempt_by_gateway_order(gateway, id, order).await?;
            let is_own = named
                .as_ref()
                .is_some_and(|named| named.transaction_id.as_ref() == Some(payment));
            let holder = match is_own || payment.is_empty() {
                true => None,
                false => store.attempt_by_transaction(gateway, id, payment).await?,
            };
            for attempt in named.into_iter().chain(holder) {
                all.insert(attempt.key(), attempt);
            }
        }
        Ok(all.into_values().collect())
    }

    /// Writes down every break. Money that fits no attempt is kept as a stray too, once, as a callback for it would be.
    async fn write_down(&self, joined: &Joined, looked: &Looked) -> Result<usize, Trouble> {
        let mut new = 0;
        for found in joined.found.values() {
            let (stray, now) = (stray(found, looked), self.now());
            let seen = self.store().see_break(found.clone(), stray, now).await?;
            if !seen.opened {
                continue;
            }
            new += 1;
            let name = &found.name;
            let (kind, order_id) = (name.kind.as_str(), &name.gateway_order_id);
            tracing::error!(
                kind,
                order_id,
                id = seen.row.id,
                "a gateway's books differ from ours"
            );
        }
        Ok(new)
    }

    /// Asks the gateway for every attempt that a break names, as the schedule would. Whether there was any.
    async fn look_behind(&self, joined: &Joined) -> bool {
        let named = joined
            .found
            .values()
            .filter_map(|found| found.attempt.clone());
        let named: BTreeSet<AttemptKey> = named.collect();
        for key in &named {
            self.note_step(format!("looking up {key}"));
            self.look_up(key.clone()).await;
            self.environment().sleep(PAUSE).await;
        }
        !named.is_empty()
    }

    /// Ends the open breaks of which both sides now say the same.
    async fn end_agreed(
        &self,
        gateway: Gateway,
        id: &str,
        looked: &Looked,
        joined: &Joined,
    ) -> Result<usize, Trouble> {
        let now = self.now();
        let mut ended = 0;
        for row in self.open_breaks(gateway, id).await? {
            let FoundBreak { name, day, .. } = &row.found;
            let agrees = !joined.found.contains_key(name)
                && !joined.unsure.contains(&name.gateway_order_id)
                && looked.covered.has(&name.gateway_order_id, *day, now);
            if agrees && self.store().agree_on_break(row.id, now).await?.is_some() {
                ended += 1;
            }
        }
        Ok(ended)
    }

    pub(super) async fn open_breaks(
        &self,
        gateway: Gateway,
        id: &str,
    ) -> Result<Vec<Break>, StoreError> {
        let wanted = BreakFilter {
            open_only: true,
            gateway: Some(gateway),
            merchant_id: Some(id.to_owned()),
        };
        let (mut all, mut after) = (Vec::new(), 0);
        loop {
            let page = self.store().breaks(wanted.clone(), after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = last.id;
            all.extend(page);
        }
    }
}

/// Ends a run that broke off, so that it does not bar the next one for ever.
struct Ending<'a, S, N, E> {
    verifier: &'a Verifier<S, N, E>,
    id: &'a str,
}

impl<S, N, E> Drop for Ending<'_, S, N, E> {
    fn drop(&mut self) {
        let mut runs = self.verifier.runs();
        let run = runs.find_mut(self.id);
        if let Some(run) = run.filter(|run| run.ended_at.is_none()) {
            (run.ended_at, run.step) = (Some(run.began_at), None);
            run.verdict = Some(RunVerdict::Incomplete);
        }
    }
}

/// What a break proves that names no attempt of ours.
fn stray(found: &FoundBreak, looked: &Looked) -> Option<Evidence> {
    let name = &found.name;
    if found.attempt.is_some() || name.kind != BreakKind::MissingHere {
        return None;
    }
    let mut listed = looked.listed.iter();
    let row = listed.find(|row| {
        row.order_id == name.gateway_order_id && row.transaction_id == name.transaction_id
    })?;
    (looked.evidence)(row.row)
}

/// Why books could not be read.
fn why(failure: &Failure) -> Reason {
    match failure {
        Failure::Lacking("assumptions.global_sales_list_permitted") => {
            Reason::new("sales_list_not_permitted")
        }
        Failure::Lacking("payletter.clients.search_key") => Reason::new("search_key_missing"),
        other => other.reason(),
    }
}

/// Why a comparison broke off.
pub(super) enum Trouble {
    Gateway(Failure),
    Store(StoreError),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Gateway(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
