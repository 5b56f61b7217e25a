//! The buyer's way out and back in this window: launch page, return pages, done page.

use paypair_ledger::{Attempt, Digest, Layout, Order, OrderView, State, Store};
use paypair_protocol::{Gateway, wire::Fields};

use crate::{
    ApiError, RawRequest, RawResponse, Verifier,
    checkout::Opening,
    doors::origin_of,
    environment::Environment,
    launch::{Device, Wish},
    network::Network,
    pages::{DonePage, FaultPage, GoPage, LaunchPage, WaitingPage, Words, show},
    payple::{CONFIRM_FIELDS, Heard},
};

/// Where a drop-in page wants its fields re-posted; kept with the order.
pub(crate) const OLD_RESULT_URL: &str = "PCD_RST_URL";

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// The launch page's address: the order's id and a seal, so it needs no storing.
    pub(crate) fn launch_link(&self, order: &Order) -> String {
        let id: String = form_urlencoded::byte_serialize(order.id.as_bytes()).collect();
        self.config()
            .public(&format!("/launch/{id}.{}", self.launch_seal(order)))
    }

    async fn launched(&self, ticket: &str) -> Result<OrderView, ApiError> {
        let (id, seal) = ticket.rsplit_once('.').ok_or(ApiError::NotFound)?;
        let view = self.store().order(id).await?.ok_or(ApiError::NotFound)?;
        if self.is_launch_seal(&view.order, seal) {
            Ok(view)
        } else {
            Err(ApiError::NotFound)
        }
    }

    /// `GET /launch/{ticket}`: shows the order, without effect.
    pub(crate) async fn launch_page(
        &self,
        ticket: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let view = match self.launched(ticket).await {
            Ok(view) => view,
            Err(error) => return Ok(self.fault_page(&error, request)),
        };
        let order = &view.order;
        let page = LaunchPage {
            words: Words::of(request),
            base: &self.base(),
            product_name: &order.product_name,
            order_id: &order.id,
            amount: order
                .money
                .map(|money| grouped(&money.to_wire(), money.currency.as_str())),
            method: order.method.as_str(),
            open: view
                .leading()
                .is_none_or(|attempt| attempt.leaves_room() || attempt.state == State::Requested),
            target: &self.result_target(order),
        };
        // Paid already, the form leads to the shop's page, which may be of another origin than ours.
        Ok(show(200, &page, Some(self.config().page_origin())))
    }

    /// `POST /launch/{ticket}`: starts the payment in this window.
    pub(crate) async fn start_launch(
        &self,
        ticket: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let opened = async {
            let view = self.launched(ticket).await?;
            self.may_open(&view, request)?;
            let wish = Wish {
                layout: Layout::Redirect,
                device: device(request),
                fields: Vec::new(),
                may_name_card: false,
            };
            let opening = self.open_window(&view.order, &wish).await?;
            Ok((view, opening))
        };
        match opened.await {
            Ok((_, Opening::Window(_, launch))) => {
                let origin = url::Url::parse(&launch.url).map(|url| origin_of(&url)).ok();
                Ok(self.go(&launch.url, &launch.fields, origin.as_deref(), request))
            }
            Ok((view, Opening::Nothing)) => {
                Ok(RawResponse::see_other(&self.result_target(&view.order)))
            }
            Err(error) => Ok(self.fault_page(&error, request)),
        }
    }

    /// `GET /done/{channel}`: the end of a popup.
    pub(crate) async fn done_page(&self, channel: &str, request: &RawRequest) -> RawResponse {
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if channel.len() > 64 || !channel.chars().all(fits) {
            return self.fault_page(&ApiError::NotFound, request);
        }
        let order_id = request.query("order").unwrap_or_default();
        let known = self.store().order(&order_id).await.ok().flatten();
        let target = match &known {
            Some(view) => self.result_target(&view.order),
            None => self.config().result_page(None, &order_id),
        };
        let page = DonePage {
            words: Words::of(request),
            base: &self.base(),
            channel,
            target: &target,
        };
        show(200, &page, None)
    }

    /// `POST /return/payple/{nonce}`: Payple's form post.
    pub(crate) async fn payple_return(&self, nonce: &str, request: &RawRequest) -> RawResponse {
        let fields = Fields::from_form(&request.body).unwrap_or_default();
        let taken = async {
            let attempt = self.returned(nonce, Gateway::Payple).await?;
            // The first post of a nonce is the buyer's return; later ones only show how it stands. If the store failed, or we died,
            // between the return and our confirm, the same post again goes on from there.
            let heard = if attempt.returned_at.is_none() || attempt.state == State::Authenticated {
                self.payple_take(&attempt, &fields, self.caller(request))
                    .await?
            } else {
                Heard::Taken
            };
            Ok((attempt, heard))
        };
        match taken.await {
            Ok((attempt, heard)) => match attempt.order.extra.get(OLD_RESULT_URL) {
                Some(url) => self.hand_on(&attempt, heard, url, fields, request).await,
                None => self.onward(&attempt),
            },
            Err(error) => self.return_fault(&error, &fields, request),
        }
    }

    /// The attempt of a return URL.
    pub(crate) async fn returned(
        &self,
        nonce: &str,
        gateway: Gateway,
    ) -> Result<Attempt, ApiError> {
        let found = self.store().attempt_by_nonce(Digest::of(nonce)).await?;
        found
            .filter(|attempt| attempt.order.gateway == gateway)
            .ok_or(ApiError::NotFound)
    }

    /// The attempt of a return URL that carries the ticket.
    pub(crate) async fn returned_by_ticket(
        &self,
        ticket: &str,
        gateway: Gateway,
    ) -> Result<Attempt, ApiError> {
        let found = self.store().attempt_by_ticket(ticket).await?;
        found
            .filter(|attempt| attempt.order.gateway == gateway)
            .ok_or(ApiError::NotFound)
    }

    /// Where a buyer goes after coming back: POST to GET.
    pub(crate) fn onward(&self, attempt: &Attempt) -> RawResponse {
        let order = &attempt.order;
        let target = match attempt.layout {
            Layout::Redirect => self.result_target(order),
            Layout::Popup | Layout::Layer => {
                let id: String = form_urlencoded::byte_serialize(order.id.as_bytes()).collect();
                self.config()
                    .public(&format!("/done/{}?order={id}", attempt.channel))
            }
        };
        RawResponse::see_other(&target)
    }

    /// The drop-in's whole-page flow: the old result page gets the fields it expects, after we confirmed, and without those that
    /// would let it confirm again. If we did not come to a success, it does not hear of one.
    async fn hand_on(
        &self,
        attempt: &Attempt,
        heard: Heard,
        url: &str,
        mut fields: Fields,
        request: &RawRequest,
    ) -> RawResponse {
        let good = match self.outcome_after(heard, &attempt.order.id).await {
            Ok(outcome) => matches!(
                outcome.status,
                paypair_ledger::Status::Paid | paypair_ledger::Status::Registered
            ),
            Err(_) => false,
        };
        for name in CONFIRM_FIELDS {
            fields.remove(name);
        }
        if !good && fields.text("PCD_PAY_RST").as_deref() == Some("success") {
            fields.set("PCD_PAY_RST", "error");
        }
        let texts = form_texts(&fields);
        let origin = url::Url::parse(url).map(|url| origin_of(&url)).ok();
        self.go(url, &texts, origin.as_deref(), request)
    }

    fn go(
        &self,
        url: &str,
        fields: &[(String, String)],
        origin: Option<&str>,
        request: &RawRequest,
    ) -> RawResponse {
        let page = GoPage {
            words: Words::of(request),
            base: &self.base(),
            url,
            fields,
        };
        show(200, &page, origin)
    }

    /// A return that could not be taken in: what may be taken in later waits and tries again, anything else says so.
    pub(crate) fn return_fault(
        &self,
        error: &ApiError,
        fields: &Fields,
        request: &RawRequest,
    ) -> RawResponse {
        if !matches!(error, ApiError::Busy | ApiError::TooManyRequests { .. }) {
            return self.fault_page(error, request);
        }
        let page = WaitingPage {
            words: Words::of(request),
            base: &self.base(),
            fields: &form_texts(fields),
        };
        show(503, &page, Some(self.config().page_origin()))
    }

    pub(crate) fn fault_page(&self, error: &ApiError, request: &RawRequest) -> RawResponse {
        let error = self.unless_too_many(error.clone(), self.caller(request));
        let words = Words::of(request);
        let message = if words.is_korean() {
            error.ko()
        } else {
            error.en()
        };
        let page = FaultPage {
            words,
            base: &self.base(),
            message: &message,
        };
        let shown = show(error.status(), &page, None);
        match error {
            ApiError::TooManyRequests { retry_after } => {
                shown.with_header("retry-after", retry_after.to_string())
            }
            _ => shown,
        }
    }

    /// The page that shows an order's outcome.
    pub(crate) fn result_target(&self, order: &Order) -> String {
        self.config()
            .result_page(order.result_page.as_deref(), &order.id)
    }

    /// The path we are mounted at, for links on our own pages.
    fn base(&self) -> String {
        self.config()
            .public_url
            .path()
            .trim_end_matches('/')
            .to_owned()
    }
}

fn form_texts(fields: &Fields) -> Vec<(String, String)> {
    fields
        .iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.text()?.into_owned())))
        .collect()
}

/// A launch page's POST does not say what it runs on, but the browser does.
fn device(request: &RawRequest) -> Device {
    let agent = request.header("user-agent").unwrap_or_default();
    if ["Android", "iPhone", "iPad", "Mobile"]
        .iter()
        .any(|word| agent.contains(word))
    {
        Device::Mobile
    } else {
        Device::Desktop
    }
}

/// `10000`, `KRW` to `₩10,000`; other currencies keep their code in front.
fn grouped(amount: &str, currency: &str) -> String {
    let (whole, fraction) = amount
        .split_once('.')
        .map_or((amount, None), |(w, f)| (w, Some(f)));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    match currency {
        "KRW" => format!("₩{text}"),
        other => format!("{other} {text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_for_people() {
        assert_eq!(grouped("10000", "KRW"), "₩10,000");
        assert_eq!(grouped("999", "KRW"), "₩999");
        assert_eq!(grouped("1234567.50", "USD"), "USD 1,234,567.50");
    }
}
