//! Giving money back: all of it, or a part. What the method does not allow is refused here, before anything is sent.

use std::time::Duration;

use paypair_ledger::{
    Attempt, AttemptKey, Event, MoneyOp, OrderView, Returnable, State, Store, StoreError,
};
use paypair_protocol::{
    Currency, Error, Gateway, Method, Money, Period, payletter, payletter_global,
};
use serde::Deserialize;

use super::{PaymentOptions, body, reading::text_or_integer, won};
use crate::{
    ApiError, Outcome, RawRequest, RawResponse, Verifier,
    days::{compact, paid_on},
    environment::Environment,
    fault::FieldFault,
    network::Network,
};

/// A refund as the merchant's server asks for it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NewRefund {
    /// How much, as plain decimal text (JSON also takes an integer); absent for all that is left.
    #[serde(deserialize_with = "text_or_integer")]
    pub amount: Option<String>,
    /// The gateway's id of the payment to give back (`transactionId`): needed where the order was paid twice.
    pub transaction_id: Option<String>,
    /// The merchant's id of this refund: used once, so that asking twice gives back once. A part needs one.
    pub refund_id: Option<String>,
    /// Why, for the timeline.
    pub reason: Option<String>,
    /// Payletter: the part of a partial refund that bears no tax.
    #[serde(deserialize_with = "text_or_integer")]
    pub tax_free_amount: Option<String>,
    /// Payletter, Payple: the VAT in it.
    #[serde(deserialize_with = "text_or_integer")]
    pub tax_amount: Option<String>,
}

impl NewRefund {
    /// All that is left.
    pub fn whole(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::default()
        }
    }

    /// A part, under an id of the merchant's.
    pub fn part(amount: impl Into<String>, refund_id: impl Into<String>) -> Self {
        Self {
            amount: Some(amount.into()),
            refund_id: Some(refund_id.into()),
            ..Self::default()
        }
    }
}

/// How a refund divides, for the call that is about to be made. Not in the ledger: a call is never made again after a restart.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RefundTax {
    pub(crate) tax_free_amount: Option<Money>,
    pub(crate) tax_amount: Option<Money>,
}

impl<S: Store, N: Network, E: Environment> Verifier<S, N, E> {
    /// Gives all of a paid order's money back and answers what came of it.
    pub async fn refund(&self, order_id: &str, reason: &str) -> Result<Outcome, ApiError> {
        self.refund_with(order_id, NewRefund::whole(reason)).await
    }

    /// Gives money back, all that is left or a part, and answers what came of it.
    ///
    /// The same refund id with the same content gives nothing back again: it answers how that refund stands.
    pub async fn refund_with(&self, order_id: &str, new: NewRefund) -> Result<Outcome, ApiError> {
        let (wish, attempt) = self.begin_refund(order_id, &new).await?;
        self.refund_outcome(&attempt, &wish).await
    }

    /// Starts it, not in the very moment in which an equal part was done: the gateway's list could show the two as one, and if the answer
    /// to the later one were lost nobody could say whether it was made.
    async fn begin_refund(
        &self,
        order_id: &str,
        new: &NewRefund,
    ) -> Result<(Wish, AttemptKey), ApiError> {
        let _under_way = self.begin_work();
        let mut waits = 0;
        loop {
            match self.start_refund(order_id, new, waits < MOST_WAITS).await? {
                Start::Asked(wish, attempt) => return Ok((wish, attempt)),
                Start::TooEarly(pause) => self.environment().sleep(pause).await,
            }
            waits += 1;
        }
    }

