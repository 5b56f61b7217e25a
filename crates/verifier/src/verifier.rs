//! The verifier itself: what it holds, and how a request finds its way.

use std::{
    collections::{HashMap, HashSet},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use paypair_ledger::{AttemptKey, Digest, SqliteStore, Store, Target, Timestamp};
use paypair_protocol::Secret;
use tokio::sync::{oneshot, watch};

use crate::{
    ApiError, Config, ConfigError, RawRequest, RawResponse,
    delivery::Post,
    doors::{Door, Paces, Strangers, client_ip, page_origin, same_secret, token_of},
    environment::{Environment, SystemEnvironment},
    merchant::RefundTax,
    network::{HttpNetwork, Network},
    pages,
    payple::Questions,
    reconcile::Runs,
    router::{BODY_LIMIT, Guard, Route, outline},
    source::{OrderSource, UrlOrderSource},
};

/// By the attempt and the merchant's own id of the refund.
type RefundTaxes = HashMap<(AttemptKey, Option<String>), RefundTax>;

/// The server half of paypair. Cheap to clone; all clones share the store, the network and the tasks.
pub struct Verifier<S = SqliteStore, N = HttpNetwork, E = SystemEnvironment> {
    parts: Arc<Parts<S, N, E>>,
}

pub(crate) struct Parts<S, N, E> {
    config: Config,
    store: S,
    network: N,
    environment: E,
    source: OnceLock<Arc<dyn OrderSource>>,
    cpay_js: Option<Vec<u8>>,
    /// Attempts being looked up just now: one lookup at a time is enough.
    looking: Mutex<HashSet<AttemptKey>>,
    /// Attempts about to be looked up because an unsigned message named them.
    hinted: Mutex<HashMap<AttemptKey, Questions>>,
    /// How often attempts were looked up of late because somebody said something of them.
    paces: Mutex<Paces>,
    /// Charges are started one after the other.
    charging: tokio::sync::Mutex<()>,
    /// Refunds are asked for one after the other.
    refunding: tokio::sync::Mutex<()>,
    /// Requests that are being done, by their idempotency keys.
    repeating: Mutex<HashSet<Digest>>,
    /// How much is being done that a stop should wait for.
    under_way: Arc<watch::Sender<usize>>,
    /// How much was heard of strangers.
    strangers: Strangers,
    /// How the refunds divide whose calls are about to begin.
    refund_taxes: Mutex<RefundTaxes>,
    post: Post,
    /// The runs of the reconciliation.
    runs: Mutex<Runs>,
}

/// Held by what is being done that a stop should wait for.
pub(crate) struct UnderWay(Arc<watch::Sender<usize>>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

impl<S, N, E> Clone for Verifier<S, N, E> {
    fn clone(&self) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
        }
    }
}

impl<S, N, E> Verifier<S, N, E> {
    /// What it was told.
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// Where it remembers.
    pub fn store(&self) -> &S {
        &self.parts.store
    }

    /// Waits until no request is being done that may change something, and no money call is under way: what is cut off there is in doubt
    /// until a lookup, or a person, says what became of it. For the end of a program, when it takes no more requests; give it as long as
    /// a gateway may take, some 20 seconds.
    pub async fn at_rest(&self) {
        let mut count = self.parts.under_way.subscribe();
        // The sender lives as long as this does.
        let _ = count.wait_for(|count| *count == 0).await;
    }

    pub(crate) fn begin_work(&self) -> UnderWay {
        let count = Arc::clone(&self.parts.under_way);
        count.send_modify(|count| *count += 1);
        UnderWay(count)
    }

    pub(crate) fn network(&self) -> &N {
        &self.parts.network
    }

    pub(crate) fn environment(&self) -> &E {
        &self.parts.environment
    }

    pub(crate) fn source(&self) -> Option<&dyn OrderSource> {
        self.parts.source.get().map(AsRef::as_ref)
    }

    pub(crate) fn cpay_js(&self) -> Option<&[u8]> {
        self.parts.cpay_js.as_deref()
    }

    pub(crate) fn looking(&self) -> MutexGuard<'_, HashSet<AttemptKey>> {
        self.parts
            .looking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn paces(&self) -> MutexGuard<'_, Paces> {
        self.parts
            .paces
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn charging(&self) -> &tokio::sync::Mutex<()> {
        &self.parts.charging
    }

    pub(crate) fn refunding(&self) -> &tokio::sync::Mutex<()> {
        &self.parts.refunding
    }

