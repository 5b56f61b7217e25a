//! The webhook: Payple's server tells ours that something happened, unsigned.

use super::{Outcome, keys};
use crate::{Method, Money, Secret, wire::Fields};

/// What a webhook says to look up. It carries no signature, so it is a hint: [`super::Lookup`] or
/// [`super::PayerLookup`] tells the truth. Answer HTTP 200; anything else, a redirect too, brings it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Webhook {
    /// A payment ended, perhaps late: ask PAYCHK.
    Payment {
        /// 주문번호.
        order_id: String,
        /// How it is said to have gone.
        outcome: Outcome,
        /// 결제수단.
        method: Option<Method>,
        /// The day of payment, `YYYYMMDD`, where it is told.
        paid_on: Option<String>,
    },
    /// A payment was cancelled: ask PAYCHK, whose answer says how much.
    Refund {
        /// 주문번호.
        order_id: String,
        /// 결제수단.
        method: Option<Method>,
        /// The day of *payment*, which PAYCHK wants; none if only the time of the cancellation is told.
        paid_on: Option<String>,
        /// 환불금액, where it can be read.
        money: Option<Money>,
    },
    /// A billing key was deleted on the merchant's admin page: ask PUSERINFO.
    PayerDeleted {
        /// 결제 키.
        billing_key: Secret,
        /// 결제고객 고유번호.
        customer_id: Option<String>,
    },
    /// Nothing that can be looked up.
    Unknown,
}

impl Webhook {
    /// Reads a form or JSON.
    #[must_use]
    pub fn read(fields: &Fields) -> Self {
        if fields.filled(keys::WORK).as_deref() == Some("PUSERDEL") {
            return fields
                .secret(keys::BILLING_KEY)
                .map_or(Self::Unknown, |billing_key| Self::PayerDeleted {
                    billing_key,
                    customer_id: fields.filled(keys::CUSTOMER_ID),
                });
        }
        let Some(order_id) = fields.filled(keys::ORDER_ID) else {
            return Self::Unknown;
        };
        let method = fields.filled(keys::METHOD).map(Method::from);
        let paid_on = fields
            .any(&["PCD_PAY_DATE", keys::PAID_AT])
            .and_then(|time| time.get(..8).map(str::to_owned));
        if fields.is_yes("PCD_PAYCANCEL_FLAG") {
            return Self::Refund {
                order_id,
                method,
                paid_on,
                money: fields.won("PCD_REFUND_TOTAL"),
            };
        }
        let outcome = fields.or_empty(keys::OUTCOME);
        Self::Payment {
            order_id,
            outcome: outcome.parse().unwrap_or(Outcome::Error),
            method,
            paid_on,
        }
    }
}