    /// Looks, and asks the ledger, one request at a time: of two alike the second one sees the first.
    async fn start_refund(
        &self,
        order_id: &str,
        new: &NewRefund,
        may_wait: bool,
    ) -> Result<Start, ApiError> {
        self.learn_names(order_id).await?;
        let _turn = self.refunding().lock().await;
        let view = self.known_order(order_id).await?;
        let leading = view.leading().ok_or(ApiError::NothingToRefund)?;
        let found = view.to_give_back(new.transaction_id.as_deref());
        let found = found.map(|attempt| attempt.unwrap_or(leading));
        let wish = Wish::read(new, found.unwrap_or(leading))?;
        // Its id may stand with an earlier attempt, whose payment went back before the order was paid again.
        let attempt = match wish.asked_of(&view) {
            Some(asked) => asked,
            None => found.map_err(ApiError::of_refund_refusal)?,
        };
        if wish.was_asked(attempt)? {
            return Ok(Start::Asked(wish, attempt.key()));
        }
        let Returnable {
            left, is_second, ..
        } = self.may_refund(attempt, &wish)?;
        let money = wish.money.unwrap_or(left);
        // What is given back of a second payment is all of it, and no part is beside it.
        if may_wait
            && !is_second
            && let Some(pause) = attempt.wait_for_its_own_second(money, self.now())
        {
            return Ok(Start::TooEarly(pause));
        }
        let why = new.reason.as_deref().unwrap_or("merchant");
        let event = Event::RefundAsked {
            id: wish.id.clone(),
            transaction_id: wish.transaction_id.clone(),
            money: wish.money,
            why: why.chars().take(200).collect(),
        };
        let wished = (attempt.key(), wish.id.clone());
        self.refund_taxes().insert(wished.clone(), wish.tax);
        let Err(error) = self.record(attempt.key(), event).await else {
            return Ok(Start::Asked(wish, attempt.key()));
        };
        self.refund_taxes().remove(&wished);
        // Another process may have been faster with the same request: then this one waits for its outcome.
        let now = self.store().attempt(attempt.key()).await?;
        let faster = matches!(error, StoreError::Refused(_) | StoreError::CallRunning)
            && now.is_some_and(|now| wish.was_asked(&now).unwrap_or(false));
        if faster {
            Ok(Start::Asked(wish, attempt.key()))
        } else {
            Err(error.into())
        }
    }

    /// What is given back is named: a name that no list has shown yet may be another customer's payment.
    async fn learn_names(&self, order_id: &str) -> Result<(), ApiError> {
        let view = self.known_order(order_id).await?;
        for attempt in view.attempts.iter().filter(|it| it.awaits_its_name()) {
            let key = attempt.key();
            // Whoever looks now learns it for us.
            drop(self.next_turn(&key).await);
            self.look_up(key.clone()).await;
            let now = self.store().attempt(key).await?;
            if now.is_some_and(|now| now.awaits_its_name() && now.next_check_at.is_some()) {
                return Err(ApiError::GatewayDown);
            }
        }
        Ok(())
    }

    /// The guards; answers what it is about. A rule that only the gateway knows (a period by contract) is left to the gateway.
    fn may_refund(&self, attempt: &Attempt, wish: &Wish) -> Result<Returnable, ApiError> {
        match attempt.state {
            State::Paid | State::PartiallyRefunded | State::Discrepant => {}
            State::RefundPending => return Err(ApiError::RefundRunning),
            State::InDoubt if attempt.doubt == Some(MoneyOp::Refund) => {
                return Err(ApiError::RefundRunning);
            }
            _ => return Err(ApiError::NothingToRefund),
        }
        if attempt.refund.is_some() {
            return Err(ApiError::RefundRunning);
        }
        let payment = attempt
            .returnable(wish.transaction_id.as_deref())
            .map_err(ApiError::of_refund_refusal)?;
        let Returnable {
            captured,
            left,
            is_second,
            ..
        } = payment;
        if attempt.refunds_unclear && !is_second {
            return Err(ApiError::NothingToRefund);
        }
        let money = wish.money.unwrap_or(left);
        if money.minor > left.minor {
            return Err(ApiError::RefundTooLarge { left: Some(left) });
        }
        if money.minor < left.minor && wish.id.is_none() {
            return Err(ApiError::field_fault(FieldFault::missing("refundId")));
        }
        let partial = money != captured;
        // It pays for nothing, so there is nothing to keep of it: all that is left goes back.
        if is_second && money != left {
            return Err(ApiError::PartialRefundNotOffered);
        }
        let lacks_key = |payple: &crate::Payple| payple.refund_key.is_none();
        match attempt.order.gateway {
            Gateway::Payple if self.config().payple.as_ref().is_none_or(lacks_key) => {
                return Err(ApiError::GatewayNotConfigured("payple.refund_key"));
            }
            Gateway::Payple => {}
            Gateway::Payletter | Gateway::PayletterGlobal => {
                let today = compact(self.now().kst_date());
                // When a second payment was made, and by which method, the gateway knows better.
                let rules = if is_second {
                    Rules::UNTOLD
                } else {
                    Rules::of(attempt)
                };
                rules.allow(partial, &paid_on(attempt), &today)?;
            }
        }
        Ok(payment)
    }

    /// How the refund whose call begins divides.
    pub(crate) fn take_refund_tax(&self, attempt: &Attempt, op: MoneyOp) -> RefundTax {
        let case = attempt.refund.as_ref().filter(|_| op == MoneyOp::Refund);
        let told = case.and_then(|case| {
            let wished = (attempt.key(), case.id.clone());
            self.refund_taxes().remove(&wished)
        });
        told.unwrap_or_default()
    }

