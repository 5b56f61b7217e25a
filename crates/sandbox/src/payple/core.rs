//! What Payple knows: grants, windows, requests, payments, cards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::Money;

use crate::core::book::EntryId;
use crate::core::clock::korean;
use crate::core::handback::Handback;
use crate::core::wire::Form;

/// The test merchant that everybody has.
pub(crate) const MERCHANT_ID: &str = "test";

pub(crate) const MERCHANT_KEY: &str = "abcd1234567890";

pub(crate) const REFUND_KEY: &str =
    "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0";

/// Where `PCD_PAY_COFURL` points. The same call at any other confirm path is `AUTH0008`.
pub(crate) const CONFIRM_PATH: &str = "/php/PayCardConfirmAct.php?ACT_=PAYM";

#[derive(Default)]
pub(crate) struct State {
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) windows: BTreeMap<String, Window>,
    pub(super) requests: BTreeMap<String, Request>,
    pub(super) payments: Vec<Payment>,
    pub(super) cards: Vec<Registered>,
}

impl State {
    pub(crate) fn window(&self, id: &str) -> Option<Window> {
        self.windows.get(id).cloned()
    }
}

/// What an AuthKey opens.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) purpose: Purpose,
    pub(super) merchant_token: String,
    pub(super) merchant_key_token: String,
    /// Where the window will post its result: the origin of auth.php's `Referer`.
    pub(super) origin: Option<String>,
    pub(super) at: Timestamp,
    pub(super) spent: bool,
}

/// What an AuthKey was asked for; it opens nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Pay,
    Lookup,
    PayerLookup,
    PayerDelete,
    Refund,
    /// Once a month.
    ChargeMonthly,
    /// At any time.
    ChargeFreely,
    /// Named by the documents, not simulated: the right path is answered, and nothing stands behind it.
    Other(&'static str),
}

impl Purpose {
    pub(super) fn of(form: &Form) -> Self {
        let flag = |name| form.get(name) == "Y";
        let card = form.get("PCD_PAY_TYPE") == "card";
        match form.get("PCD_PAY_WORK") {
            "PUSERINFO" => Self::PayerLookup,
            "PUSERDEL" => Self::PayerDelete,
            "TSREG" => Self::Other("/php/taxsave/api/tsAct.php?ACT_=TSREG"),
            "TSCANCEL" => Self::Other("/php/taxsave/api/tsAct.php?ACT_=TSCANCEL"),
            "LINKREG" => Self::Other("/php/link/api/LinkRegAct.php?ACT_=LINKREG"),
            _ if flag("PCD_PAYCANCEL_FLAG") => Self::Refund,
            _ if flag("PCD_PAYCHK_FLAG") => Self::Lookup,
            _ if flag("PCD_SIMPLE_FLAG") && card => Self::ChargeFreely,
            _ if flag("PCD_SIMPLE_FLAG") => Self::Other("/php/SimplePayAct.php?ACT_=PAYM"),
            _ if flag("PCD_REGULER_FLAG") && card => Self::ChargeMonthly,
            _ if flag("PCD_REGULER_FLAG") => Self::Other("/php/RePayAct.php?ACT_=PAYM"),
            _ => Self::Pay,
        }
    }

    pub(super) const fn path(self) -> &'static str {
        match self {
            // CPAYVER is not in the documents; every recorded window path has it.
            Self::Pay => "/index.php?ACT_=PAYM&CPAYVER=202512102248",
            Self::Lookup => "/php/PayChkAct.php",
            Self::PayerLookup => "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERINFO",
            Self::PayerDelete => "/php/cPayUser/api/cPayUserAct.php?ACT_=PUSERDEL",
            Self::Refund => "/php/account/api/cPayCAct.php",
            Self::ChargeMonthly => "/php/RePayCardAct.php?ACT_=PAYM",
            Self::ChargeFreely => "/php/SimplePayCardAct.php?ACT_=PAYM",
            Self::Other(path) => path,
        }
    }
}

/// One opened payment window.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) id: String,
    pub(crate) order_id: String,
    pub(crate) form: Form,
    /// What the page posted. Nothing vouches for it.
    pub(crate) total: Money,
    pub(crate) origin: Option<String>,
    /// This gateway, as results call it.
    pub(super) host: String,
    pub(super) auth_key: String,
    pub(super) authorised_at: Timestamp,
    pub(super) done: bool,
}

