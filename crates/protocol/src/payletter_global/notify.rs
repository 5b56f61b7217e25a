//! The notification (`notiurl`, a form): the gateway's server tells ours what happened.

use super::Interval;
use crate::{
    CardNumber, Currency, Error, Method, Money, Secret, hash, proof::Verified, wire::Fields,
};

/// The answer that ends the resending, and nothing else may be on the page. Anything else brings the notification
/// again, up to 10 times every 5 minutes.
pub const ACK: &str = "<RESULT>OK</RESULT>";

/// An answer that asks for the notification again.
pub const NACK: &str = "<RESULT>FAIL</RESULT>";

/// Which form of the hash applies. It follows from what was asked for, never from the fields that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeForm {
    /// Money was asked for.
    Payment,
    /// A billing agreement without amount was asked for.
    TokenOnly,
}

/// What a notification says happened (`notifytype`). **Not covered by the hash**: anything but `Paid` needs the sales
/// list besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeEvent {
    /// 1: paid.
    Paid,
    /// 2: cancelled.
    Cancelled,
    /// 3: charged back.
    ChargedBack,
    /// 4: cancelled in part.
    PartlyCancelled,
    /// 5: a PayPal subscription was made.
    SubscriptionCreated,
    /// 6: PayPal holds the payment.
    Pending,
    /// 7: a billing agreement was made, no money moved.
    BillingKeyIssued,
    /// Something newer. Report it; never take it for a payment.
    Unknown(u64),
}

impl NoticeEvent {
    /// The gateway's number.
    #[must_use]
    pub const fn to_wire(self) -> u64 {
        match self {
            Self::Paid => 1,
            Self::Cancelled => 2,
            Self::ChargedBack => 3,
            Self::PartlyCancelled => 4,
            Self::SubscriptionCreated => 5,
            Self::Pending => 6,
            Self::BillingKeyIssued => 7,
            Self::Unknown(number) => number,
        }
    }

    const fn from_wire(number: u64) -> Self {
        match number {
            1 => Self::Paid,
            2 => Self::Cancelled,
            3 => Self::ChargedBack,
            4 => Self::PartlyCancelled,
            5 => Self::SubscriptionCreated,
            6 => Self::Pending,
            7 => Self::BillingKeyIssued,
            other => Self::Unknown(other),
        }
    }
}

/// A notification. The hash covers `merchant_id`, currency, `order_id`, amount, `customer_id` and `sent_at`, joined
/// without separators, and nothing else.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `notifytype`.
    pub event: NoticeEvent,
    /// `storeid`.
    pub merchant_id: String,
    /// `storeorderno`. Renewals of a PayPal subscription bring one the gateway made up.
    pub order_id: String,
    /// `payamt` in `currency`. Always none under [`NoticeForm::TokenOnly`], whose hash covers no amount.
    pub amount: Option<Money>,
    /// `payerid`.
    pub customer_id: String,
    /// `payeremail`.
    #[debug("[redacted]")]
    pub customer_email: Option<String>,
    /// `servicename`.
    pub service_name: Option<String>,
    /// `paytoken`.
    pub transaction_id: Option<String>,
    /// `notifyid`.
    pub notification_id: Option<String>,
    /// `pginfo`.
    pub method: Option<Method>,
    /// `poqtoken`.
    pub billing_key: Option<Secret>,
    /// `custom`.
    pub custom: Option<String>,
    /// `payinfo`.
    pub extra: Option<String>,
    /// `countrycode`.
    pub country: Option<String>,
    /// `cardkind`.
    pub card_name: Option<String>,
    /// `cardno`.
    pub card_number: Option<CardNumber>,
    /// `trantime`, `yyyy-MM-dd HH:mm:ss`; the manual's sample reads as UTC.
    pub paid_at: Option<String>,
    /// `timestamp`: seconds since 1970.
    pub sent_at: String,
    /// `retcode`: always `0`.
    pub gateway_code: Option<String>,
    /// `retmsg`: always empty.
    pub gateway_message: Option<String>,
    /// `intervaltype`, `intervalcnt`, `totalcycles` of event 5.
    pub subscription: Option<Subscribed>,
}