    /// The outcome once the refund is an answer, or taken by the gateway to be done later; or as it stands when patience ends. Another
    /// attempt may speak for the order meanwhile, so it is this one that is waited for.
    async fn refund_outcome(&self, key: &AttemptKey, wish: &Wish) -> Result<Outcome, ApiError> {
        let answered = |view: &OrderView| {
            attempt_of(view, key).is_none_or(|attempt| {
                let case = attempt.refund.as_ref();
                attempt.state.status().is_answer() || case.is_some_and(|case| case.accepted)
            })
        };
        let patience = self.config().patience();
        let view = self.view_within(&key.order_id, patience, answered).await?;
        let refund = attempt_of(&view, key).and_then(|attempt| wish.line(attempt));
        Ok(Outcome::for_merchant(&view).with_refund(refund))
    }

    pub(crate) async fn known_order(&self, order_id: &str) -> Result<OrderView, ApiError> {
        let found = self.store().order(order_id).await?;
        found.ok_or(ApiError::OrderUnknown)
    }

    /// `POST /orders/{id}/refund`
    pub(crate) async fn refund_order(
        &self,
        id: &str,
        request: &RawRequest,
    ) -> Result<RawResponse, ApiError> {
        let new: NewRefund = if request.body.is_empty() {
            NewRefund::default()
        } else {
            body(request)?
        };
        let outcome = self.refund_with(id, new).await?;
        Ok(RawResponse::json(200, &outcome))
    }
}

/// What became of starting a refund.
enum Start {
    /// It is asked for, now or before: by this wish, of this attempt.
    Asked(Wish, AttemptKey),
    /// Not yet: after so long.
    TooEarly(Duration),
}

/// Another equal part may come first during the wait. By a clock that stands still none of them is the last one.
const MOST_WAITS: u32 = 2;

fn attempt_of<'a>(view: &'a OrderView, key: &AttemptKey) -> Option<&'a Attempt> {
    view.attempts.iter().find(|attempt| attempt.no == key.no)
}

/// A refund that can be read.
struct Wish {
    id: Option<String>,
    transaction_id: Option<String>,
    money: Option<Money>,
    tax: RefundTax,
}

impl Wish {
    /// Reads it in the currency of the payment, and tells every fault at once.
    fn read(new: &NewRefund, attempt: &Attempt) -> Result<Self, ApiError> {
        let mut faults = Vec::new();
        let order = &attempt.order;
        let currency = attempt
            .captured
            .or(order.money)
            .unwrap_or_default()
            .currency;
        let money = new.amount.as_deref().and_then(|text| {
            let money = match Money::parse(text, &currency) {
                Ok(money) if money.is_zero() => Err(Error::AmountTooSmall { min: 1 }),
                read => read,
            };
            money
                .map_err(|error| faults.push(FieldFault::of("amount", &error)))
                .ok()
        });
        for (field, id) in [
            ("refundId", &new.refund_id),
            ("transactionId", &new.transaction_id),
        ] {
            faults.extend(id.as_deref().and_then(|id| id_fault(field, id)));
        }
        let (payple, payletter) = (
            order.gateway == Gateway::Payple,
            order.gateway == Gateway::Payletter,
        );
        for (field, text, offered) in [
            ("taxFreeAmount", &new.tax_free_amount, payletter),
            ("taxAmount", &new.tax_amount, payletter || payple),
        ] {
            let Some(text) = text else { continue };
            if !offered {
                faults.push(FieldFault::option_not_offered(field));
            } else if let Err(error) = Money::parse(text, &Currency::KRW) {
                faults.push(FieldFault::of(field, &error));
            }
        }
        ApiError::unless_fine(faults)?;
        let (free, tax) = (
            won(new.tax_free_amount.as_deref()),
            won(new.tax_amount.as_deref()),
        );
        let named = attempt.returnable(new.transaction_id.as_deref());
        let asked = money.or_else(|| named.ok().map(|payment| payment.left));
        ApiError::unless_fine(asked.and_then(|asked| tax_fault(asked, free, tax)))?;
        Ok(Self {
            id: new.refund_id.clone(),
            transaction_id: new.transaction_id.clone(),
            money,
            tax: RefundTax {
                tax_free_amount: free,
                tax_amount: tax,
            },
        })
    }