    pub(crate) fn refund_taxes(&self) -> MutexGuard<'_, RefundTaxes> {
        self.parts
            .refund_taxes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn repeating(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.parts
            .repeating
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn runs(&self) -> MutexGuard<'_, Runs> {
        self.parts
            .runs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn strangers(&self) -> &Strangers {
        &self.parts.strangers
    }

    pub(crate) fn post(&self) -> &Post {
        &self.parts.post
    }

    pub(crate) fn hinted(&self) -> MutexGuard<'_, HashMap<AttemptKey, Questions>> {
        self.parts
            .hinted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn parts(&self) -> &Arc<Parts<S, N, E>> {
        &self.parts
    }

    pub(crate) fn from_parts(parts: Arc<Parts<S, N, E>>) -> Self {
        Self { parts }
    }
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// A verifier over these parts. It begins at once to settle what an earlier process left unfinished, and to look after what
    /// is due; it stops when the last clone is dropped.
    pub fn new(config: Config, store: S, network: N, environment: E) -> Result<Self, ConfigError> {
        config.check()?;
        for key in config.previous_keys() {
            if key.until <= environment.now() {
                tracing::warn!(field = key.field, "this previous key has ended; remove it");
            }
        }
        let source = OnceLock::new();
        if let Some(url) = config.order_source.as_ref().and_then(UrlOrderSource::new) {
            let _ = source.set(Arc::new(url) as Arc<dyn OrderSource>);
        }
        let verifier = Self {
            parts: Arc::new(Parts {
                cpay_js: drop_in_file(&config),
                post: Post::new(environment.now()),
                config,
                store,
                network,
                environment,
                source,
                looking: Mutex::default(),
                hinted: Mutex::default(),
                paces: Mutex::default(),
                charging: tokio::sync::Mutex::default(),
                refunding: tokio::sync::Mutex::default(),
                repeating: Mutex::default(),
                under_way: Arc::new(watch::Sender::new(0)),
                strangers: Strangers::default(),
                refund_taxes: Mutex::default(),
                runs: Mutex::default(),
            }),
        };
        verifier.watch_over();
        if verifier.config().webhook.is_some() {
            verifier.deliver_to(Target::Webhook);
        }
        verifier.reconcile_daily();
        Ok(verifier)
    }

    /// The same verifier with an order source of the merchant's own. A source from the configuration stays.
    pub fn with_order_source(self, source: impl OrderSource) -> Self {
        let _ = self.parts.source.set(Arc::new(source));
        self
    }

    /// Answers one request. Dropping the future stops nothing that moves money.
    pub async fn handle(&self, request: RawRequest) -> RawResponse {
        let origin = self.allowed_origin(&request);
        if request.method == "OPTIONS" {
            return pages::guarded(preflight(origin));
        }
        let caller = self.caller(&request);
        let answer = match self.admit(&request) {
            Ok(route) => self.dispatch(route, request).await,
            Err(error) => Err(error),
        };
        let response =
            answer.unwrap_or_else(|error| self.unless_too_many(error, caller).to_response());
        let response = pages::guarded(response);
        match origin {
            Some(origin) => response
                .with_header("access-control-allow-origin", origin)
                .with_header("vary", "origin"),
            None => response,
        }
    }

    /// Finds the route and asks its door.
    fn admit(&self, request: &RawRequest) -> Result<Route, ApiError> {
        if request.is_top_heavy() {
            return Err(ApiError::HeadersTooLarge);
        }
        let route = Route::find(&request.method, &request.path)?;
        if request.body.len() > BODY_LIMIT {
            return Err(ApiError::BodyTooLarge);
        }
        match route.guard() {
            Guard::None => {}
            Guard::Bearer => {
                if !self.is_merchant(request) {
                    return Err(ApiError::Unauthorized);
                }
            }
            Guard::BearerOrPage if self.is_merchant(request) => {}
            Guard::Page | Guard::BearerOrPage => {
                if page_origin(request, &self.config().allowed_origins) == Door::Closed {
                    return Err(ApiError::OriginRefused);
                }
            }
            Guard::Gateway => {
                let senders = &self.config().notification_senders;
                if !senders.is_empty() && !self.is_known_sender(request) {
                    let path = outline(&request.path);
                    tracing::warn!(path, "a notification from an unknown sender");
                    return Err(ApiError::OriginRefused);
                }
            }
        }
        Ok(route)
    }

    /// Whether it comes from an address that notifications are configured to come from.
    pub(crate) fn is_known_sender(&self, request: &RawRequest) -> bool {
        let senders = &self.config().notification_senders;
        client_ip(request, &self.config().trusted_proxies)
            .is_some_and(|ip| senders.iter().any(|net| net.contains(&ip)))
    }

    /// Whether the merchant's own server asks.
    pub(crate) fn is_merchant(&self, request: &RawRequest) -> bool {
        let token = token_of(request).unwrap_or_default();
        let accepted = self.config().accepted_tokens(self.now());
        let same = |known: &Secret| same_secret(token.as_bytes(), known.expose().as_bytes());
        accepted.each().any(same)
    }

    /// Looking and waiting is done in the caller's future; whatever may change something runs to its end in a task.
    async fn dispatch(&self, route: Route, request: RawRequest) -> Result<RawResponse, ApiError> {
        match route {
            Route::Health => self.health().await,
            Route::Asset(name) => pages::asset(&name).ok_or(ApiError::NotFound),
            Route::CpayJs => self.drop_in_script(),
            Route::ShowOrder(id) => self.show_order(&id).await,
            Route::BillingKeys => self.list_billing_keys(&request).await,
            Route::Sales => self.sales(&request).await,
            Route::Settlement => self.settlement(&request).await,
            Route::Events => self.events(&request).await,
            Route::Deliveries => self.list_deliveries(&request).await,
            Route::ShowDelivery(id) => self.show_delivery(&id).await,
            Route::ShowReconciliation(id) => self.show_reconciliation(&id, &request).await,
            Route::ListBreaks => self.list_breaks(&request).await,
            Route::Status(id) => self.status(&id, &request).await,
            Route::LaunchPage(ticket) => self.launch_page(&ticket, &request).await,
            Route::Done(channel) => Ok(self.done_page(&channel, &request).await),
            other => {
                let this = self.clone();
                self.surely(async move { this.act_once(other, request).await })
                    .await
            }
        }
    }

    pub(crate) async fn act(
        &self,
        route: Route,
        request: RawRequest,
    ) -> Result<RawResponse, ApiError> {
        match route {
            Route::CreateOrder => self.create_order(&request).await,
            Route::RefundOrder(id) => self.refund_order(&id, &request).await,
            Route::CashReceipt(id) => self.cash_receipt(&id, &request, false).await,
            Route::CancelCashReceipt(id) => self.cash_receipt(&id, &request, true).await,
            Route::ResolveOrder(id) => self.resolve_order(&id, &request).await,
            Route::LookUpOrder(id) => self.look_up_order(&id, &request).await,
            Route::Reconcile => self.start_reconciliation(&request).await,
            Route::ResolveBreak(id) => self.settle_break(&id, &request).await,
            Route::Charge => self.create_charge(&request).await,
            Route::AdoptBillingKey => self.adopt_billing_key(&request).await,
            Route::ShowBillingKey(id) => self.show_billing_key(&id, &request).await,
            Route::DeleteBillingKey(id) => self.delete_billing_key(&id, &request).await,
            Route::ShowSubscription(id) => self.show_subscription(&id, &request).await,
            Route::CancelSubscription(id) => self.cancel_subscription_of(&id, &request).await,
            Route::Receipt(id) => self.receipt(&id, &request).await,
            Route::ReplayDelivery(id) => self.replay(&id).await,
            Route::PaypleWebhook => self.payple_webhook(&request).await,
            Route::Prepare(id) => self.prepare(&id, &request).await,
            Route::Result(id) => self.payple_result(&id, &request).await,
            Route::Closed(id) => self.closed(&id, &request).await,
            Route::Launch(id) => self.launch_url(&id, &request).await,
            Route::StartLaunch(ticket) => self.start_launch(&ticket, &request).await,
            Route::DropInAuth => self.drop_in_auth(&request).await,
            Route::PaypleReturn(nonce) => Ok(self.payple_return(&nonce, &request).await),
            Route::PayletterReturn(nonce) => Ok(self.payletter_return(&nonce, &request).await),
            Route::PayletterCancel(nonce) => Ok(self.payletter_cancel(&nonce, &request).await),
            Route::GlobalReturn(nonce) => Ok(self.global_return(&nonce, &request).await),
            Route::PayletterCallback(seal) => self.payletter_callback(&seal, &request).await,
            Route::GlobalNotice => self.global_notice(&request).await,
            _ => Err(ApiError::NotFound),
        }
    }

    /// Runs work to its end in a task of its own and waits for it. If nobody waits any more the work goes on.
    pub(crate) async fn surely<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        let (tell, told) = oneshot::channel();
        let under_way = self.begin_work();
        self.environment().spawn(Box::pin(async move {
            let _ = tell.send(work.await);
            drop(under_way);
        }));
        told.await.unwrap_or(Err(ApiError::Internal))
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.environment().now()
    }