/// The terms of a subscription that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscribed {
    /// `intervaltype`.
    pub interval: Interval,
    /// `intervalcnt`.
    pub every: Option<u16>,
    /// `totalcycles`.
    pub cycles: Option<u16>,
}

impl Notice {
    /// Believes a notification if its hash is ours, in the form that was asked for.
    ///
    /// The hash is taken over the received bytes: `payamt=1` stays `1`.
    pub fn verify(
        fields: &Fields,
        api_key: &Secret,
        form: NoticeForm,
    ) -> Result<Verified<Self>, Error> {
        fields.refuse_duplicates()?;
        let received = fields
            .bytes("hash")
            .filter(|hash| !hash.is_empty())
            .ok_or(Error::HashMissing)?;
        let part = |name: &str, field| fields.bytes(name).ok_or(Error::FieldMissing { field });
        let storeid = part("storeid", "merchant_id")?;
        let storeorderno = part("storeorderno", "order_id")?;
        let payerid = part("payerid", "customer_id")?;
        let timestamp = part("timestamp", "sent_at")?;
        let digest = match form {
            NoticeForm::Payment => {
                let currency = part("currency", "currency")?;
                let payamt = part("payamt", "amount")?;
                hash::notice_hash(
                    storeid,
                    currency,
                    storeorderno,
                    payamt,
                    payerid,
                    timestamp,
                    api_key,
                )
            }
            NoticeForm::TokenOnly => {
                hash::notice_hash_token_only(storeid, storeorderno, payerid, timestamp, api_key)
            }
        };
        if !digest.matches_hex(&received) {
            return Err(Error::HashMismatch);
        }
        Self::read(fields, form).map(Verified::new)
    }

    fn read(fields: &Fields, form: NoticeForm) -> Result<Self, Error> {
        let event: u64 = fields
            .needed("notifytype", "event")?
            .parse()
            .map_err(|_| Error::FieldNotDigits { field: "event" })?;
        let amount = match form {
            NoticeForm::Payment => {
                let currency = Currency::parse(&fields.needed("currency", "currency")?)?;
                Some(Money::parse(
                    &fields.needed("payamt", "amount")?,
                    &currency,
                )?)
            }
            NoticeForm::TokenOnly => None,
        };
        let number = |name: &str| fields.filled(name).and_then(|text| text.parse().ok());
        let interval = fields
            .filled("intervaltype")
            .and_then(|text| Interval::from_wire(&text));
        Ok(Self {
            event: NoticeEvent::from_wire(event),
            merchant_id: fields.needed("storeid", "merchant_id")?,
            order_id: fields.needed("storeorderno", "order_id")?,
            amount,
            customer_id: fields.needed("payerid", "customer_id")?,
            customer_email: fields.filled("payeremail"),
            service_name: fields.filled("servicename"),
            transaction_id: fields.filled("paytoken"),
            notification_id: fields.filled("notifyid"),
            method: fields.filled("pginfo").map(Method::from),
            billing_key: fields.secret("poqtoken"),
            custom: fields.filled("custom"),
            extra: fields.filled("payinfo"),
            country: fields.filled("countrycode"),
            card_name: fields.filled("cardkind"),
            card_number: fields
                .filled("cardno")
                .map(|number| CardNumber::new(&number)),
            paid_at: fields.filled("trantime"),
            sent_at: fields.needed("timestamp", "sent_at")?,
            gateway_code: fields.filled("retcode"),
            gateway_message: fields.filled("retmsg"),
            subscription: interval.map(|interval| Subscribed {
                interval,
                every: number("intervalcnt"),
                cycles: number("totalcycles"),
            }),
        })
    }
}