    /// Was this very refund asked for before? An id that stands for another one is refused.
    fn was_asked(&self, attempt: &Attempt) -> Result<bool, ApiError> {
        if let Some(line) = self.id.as_ref().and_then(|_| self.line(attempt)) {
            let same = self.money.is_none_or(|money| money == line.money)
                && self.is_about(line.transaction_id.as_deref());
            return if same {
                Ok(true)
            } else {
                Err(ApiError::RefundIdUsed)
            };
        }
        // The whole, without an id, while it is on its way: this request joins that one.
        let whole = self.id.is_none() && self.money.is_none();
        let case = attempt.refund.as_ref();
        let under_way = attempt.state == State::RefundPending
            && case.is_some_and(|case| {
                case.id.is_none() && !case.partial && self.is_about(case.transaction_id.as_deref())
            });
        Ok(whole && under_way)
    }

    /// Whether the payment with this id is what it asks for: any, if it names none.
    fn is_about(&self, transaction_id: Option<&str>) -> bool {
        self.transaction_id.is_none() || self.transaction_id.as_deref() == transaction_id
    }

    /// The attempt that its id was used for, if it was.
    fn asked_of<'a>(&self, view: &'a OrderView) -> Option<&'a Attempt> {
        self.id.as_ref()?;
        let attempts = view.attempts.iter();
        attempts.rev().find(|attempt| self.line(attempt).is_some())
    }

    /// Its line in the attempt's history: by its id; without one, the latest that has none.
    fn line<'a>(&self, attempt: &'a Attempt) -> Option<&'a paypair_ledger::RefundLine> {
        attempt.refunds.iter().rev().find(|line| line.id == self.id)
    }
}

/// What bears no tax, and the tax in the rest, are parts of what goes back: alone and together no more than that.
fn tax_fault(asked: Money, free: Option<Money>, tax: Option<Money>) -> Option<FieldFault> {
    let minor = |money: Option<Money>| money.map_or(0, |money| money.minor);
    let (free, tax) = (minor(free), minor(tax));
    let field = if free > asked.minor {
        "taxFreeAmount"
    } else if free.saturating_add(tax) > asked.minor {
        "taxAmount"
    } else {
        return None;
    };
    Some(FieldFault::invalid(
        field,
        "면세 금액과 부가세의 합은 환불 금액보다 클 수 없습니다.",
        "what bears no tax and the tax together are no more than the refund.",
    ))
}

fn id_fault(field: &'static str, id: &str) -> Option<FieldFault> {
    if id.is_empty() {
        Some(FieldFault::missing(field))
    } else if id.len() > LONGEST_ID {
        let max = LONGEST_ID as u16;
        Some(FieldFault::of(field, &Error::FieldTooLong { field, max }))
    } else if id.contains(|c: char| !c.is_ascii_graphic()) {
        Some(FieldFault::of(field, &Error::FieldNotAscii { field }))
    } else {
        None
    }
}

/// Ours to choose for an id of the merchant's; longer than any id of a gateway's.
const LONGEST_ID: usize = 64;

/// What a method's row says of cancelling; nothing where there is no row, or it does not say.
struct Rules {
    cancels: Option<bool>,
    partly: Option<bool>,
    period: Period,
}

impl Rules {
    const UNTOLD: Self = Self {
        cancels: None,
        partly: None,
        period: Period::Untold,
    };

    fn of(attempt: &Attempt) -> Self {
        let order = &attempt.order;
        let used = attempt.detail.method.as_deref().map(Method::from);
        match order.gateway {
            Gateway::Payletter => {
                let row = used.as_ref().and_then(payletter::codes::method);
                let row = row.or_else(|| payletter::codes::method(&order.method));
                // A payment with a deposit for cups is cancelled wholly or not at all.
                let cups = won(PaymentOptions::of(order).cup_deposit.as_deref());
                let has_cups = cups.is_some_and(|deposit| !deposit.is_zero());
                Self {
                    cancels: row.map(|row| row.cancels),
                    partly: row.map(|row| row.cancels_partly && !has_cups),
                    period: row.map_or(Period::Untold, |row| row.period),
                }
            }
            Gateway::PayletterGlobal => {
                let row = payletter_global::codes::method(&order.method);
                let row = row.or_else(|| payletter_global::codes::method(used.as_ref()?));
                Self {
                    cancels: row.and_then(|row| row.cancels),
                    partly: row.and_then(|row| row.cancels.map(|_| row.cancels_partly)),
                    period: row.map_or(Period::Untold, |row| row.period),
                }
            }
            Gateway::Payple => Self::UNTOLD,
        }
    }

    fn allow(&self, partial: bool, paid_on: &str, today: &str) -> Result<(), ApiError> {
        if self.cancels == Some(false) {
            Err(ApiError::RefundNotOffered)
        } else if self.period.allows(paid_on, today) == Some(false) {
            Err(ApiError::RefundTooLate)
        } else if partial && self.partly == Some(false) {
            Err(ApiError::PartialRefundNotOffered)
        } else {
            Ok(())
        }
    }
}
