//! Asking for a payment window.

use super::codes;
use crate::{
    Ban, CallError, Currency, Error, Fault, Field, Kind, Method, Money, Session, Table, When,
    proof::Answered, session, wire::Fields,
};

/// `POST v1.0/payments/request`.
///
/// With `recurring` and an amount of 0 it only registers a card ("Verification only"): there is no callback then, and
/// the return has its own hash form.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentRequest {
    /// `pgcode`.
    pub method: Method,
    /// `client_id`. Naver Pay has one of its own, with its own key.
    pub merchant_id: String,
    /// `service_name`.
    pub service_name: Option<String>,
    /// `user_id`.
    pub customer_id: String,
    /// `user_name`.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// `order_no`. The gateway takes the same one twice without complaint.
    pub order_id: String,
    /// `amount`.
    pub amount: Money,
    /// `taxfree_amount`.
    pub tax_free_amount: Option<Money>,
    /// `tax_amount`; computed by the gateway when absent.
    pub tax_amount: Option<Money>,
    /// `product_name`.
    pub product_name: String,
    /// `email_flag` and `email_addr`: where to mail the details.
    #[debug("[redacted]")]
    pub receipt_email: Option<String>,
    /// `autopay_flag`.
    pub recurring: bool,
    /// `receipt_flag`: show the page for cash receipts.
    pub show_cash_receipt: bool,
    /// `keyin_flag`: card payment by hand, by contract.
    pub key_in: bool,
    /// `custom_parameter`, echoed in the return and the callback, covered by no hash.
    pub custom: Option<String>,
    /// `return_url`.
    pub return_url: String,
    /// `callback_url`.
    pub notify_url: String,
    /// `cancel_url`. Called by a bare GET without any field.
    pub cancel_url: Option<String>,
    /// `inapp_flag` and its URLs.
    pub in_app: Option<InApp>,
    /// `expire_date` and `expire_time` of a virtual account.
    pub expires: Option<Expiry>,
    /// `disposable_cup_deposit`.
    pub cup_deposit: Option<Money>,
}

/// A payment in a merchant's app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InApp {
    /// `app_return_url`: a prefix such as `myapp://ISPSuccess`.
    pub return_url: Option<String>,
    /// `app_cancel_url`.
    pub cancel_url: Option<String>,
}

/// Until when a virtual account takes the deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiry {
    /// `YYYYMMDD`.
    pub on: String,
    /// `HHMM`.
    pub time: Option<String>,
}

const NEEDS_SERVICE: &[&[When]] = &[&[When::Is("pgcode", &["ssgpay", "samsungpay"])]];

