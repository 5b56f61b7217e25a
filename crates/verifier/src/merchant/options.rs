//! What an order may ask of its gateway beside the payment itself. Checked when the order is registered, kept with it, and used
//! each time a window is prepared.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use paypair_ledger::{Order, Timestamp};
use paypair_protocol::{CardFlow, Currency, Gateway, Method, Money, Work, payletter_global::codes};
use serde::{Deserialize, Serialize};

use super::reading::text_or_integer;
use crate::fault::FieldFault;

/// Options of a payment. Each gateway has some of them; one that the order's gateway or method does not have is refused by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PaymentOptions {
    /// Payletter: the part of the amount that bears no tax (`taxfree_amount`). Plain text; JSON also takes an integer.
    #[serde(
        deserialize_with = "text_or_integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_free_amount: Option<String>,
    /// Payletter, Payple: the VAT in the amount; the gateway computes it when absent.
    #[serde(
        deserialize_with = "text_or_integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub tax_amount: Option<String>,
    /// Payple: is the amount taxed (`PCD_PAY_ISTAX`)?
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxable: Option<bool>,
    /// Payletter: where to mail the details. Default: the customer's e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_email: Option<String>,
    /// Pay, and get a billing key beside the payment. Payletter, Payletter Global, and Payple's recurring card flow.
    #[serde(skip_serializing_if = "is_false")]
    pub recurring: bool,
    /// Payletter, Payple: show the page for a cash receipt.
    #[serde(skip_serializing_if = "is_false")]
    pub show_cash_receipt: bool,
    /// Payletter: card payment by hand, by contract (`keyin_flag`).
    #[serde(skip_serializing_if = "is_false")]
    pub key_in: bool,
    /// Payletter: until when a virtual account takes the deposit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_expires: Option<AccountExpiry>,
    /// Payletter: the deposit for disposable cups in the amount. Such a payment is refunded wholly or not at all.
    #[serde(
        deserialize_with = "text_or_integer",
        skip_serializing_if = "Option::is_none"
    )]
    pub cup_deposit: Option<String>,
    /// Payletter: a payment in a webview of your app (`inapp_flag`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_app: Option<InAppUrls>,
    /// Payletter, Payletter Global: the service's name in the window. Default: the configured one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_name: Option<String>,
    /// Payple: the scheme that brings a buyer back from a card's app to yours, `myshop://` (`PCD_APP_SCHEME`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_scheme: Option<String>,
    /// Payple: a field of your own (`PCD_USER_DEFINE1`). The buyer's page sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom1: Option<String>,
    /// Payple: another (`PCD_USER_DEFINE2`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom2: Option<String>,
    /// Payletter Global: zGold-MOLPoints Direct Top Up (`pinflag`), the one payment without an expected amount.
    #[serde(skip_serializing_if = "is_false")]
    pub pin: bool,
    /// Payletter Global: the card's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<BillingAddress>,
    /// Payletter Global: what PayPal's fraud checks want to know (ISPP).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paypal_buyer: Option<PaypalBuyer>,
    /// Payletter Global: PayPal charges this amount again and again by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionTerms>,
    /// Payletter Global: `payinfo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_info: Option<String>,
    /// Payletter Global: a PayPal payment that the buyer cancels comes back, too. Otherwise the buyer stays at PayPal's page.
    #[serde(skip_serializing_if = "is_false")]
    pub cancel_to_return_url: bool,
}

/// The last moment of a virtual account, in Korea.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountExpiry {
    /// `YYYY-MM-DD`.
    pub on: String,
    /// `HH:MM`; without it, the end of that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// Where an app takes its buyer back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct InAppUrls {
    /// A prefix such as `myapp://ISPSuccess`: behind it comes `/` and the URL that the webview has to load then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
    /// The same when the buyer cancels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_url: Option<String>,
}

/// The card's address. Personal: Debug shows none of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BillingAddress {
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// ISO 3166-1, three digits: `410`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The street.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line1: Option<String>,
    /// The postcode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
}

impl std::fmt::Debug for BillingAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// What PayPal wants to know of a buyer. Personal: Debug shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PaypalBuyer {
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The phone, in national notation.
    pub phone: String,
    /// Two letters: `KR`.
    pub country: String,
    /// When the buyer joined you, ISO 8601.
    pub joined_at: String,
}

impl std::fmt::Debug for PaypalBuyer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How often PayPal charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SubscriptionTerms {
    /// What a period is counted in.
    pub interval: SubscriptionInterval,
    /// How many of them a period lasts: at most 365 days, 52 weeks, 12 months, one year.
    #[serde(default = "once")]
    pub every: u16,
    /// How many payments in all, the first included; 0 has no end.
    #[serde(default)]
    pub cycles: u16,
}

/// What a subscription's period is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionInterval {
    /// Days.
    Day,
    /// Weeks.
    Week,
    /// Months.
    Month,
    /// Years.
    Year,
}