    fn allowed_origin(&self, request: &RawRequest) -> Option<String> {
        let origin = request.header("origin")?;
        self.config()
            .allowed_origins
            .iter()
            .find(|known| *known == origin)
            .cloned()
    }

    async fn health(&self) -> Result<RawResponse, ApiError> {
        self.store().health().await?;
        Ok(RawResponse::json(
            200,
            &serde_json::json!({ "status": "ok" }),
        ))
    }
}

/// The drop-in, if a package folder is configured.
fn drop_in_file(config: &Config) -> Option<Vec<u8>> {
    let file = format!("{}/cpay.js", config.package_dir.as_ref()?);
    std::fs::read(&file)
        .inspect_err(|error| tracing::warn!(file, %error, "no drop-in to serve"))
        .ok()
}

/// The answer to a browser that asks whether a page of another origin may call.
fn preflight(origin: Option<String>) -> RawResponse {
    let response = RawResponse::new(204, "text/plain", "").with_header("vary", "origin");
    match origin {
        Some(origin) => response
            .with_header("access-control-allow-origin", origin)
            .with_header("access-control-allow-methods", "GET, POST")
            .with_header(
                "access-control-allow-headers",
                "content-type, paypair-client-secret",
            )
            .with_header("access-control-max-age", "600"),
        None => response,
    }
}