impl PaymentRequest {
    /// "Payment Request", "Request Parameters".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("method", "pgcode", "Payment method Code", 20).required(),
            Field::text("merchant_id", "client_id", "Client ID", 10).required(),
            Field::text("service_name", "service_name", "Name of Service", 20).when(NEEDS_SERVICE),
            Field::text("customer_id", "user_id", "Paid User(Member) ID", 50)
                .ban(Ban::NonAscii)
                .required(),
            Field::text("customer_name", "user_name", "Name of User", 20),
            Field::text("order_id", "order_no", "Order Number", 40),
            Field::new("amount", "amount", "Payment Amount", Kind::Won(0)).required(),
            Field::new(
                "tax_free_amount",
                "taxfree_amount",
                "tax-free",
                Kind::Won(0),
            ),
            Field::new("tax_amount", "tax_amount", "VAT", Kind::Won(0)),
            Field::text("product_name", "product_name", "Name of Product", 100)
                .ban(Ban::Markup)
                .required(),
            Field::flag(
                "receipt_email",
                "email_flag",
                "Receive e-mail for payment details",
            ),
            Field::new(
                "receipt_email",
                "email_addr",
                "Receiving e-mail address",
                Kind::Email(100),
            )
            .when(&[&[When::Is("email_flag", &["Y"])]]),
            Field::flag("recurring", "autopay_flag", "Automatic payment or not"),
            Field::flag(
                "show_cash_receipt",
                "receipt_flag",
                "Show a page for inputting invoice",
            ),
            Field::flag("key_in", "keyin_flag", "Credit Card Payment by hand"),
            Field::text(
                "custom",
                "custom_parameter",
                "Random value transmitted by client",
                1024,
            ),
            Field::new(
                "return_url",
                "return_url",
                "Linked webpage URL",
                Kind::Url(256),
            )
            .required(),
            Field::new("notify_url", "callback_url", "Callback URL", Kind::Url(256)).required(),
            Field::new(
                "cancel_url",
                "cancel_url",
                "URL after a cancellation",
                Kind::Url(256),
            ),
            Field::flag("in_app", "inapp_flag", "In-app or not"),
            Field::text(
                "app_return_url",
                "app_return_url",
                "URL in case of payment from In-app",
                256,
            ),
            Field::text(
                "app_cancel_url",
                "app_cancel_url",
                "URL after cancellation from In-app",
                256,
            ),
            Field::new(
                "expires_on",
                "expire_date",
                "Expiry date for virtual account",
                Kind::Date,
            )
            .when(&[&[When::Present("expire_time")]]),
            Field::new(
                "expires_time",
                "expire_time",
                "Expiry time for virtual account",
                Kind::Time,
            ),
            Field::new(
                "cup_deposit",
                "disposable_cup_deposit",
                "Disposable cup deposit",
                Kind::Won(0),
            ),
        ],
    };

    /// Does this only register a card?
    #[must_use]
    pub const fn is_registration(&self) -> bool {
        self.recurring && self.amount.is_zero()
    }

    /// What is sent, in the manual's order.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let yes = |flag: bool| flag.then_some("Y");
        let mut fields = Fields::new();
        fields.push("pgcode", &self.method);
        fields.push("client_id", &self.merchant_id);
        fields.push_some("service_name", self.service_name.as_ref());
        fields.push("user_id", &self.customer_id);
        fields.push_some("user_name", self.customer_name.as_ref());
        fields.push("order_no", &self.order_id);
        fields.push("amount", self.amount);
        fields.push_some("taxfree_amount", self.tax_free_amount);
        fields.push_some("tax_amount", self.tax_amount);
        fields.push("product_name", &self.product_name);
        fields.push(
            "email_flag",
            if self.receipt_email.is_some() {
                "Y"
            } else {
                "N"
            },
        );
        fields.push_some("email_addr", self.receipt_email.as_ref());
        fields.push("autopay_flag", if self.recurring { "Y" } else { "N" });
        fields.push_some("receipt_flag", yes(self.show_cash_receipt));
        fields.push_some("keyin_flag", yes(self.key_in));
        fields.push_some("custom_parameter", self.custom.as_ref());
        fields.push("return_url", &self.return_url);
        fields.push("callback_url", &self.notify_url);
        fields.push_some("cancel_url", self.cancel_url.as_ref());
        if let Some(in_app) = &self.in_app {
            fields.push("inapp_flag", "Y");
            fields.push_some("app_return_url", in_app.return_url.as_ref());
            fields.push_some("app_cancel_url", in_app.cancel_url.as_ref());
        }
        if let Some(expires) = &self.expires {
            fields.push("expire_date", &expires.on);
            fields.push_some("expire_time", expires.time.as_ref());
        }
        fields.push_some("disposable_cup_deposit", self.cup_deposit);
        fields
    }

    /// Every row that is not kept, and every rule of the method: its least amount, and whether it gives billing keys,
    /// takes cards by hand or deposits for cups. Only a registration costs nothing.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = self.fields().check(&Self::TABLE);
        let row = codes::method(&self.method);
        if !self.is_registration() {
            faults.extend(too_small(&self.method, self.amount));
        }
        let rules = [
            (
                "recurring",
                "autopay_flag",
                self.recurring && row.is_some_and(|row| !row.recurring),
            ),
            (
                "key_in",
                "keyin_flag",
                self.key_in && row.is_some_and(|row| row.code != "creditcard"),
            ),
            (
                "cup_deposit",
                "disposable_cup_deposit",
                has_some(self.cup_deposit) && row.is_some_and(|row| !row.cup_deposit),
            ),
        ];
        faults.extend(broken(&rules));
        faults
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let in_app = || InApp {
            return_url: fields.filled("app_return_url"),
            cancel_url: fields.filled("app_cancel_url"),
        };
        Ok(Self {
            method: Method::from(fields.needed("pgcode", "method")?),
            merchant_id: fields.needed("client_id", "merchant_id")?,
            service_name: fields.filled("service_name"),
            customer_id: fields.needed("user_id", "customer_id")?,
            customer_name: fields.filled("user_name"),
            order_id: fields.or_empty("order_no"),
            amount: Money::parse(&fields.needed("amount", "amount")?, &Currency::KRW)?,
            tax_free_amount: fields.won("taxfree_amount"),
            tax_amount: fields.won("tax_amount"),
            product_name: fields.needed("product_name", "product_name")?,
            receipt_email: fields
                .is_yes("email_flag")
                .then(|| fields.or_empty("email_addr")),
            recurring: fields.is_yes("autopay_flag"),
            show_cash_receipt: fields.is_yes("receipt_flag"),
            key_in: fields.is_yes("keyin_flag"),
            custom: fields.filled("custom_parameter"),
            return_url: fields.needed("return_url", "return_url")?,
            notify_url: fields.or_empty("callback_url"),
            cancel_url: fields.filled("cancel_url"),
            in_app: fields.is_yes("inapp_flag").then(in_app),
            expires: fields.filled("expire_date").map(|on| Expiry {
                on,
                time: fields.filled("expire_time"),
            }),
            cup_deposit: fields.won("disposable_cup_deposit"),
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Session>, CallError> {
        let fields = session::open(status, body)?;
        let session =
            Session::from_fields(&fields).map_err(|error| CallError::unreadable(status, error))?;
        Ok(Answered::new(session))
    }
}

/// The method's least amount, if this is less.
pub(super) fn too_small(method: &Method, amount: Money) -> Option<Fault> {
    let min = codes::method(method).map_or(1, |row| row.min);
    (amount.minor < min).then_some(Fault {
        field: "amount",
        wire: "amount",
        error: Error::AmountTooSmall { min },
    })
}

pub(super) fn has_some(amount: Option<Money>) -> bool {
    amount.is_some_and(|amount| !amount.is_zero())
}

/// The rules that are broken, as faults of the field that breaks them.
pub(super) fn broken(rules: &[(&'static str, &'static str, bool)]) -> Vec<Fault> {
    rules
        .iter()
        .filter(|(_, _, broken)| *broken)
        .map(|&(field, wire, _)| Fault {
            field,
            wire,
            error: Error::FieldNotForMethod { field },
        })
        .collect()
}