impl PaymentOptions {
    /// The options that an order was registered with. Before money is asked for: [`Self::are_unreadable`].
    pub(crate) fn of(order: &Order) -> Self {
        order
            .extra
            .get(Order::OPTIONS)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Whether an order's options are of a version that knows more than this one. Nothing is begun without what the merchant asked for.
    pub(crate) fn are_unreadable(order: &Order) -> bool {
        let kept = order.extra.get(Order::OPTIONS);
        kept.is_some_and(|text| serde_json::from_str::<Self>(text).is_err())
    }

    /// Keeps them with an order, if there are any.
    pub(crate) fn keep_in(&self, extra: &mut BTreeMap<String, String>) {
        if *self != Self::default() {
            let text = serde_json::to_string(self).unwrap_or_default();
            extra.insert(Order::OPTIONS.to_owned(), text);
        }
    }

    /// Every option that the gateway or the method does not have, and every one that cannot be read. What the gateway's tables say
    /// of the values comes with the check of the request itself.
    pub(crate) fn check(&self, order: &Order, now: Timestamp) -> Vec<FieldFault> {
        let mut faults: Vec<FieldFault> = self
            .not_offered(order)
            .map(|name| FieldFault::option_not_offered(format!("options.{name}")))
            .collect();
        faults.extend(self.unreadable(order.money));
        if let Some(expires) = &self.account_expires {
            faults.extend(expires.check(now));
        }
        faults
    }

    fn not_offered(&self, order: &Order) -> impl Iterator<Item = &'static str> {
        let payple = order.gateway == Gateway::Payple;
        let payletter = order.gateway == Gateway::Payletter;
        let global = order.gateway == Gateway::PayletterGlobal;
        let paypal = global && may_be_paypal(&order.method);
        let paying = order.work != Work::Register;
        let one_time = order.card_flow == Some(CardFlow::OneTime);
        let account = order.method.as_str() == "virtualaccount";
        [
            ("taxFreeAmount", self.tax_free_amount.is_some(), payletter),
            ("taxAmount", self.tax_amount.is_some(), payletter || payple),
            ("taxable", self.taxable.is_some(), payple),
            ("receiptEmail", self.receipt_email.is_some(), payletter),
            ("recurring", self.recurring, !(payple && one_time)),
            (
                "showCashReceipt",
                self.show_cash_receipt,
                payletter || payple,
            ),
            ("keyIn", self.key_in, payletter),
            (
                "accountExpires",
                self.account_expires.is_some(),
                payletter && account,
            ),
            ("cupDeposit", self.cup_deposit.is_some(), payletter),
            ("inApp", self.in_app.is_some(), payletter),
            (
                "serviceName",
                self.service_name.is_some(),
                payletter || global,
            ),
            ("appScheme", self.app_scheme.is_some(), payple),
            ("custom1", self.custom1.is_some(), payple),
            ("custom2", self.custom2.is_some(), payple),
            ("pin", self.pin, global && paying),
            ("billingAddress", self.billing_address.is_some(), global),
            ("paypalBuyer", self.paypal_buyer.is_some(), paypal),
            (
                "subscription",
                self.subscription.is_some(),
                paypal && paying && !self.pin,
            ),
            ("payInfo", self.pay_info.is_some(), global),
            ("cancelToReturnUrl", self.cancel_to_return_url, paypal),
        ]
        .into_iter()
        .filter_map(|(name, asked, offered)| (asked && !offered).then_some(name))
    }

    fn unreadable(&self, total: Option<Money>) -> Vec<FieldFault> {
        let amounts = [
            ("options.taxFreeAmount", &self.tax_free_amount),
            ("options.taxAmount", &self.tax_amount),
            ("options.cupDeposit", &self.cup_deposit),
        ];
        let check = |(field, text): (&'static str, &Option<String>)| match Money::parse(
            text.as_deref()?,
            &Currency::KRW,
        ) {
            Err(error) => Some(FieldFault::of("amount", &error).at(field)),
            Ok(part) if total.is_some_and(|total| part.minor > total.minor) => {
                Some(FieldFault::invalid(
                    field,
                    "결제금액보다 클 수 없습니다",
                    "no more than the amount itself",
                ))
            }
            Ok(_) => None,
        };
        amounts.into_iter().filter_map(check).collect()
    }
}

impl AccountExpiry {
    /// As the gateway writes it: `YYYYMMDD` and `HHMM`.
    pub(crate) fn to_wire(&self) -> (String, Option<String>) {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect();
        (digits(&self.on), self.time.as_deref().map(digits))
    }

    /// What is wrong with it, and whether it is over: an order may be tried again days later.
    pub(crate) fn check(&self, now: Timestamp) -> Option<FieldFault> {
        let (field, on) = ("options.accountExpires.on", day(&self.on));
        let Some(on) = on else {
            return Some(FieldFault::invalid(field, "YYYY-MM-DD", "YYYY-MM-DD"));
        };
        let today = now.kst_date();
        if on < today {
            return Some(FieldFault::invalid(
                field,
                "이미 지난 날입니다",
                "that day is over",
            ));
        }
        let (field, time) = ("options.accountExpires.time", self.time.as_deref()?);
        match Time::strptime("%H:%M", time) {
            Ok(read) if time.len() == 5 => {
                let over = on == today && read <= now.kst_time();
                let fault =
                    || FieldFault::invalid(field, "이미 지난 시각입니다", "that hour is over");
                over.then(fault)
            }
            _ => Some(FieldFault::invalid(field, "HH:MM", "HH:MM")),
        }
    }
}

impl From<SubscriptionInterval> for paypair_protocol::payletter_global::Interval {
    fn from(interval: SubscriptionInterval) -> Self {
        match interval {
            SubscriptionInterval::Day => Self::Day,
            SubscriptionInterval::Week => Self::Week,
            SubscriptionInterval::Month => Self::Month,
            SubscriptionInterval::Year => Self::Year,
        }
    }
}

/// A day as people write it, and no other way.
pub(super) fn day(text: &str) -> Option<Date> {
    let on = (text.len() == 10).then(|| Date::strptime("%Y-%m-%d", text))?;
    on.ok()
}

/// Is it PayPal, or will the buyer choose?
fn may_be_paypal(method: &Method) -> bool {
    let word = method.as_str();
    word.is_empty()
        || codes::PAYPAL
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
}

fn once() -> u16 {
    1
}

fn is_false(flag: &bool) -> bool {
    !flag
}
