//! What Payple knows: grants, windows, requests, payments, cards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use paypair_protocol::Money;

use super::means::Means;
use crate::core::book::EntryId;
use crate::core::handback::Handback;
use crate::core::wire::Form;

/// The test merchant that everybody has.
pub(crate) const MERCHANT_ID: &str = "test";

pub(crate) const MERCHANT_KEY: &str = "abcd1234567890";

/// What the test merchant's pages give to the vendor's script since 2023. It is public.
pub(crate) const CLIENT_KEY: &str = "test_DF55F29DA654A8CBC0F0A9DD4B556486";

pub(crate) const REFUND_KEY: &str =
    "a41ce010ede9fcbfb3be86b24858806596a9db68b79d138b147c3e563e1829a0";

#[derive(Default)]
pub(crate) struct State {
    pub(super) grants: BTreeMap<String, Grant>,
    pub(super) windows: BTreeMap<String, Window>,
    pub(super) requests: BTreeMap<String, Request>,
    pub(super) payments: Vec<Payment>,
    pub(super) cards: Vec<Registered>,
    pub(super) links: BTreeMap<String, Link>,
}

impl State {
    pub(crate) fn window(&self, id: &str) -> Option<Window> {
        self.windows.get(id).cloned()
    }

    /// The order of a window.
    pub(crate) fn order_in(&self, id: &str) -> Option<String> {
        self.windows.get(id).map(|window| window.order_id.clone())
    }

    pub(super) fn payment_of(&self, transaction_id: &str) -> Option<Payment> {
        let mut payments = self.payments.iter();
        payments
            .find(|payment| payment.transaction_id == transaction_id)
            .cloned()
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
    /// Once a month, from an account.
    TransferMonthly,
    /// At any time, from an account.
    TransferFreely,
    CashReceipt,
    CashReceiptCancel,
    Link,
}

impl Purpose {
    pub(super) fn of(form: &Form) -> Self {
        let flag = |name| form.get(name) == "Y";
        let card = form.get("PCD_PAY_TYPE") == "card";
        match form.get("PCD_PAY_WORK") {
            "PUSERINFO" => Self::PayerLookup,
            "PUSERDEL" => Self::PayerDelete,
            "TSREG" => Self::CashReceipt,
            "TSCANCEL" => Self::CashReceiptCancel,
            "LINKREG" => Self::Link,
            _ if flag("PCD_PAYCANCEL_FLAG") => Self::Refund,
            _ if flag("PCD_PAYCHK_FLAG") => Self::Lookup,
            _ if flag("PCD_SIMPLE_FLAG") && card => Self::ChargeFreely,
            _ if flag("PCD_SIMPLE_FLAG") => Self::TransferFreely,
            _ if flag("PCD_REGULER_FLAG") && card => Self::ChargeMonthly,
            _ if flag("PCD_REGULER_FLAG") => Self::TransferMonthly,
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
            Self::TransferMonthly => "/php/RePayAct.php?ACT_=PAYM",
            Self::TransferFreely => "/php/SimplePayAct.php?ACT_=PAYM",
            Self::CashReceipt => "/php/taxsave/api/tsAct.php?ACT_=TSREG",
            Self::CashReceiptCancel => "/php/taxsave/api/tsAct.php?ACT_=TSCANCEL",
            Self::Link => "/php/link/api/LinkRegAct.php?ACT_=LINKREG",
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

    /// The buyer's bank account is asked for, not a card.
    pub(crate) fn is_transfer(&self) -> bool {
        self.form.get("PCD_PAY_TYPE") == "transfer"
    }

    /// `01`: the buyer types a card that can be charged again; otherwise an app card is chosen.
    pub(crate) fn takes_card_number(&self) -> bool {
        !self.is_transfer() && (self.work() == "AUTH" || self.form.get("PCD_CARD_VER") == "01")
    }

    /// What is paid from here can be charged again: a typed card, and any account.
    pub(super) fn registers(&self) -> bool {
        self.is_transfer() || self.takes_card_number()
    }

    /// Where `PCD_PAY_COFURL` points. The same call at any other confirm path is `AUTH0008`.
    pub(super) fn confirm_path(&self) -> &'static str {
        if self.is_transfer() {
            "/php/PayConfirmAct.php?ACT_=PAYM"
        } else {
            "/php/PayCardConfirmAct.php?ACT_=PAYM"
        }
    }

    /// It was opened by a payment link: no page waits for the result.
    pub(super) fn is_of_link(&self) -> bool {
        !self.form.get(LINK_KEY).is_empty()
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
    pub(super) means: Means,
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
    pub(super) means: Means,
    pub(super) billing_key: String,
    pub(super) total: Money,
    pub(super) transaction_id: String,
    pub(super) approval_no: String,
    pub(super) at: Timestamp,
    pub(super) visible_at: Timestamp,
    /// So far.
    pub(super) refunded: Money,
    /// As much of it as lookups show, until the moment from which they show all.
    pub(super) shows_until: (Money, Timestamp),
    pub(super) entry: EntryId,
    pub(super) cash_receipt: Option<CashReceipt>,
    /// The page of its slip; in life at the card processor's.
    pub(super) receipt_url: String,
}

impl Payment {
    /// What went back, as far as a lookup shows it now.
    pub(super) fn refunded_shown(&self, now: Timestamp) -> Money {
        let (before, until) = self.shows_until;
        if until > now { before } else { self.refunded }
    }
}

/// 현금영수증 of a transfer.
#[derive(Debug, Clone)]
pub(super) struct CashReceipt {
    pub(super) no: String,
    pub(super) amount: Money,
}

/// A payment link.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) form: Form,
    /// `yyyyMMddHH` in Korea; none never ends.
    pub(super) expires_at: Option<String>,
}

/// The link's key, in the window that it opens.
pub(super) const LINK_KEY: &str = "PCD_LINK_KEY";

/// A card or account that can be charged again.
#[derive(Debug, Clone)]
pub(super) struct Registered {
    pub(super) billing_key: String,
    pub(super) customer_id: String,
    pub(super) customer_name: String,
    pub(super) customer_phone: String,
    pub(super) means: Means,
    pub(super) deleted: bool,
    /// The order it was registered with.
    pub(super) order_id: String,
}
