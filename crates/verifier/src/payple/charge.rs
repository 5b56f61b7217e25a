//! Charging a registered card or account: tokens for the purpose, then the money call.

use paypair_ledger::{Attempt, BillingKeyView, Event, Evidence, Order, Reason, Store};
use paypair_protocol::{
    CallError, Fault, Money, Secret,
    payple::{Charge, Payment, Purpose, ReceiptOrder, Repeat, Tokens, TradeUse, TransferCharge},
    proof::Answered,
    wire::Fields,
};

use crate::{
    Verifier,
    environment::Environment,
    failure::{Failure, Read},
    merchant::{PaymentOptions, won},
    network::Network,
    supervisor::MoneyAnswer,
};

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Would the gateway take this charge? Asked before anything is written, with stand-ins for what is not there yet.
    pub(crate) fn payple_charge_faults(&self, order: &Order) -> Vec<Fault> {
        let word = || Secret::new("-");
        let tokens = Tokens {
            merchant_token: word(),
            merchant_key_token: word(),
            auth_key: word(),
        };
        ChargeCall::of(order, &order.id, tokens, word()).check()
    }

    /// Tokens first: failing to get them is no money call. Then the charge; the order id is the only guard against a second one,
    /// so "done or in process already" is looked up like silence.
    pub(crate) async fn payple_charge(
        &self,
        attempt: &Attempt,
        key: &BillingKeyView,
    ) -> MoneyAnswer {
        let client = match self.payple() {
            Ok(client) => client,
            Err(failure) => return failure.before_money(),
        };
        let Some(billing_key) = key.key.clone() else {
            return Failure::Lacking("the billing key").before_money();
        };
        let purpose = match (repeat_of(&attempt.order), is_transfer(&attempt.order)) {
            (Repeat::Monthly { .. }, false) => Purpose::RepeatMonthly,
            (Repeat::Freely, false) => Purpose::RepeatFreely,
            (Repeat::Monthly { .. }, true) => Purpose::TransferMonthly,
            (Repeat::Freely, true) => Purpose::TransferFreely,
        };
        let (tokens, url) = match client.auth(purpose).await {
            Ok(answer) => answer,
            Err(failure) => return failure.before_money(),
        };
        let charge = ChargeCall::of(
            &attempt.order,
            &attempt.gateway_order_id,
            tokens.tokens(),
            billing_key,
        );
        match client.charge(&charge, url).await {
            Ok(Read { answer, .. }) if answer.order_id != attempt.gateway_order_id => {
                MoneyAnswer::of_another_order()
            }
            Ok(Read { answer, .. }) if answer.amount.is_none() => {
                MoneyAnswer::Unknown(Reason::new("amount_missing"))
            }
            Ok(Read { answer, body }) => MoneyAnswer::done(Event::ChargeAnswered(
                Evidence::payple_charge(&answer, &body),
            )),
            Err(failure) => failure.of_money(),
        }
    }
}

/// Cards and accounts are charged by doors of their own.
pub(super) enum ChargeCall {
    Card(Charge),
    Account(TransferCharge),
}

impl ChargeCall {
    fn of(order: &Order, order_id: &str, tokens: Tokens, billing_key: Secret) -> Self {
        let charge = charge_of(order, order_id, tokens, billing_key);
        if !is_transfer(order) {
            return Self::Card(charge);
        }
        // Without a number the gateway takes the payer's own.
        let receipt = ReceiptOrder {
            trade_use: TradeUse::Personal,
            holder_number: None,
        };
        let asked = PaymentOptions::of(order).show_cash_receipt;
        Self::Account(TransferCharge {
            charge,
            receipt: asked.then_some(receipt),
        })
    }

    fn check(&self) -> Vec<Fault> {
        match self {
            Self::Card(charge) => charge.check(),
            Self::Account(charge) => charge.check(),
        }
    }

    pub(super) fn fields(&self) -> Fields {
        match self {
            Self::Card(charge) => charge.fields(),
            Self::Account(charge) => charge.fields(),
        }
    }

    pub(super) fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Payment>, CallError> {
        match self {
            Self::Card(charge) => charge.read(status, body),
            Self::Account(charge) => charge.read(status, body),
        }
    }
}

fn is_transfer(order: &Order) -> bool {
    order.method.as_str() == "transfer"
}

/// How often this order's card is charged.
fn repeat_of(order: &Order) -> Repeat {
    let plan = order.charge.as_ref();
    plan.and_then(|plan| plan.repeat).unwrap_or(Repeat::Freely)
}

fn charge_of(order: &Order, order_id: &str, tokens: Tokens, billing_key: Secret) -> Charge {
    let options = PaymentOptions::of(order);
    let customer = &order.customer;
    Charge {
        tokens,
        billing_key,
        customer_id: Some(customer.id.clone()),
        customer_name: customer.name.clone(),
        customer_phone: customer.phone.clone(),
        customer_email: customer.email.clone(),
        product_name: order.product_name.clone(),
        amount: order.money.unwrap_or(Money::won(0)),
        taxable: options.taxable,
        tax_amount: won(options.tax_amount.as_deref()),
        order_id: order_id.to_owned(),
        repeat: repeat_of(order),
        custom1: options.custom1,
        custom2: options.custom2,
    }
}
