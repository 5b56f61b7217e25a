//! Before the window: tokens from auth.php, and the fields that are posted to the window.

use std::time::Duration;

use paypair_ledger::{Attempt, Layout, Order, Store};
use paypair_protocol::{
    Work,
    payple::{Hosts, Purpose, Window},
};

use super::{Session, client::Client};
use crate::{
    ApiError, Verifier,
    doors::origin_of,
    environment::Environment,
    failure::Failure,
    fault::FieldFault,
    launch::{Launch, Prepared, Wish},
    merchant::PaymentOptions,
    network::Network,
};

/// The window's own limit is three minutes from auth; a buyer who is late gets the gateway's words for it.
const WINDOW_LIFE: Duration = Duration::from_secs(5 * 60);

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    pub(super) fn payple(&self) -> Result<Client<'_, N>, Failure> {
        let config = self.config();
        Ok(Client {
            network: self.network(),
            account: config.payple.as_ref().ok_or(Failure::Lacking("payple"))?,
            hosts: Hosts::new(config.gateway_env("payple")?)?,
            page_origin: config.page_origin(),
        })
    }

    /// Would the window take this order? Asked when it is registered, so that a merchant hears of it and not a buyer.
    pub(crate) fn payple_check(&self, order: &Order) -> Result<(), ApiError> {
        let mut window = Window::new();
        fill(&mut window, order, &order.id)?;
        ApiError::unless_fine(window.check())
    }

    /// Asks for tokens and builds the window's form.
    pub(crate) async fn payple_prepare(
        &self,
        attempt: &Attempt,
        wish: &Wish,
        nonce: &str,
    ) -> Result<Prepared, ApiError> {
        let order = &attempt.order;
        let mut window = Window::new();
        for (name, value) in &wish.fields {
            window
                .set(name, value)
                .map_err(|error| refused(name, error))?;
        }
        // A page may decorate the window; what is paid, by whom, and with which card is not its to say.
        if !wish.may_name_card {
            window.remove("PCD_PAYER_ID");
        }
        fill(&mut window, order, &attempt.gateway_order_id)?;
        set(
            &mut window,
            "result_url",
            &self.payple_result_url(wish, nonce),
        )?;
        ApiError::unless_fine(window.check())?;

        let (tokens, url) = self.payple()?.auth(Purpose::Pay).await?;
        window.authorize(
            tokens.merchant_token.expose(),
            tokens.merchant_key_token.expose(),
            tokens.auth_key.expose(),
        );
        let session = Session {
            auth_key: tokens.auth_key.expose().to_owned(),
            confirm: None,
        };
        Ok(Prepared {
            launch: Launch {
                message_origin: Some(origin_of(&url)),
                url: url.into(),
                fields: window
                    .fields()
                    .iter()
                    .map(|(name, value)| (name.clone().into_owned(), value.clone()))
                    .collect(),
            },
            session: session.to_secret(),
            expires_at: self.now().after(WINDOW_LIFE),
        })
    }

    /// An absolute URL makes the gateway post the result there, which survives a severed opener. A layer has no window to post
    /// from, so it gets a path, and its result comes by message.
    fn payple_result_url(&self, wish: &Wish, nonce: &str) -> String {
        let url = self.config().public(&format!("/return/payple/{nonce}"));
        match wish.layout {
            Layout::Popup | Layout::Redirect => url,
            Layout::Layer => match url::Url::parse(&url) {
                Ok(url) => url.path().to_owned(),
                Err(_) => url,
            },
        }
    }
}

/// What the order says, over whatever the page said.
fn fill(window: &mut Window, order: &Order, gateway_order_id: &str) -> Result<(), ApiError> {
    set(window, "method", order.method.as_str())?;
    set(window, "work", order.work.to_wire())?;
    if let Some(card_flow) = order.card_flow {
        set(window, "card_flow", card_flow.to_wire())?;
    }
    match (order.work, order.money) {
        (Work::Register, _) | (_, None) => window.remove("PCD_PAY_TOTAL"),
        (_, Some(money)) => set(window, "amount", &money.to_wire())?,
    }
    set(window, "product_name", &order.product_name)?;
    set(window, "order_id", gateway_order_id)?;
    set(window, "customer_id", &order.customer.id)?;
    let customer = &order.customer;
    for (name, value) in [
        ("customer_name", &customer.name),
        ("customer_phone", &customer.phone),
        ("customer_email", &customer.email),
    ] {
        if let Some(value) = value {
            set(window, name, value)?;
        }
    }
    fill_options(window, &PaymentOptions::of(order))
}

fn fill_options(window: &mut Window, options: &PaymentOptions) -> Result<(), ApiError> {
    let flag = |flag: bool| if flag { "Y" } else { "N" };
    let taxable = options.taxable.map(flag);
    let cash_receipt = options.show_cash_receipt.then_some("Y");
    for (name, value) in [
        ("taxable", taxable),
        ("tax_amount", options.tax_amount.as_deref()),
        ("cash_receipt", cash_receipt),
        ("app_scheme", options.app_scheme.as_deref()),
        ("custom1", options.custom1.as_deref()),
        ("custom2", options.custom2.as_deref()),
    ] {
        if let Some(value) = value {
            set(window, name, value)?;
        }
    }
    Ok(())
}

fn set(window: &mut Window, name: &str, value: &str) -> Result<(), ApiError> {
    window
        .set(name, value)
        .map_err(|error| refused(name, error))
}

fn refused(name: &str, error: paypair_protocol::Error) -> ApiError {
    tracing::warn!(name, %error, "a window field is refused");
    ApiError::field_fault(FieldFault::of("fields", &error))
}