impl Payment {
    /// `YYYYMM` of a monthly charge that has not been given back.
    pub(super) fn charged_month(&self) -> Option<(&str, &str)> {
        let month = (
            self.form.get("PCD_PAY_YEAR"),
            self.form.get("PCD_PAY_MONTH"),
        );
        let counts = self.form.get("PCD_REGULER_FLAG") == "Y" && self.refunded != self.total;
        counts.then_some(month)
    }
}

impl Window {
    pub(super) fn order(&self) -> Order<'_> {
        Order {
            id: &self.order_id,
            form: &self.form,
            total: self.total,
        }
    }

    pub(crate) fn work(&self) -> &str {
        self.form.get("PCD_PAY_WORK")
    }

    /// `01`: the buyer types a card that can be charged again; otherwise an app card is chosen.
    pub(crate) fn takes_card_number(&self) -> bool {
        self.work() == "AUTH" || self.form.get("PCD_CARD_VER") == "01"
    }

    /// An absolute `PCD_RST_URL` takes the whole page there; a relative one is the script's business.
    pub(super) fn result_url(&self) -> Option<&str> {
        Some(self.form.get("PCD_RST_URL"))
            .filter(|url| url.contains("http://") || url.contains("https://"))
    }
}

/// Said inside the window; the merchant's page hears nothing of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) code: String,
    pub(crate) text: String,
    /// What `close` does, when the gateway knows enough to do anything.
    pub(crate) close: Option<Handback>,
}

/// A CERT payment that waits for its confirm.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) window: Window,
    pub(super) card: Card,
    pub(super) billing_key: String,
    pub(super) at: Timestamp,
    pub(super) used: bool,
    pub(super) entry: Option<EntryId>,
}

/// What is paid for, in a window or by a charge.
#[derive(Debug, Clone)]
pub(super) struct Order<'o> {
    pub(super) id: &'o str,
    /// What was posted.
    pub(super) form: &'o Form,
    pub(super) total: Money,
}

/// Captured money.
#[derive(Debug, Clone)]
pub(super) struct Payment {
    pub(super) order_id: String,
    pub(super) form: Form,
    pub(super) card: Card,
    pub(super) billing_key: String,
    pub(super) total: Money,
    pub(super) transaction_id: String,
    pub(super) approval_no: String,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    /// So far.
    pub(super) refunded: Money,
    pub(super) entry: EntryId,
}

/// A card that can be charged again.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) billing_key: String,
    pub(super) customer_id: String,
    pub(super) customer_name: String,
    pub(super) customer_phone: String,
    pub(super) card: Card,
    pub(super) deleted: bool,
    /// The order it was registered with.
    pub(super) order_id: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Card {
    pub(crate) name: String,
    pub(crate) number: String,
}

impl Card {
    /// From what the buyer typed; `None` if that is no card.
    pub(super) fn typed(form: &Form, now: Timestamp) -> Option<Self> {
        let digits: String = form
            .get("card_number")
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        let month: i8 = form.get("card_month").parse().ok()?;
        let year: u8 = form.get("card_year").parse().ok()?;
        let today = korean(now);
        let expired = (2000 + i16::from(year), month) < (today.year(), today.month());
        let valid = (14..=16).contains(&digits.len()) && (1..=12).contains(&month) && !expired;
        valid.then(|| Self {
            name: issuer(&digits).to_owned(),
            number: format!("{}-****-****-{}", &digits[..4], &digits[digits.len() - 4..]),
        })
    }

    pub(super) fn of_app(form: &Form) -> Self {
        let name = Some(form.get("card_company"))
            .filter(|name| !name.is_empty())
            .unwrap_or("신한카드");
        Self {
            name: name.to_owned(),
            number: "4890-****-****-1004".into(),
        }
    }
}

fn issuer(digits: &str) -> &'static str {
    match digits.as_bytes().first() {
        Some(b'3') => "현대카드",
        Some(b'4') => "신한카드",
        Some(b'5') => "KB국민카드",
        Some(b'9') => "BC카드",
        _ => "삼성카드",
    }
}
