//! Asking for a payment window.

use super::codes;
use crate::{
    Ban, CallError, Currency, Error, Fault, Field, Kind, Method, Money, Session, Table, When,
    proof::Answered, session, wire::Fields,
};

/// `POST api/payment/request`.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentRequest {
    /// `storeid`.
    pub merchant_id: String,
    /// `amount` and `currency`. None for Razer Gold PIN top-up (`pin`) and for a billing agreement without amount.
    pub amount: Option<Money>,
    /// `storeorderno`.
    pub order_id: String,
    /// `payerid`.
    pub customer_id: String,
    /// `payeremail`.
    #[debug("[redacted]")]
    pub customer_email: String,
    /// `returnurl`.
    pub return_url: String,
    /// `notiurl`; without it the registered one is used.
    pub notify_url: Option<String>,
    /// `servicename`.
    pub service_name: Option<String>,
    /// `pginfo`; without it the gateway shows a choice.
    pub method: Option<Method>,
    /// `payinfo`.
    pub extra: Option<String>,
    /// `pinflag`: zGold-MOLPoints Direct Top Up, the one flow without an expected amount.
    pub pin: bool,
    /// `recurringtype`.
    pub recurring: bool,
    /// `custom`, echoed, covered by no hash.
    pub custom: Option<String>,
    /// `billaddr*`.
    pub billing_address: Option<BillingAddress>,
    /// `paypalisppflag` and the payer it needs.
    pub ispp: Option<Ispp>,
    /// `paypalcnlurlflag`: a cancelled PayPal payment goes to the return URL.
    pub cancel_to_return_url: bool,
    /// PayPal's ways of recurring.
    pub paypal: Option<Paypal>,
}

/// The card's address.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default)]
pub struct BillingAddress {
    /// `billaddrcity`.
    #[debug("[redacted]")]
    pub city: Option<String>,
    /// `billaddrcountry`: ISO 3166-1, three digits (`410`).
    pub country: Option<String>,
    /// `billaddrline1`.
    #[debug("[redacted]")]
    pub line1: Option<String>,
    /// `billaddrpostcode`.
    #[debug("[redacted]")]
    pub postcode: Option<String>,
}

/// What PayPal's fraud checks want to know.
#[derive(derive_more::Debug, Clone, PartialEq, Eq, Default)]
pub struct Ispp {
    /// `payerfirstname`.
    #[debug("[redacted]")]
    pub first_name: String,
    /// `payerlastname`.
    #[debug("[redacted]")]
    pub last_name: String,
    /// `payerphone`.
    #[debug("[redacted]")]
    pub phone: String,
    /// `payercountrycode`: two letters.
    pub country: String,
    /// `payercreatedate`: ISO 8601.
    pub joined_at: String,
}

impl Ispp {
    pub(super) const ROWS: [Field; 6] = [
        Field::flag("ispp", "paypalisppflag", "PayPal ISPP 사용 여부"),
        Field::text("first_name", "payerfirstname", "결제자 이름", 50).when(ISPP),
        Field::text("last_name", "payerlastname", "결제자 성", 50).when(ISPP),
        Field::text("phone", "payerphone", "national notation", 20).when(ISPP),
        Field::text("joined_at", "payercreatedate", "결제자 가입일", 30).when(ISPP),
        Field::text("payer_country", "payercountrycode", "결제자 국가 코드", 2).when(ISPP),
    ];

    pub(super) fn push_to(&self, fields: &mut Fields) {
        fields.push("paypalisppflag", "Y");
        fields.push("payerfirstname", &self.first_name);
        fields.push("payerlastname", &self.last_name);
        fields.push("payerphone", &self.phone);
        fields.push("payercreatedate", &self.joined_at);
        fields.push("payercountrycode", &self.country);
    }

    pub(super) fn read(fields: &Fields) -> Option<Self> {
        fields.is_yes("paypalisppflag").then(|| Self {
            first_name: fields.or_empty("payerfirstname"),
            last_name: fields.or_empty("payerlastname"),
            phone: fields.or_empty("payerphone"),
            country: fields.or_empty("payercountrycode"),
            joined_at: fields.or_empty("payercreatedate"),
        })
    }
}

/// PayPal's ways of recurring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Paypal {
    /// 청구형: the merchant charges with the billing key. Without an amount, nothing is charged now.
    Billing,
    /// 구독형: PayPal charges by itself and notifications arrive.
    Subscription {
        /// `intervaltype`.
        interval: Interval,
        /// `intervalcnt`.
        every: u16,
        /// `totalcycles`; 0 has no end.
        cycles: u16,
    },
}

/// 청구 주기.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// 1.
    Day,
    /// 2.
    Week,
    /// 3.
    Month,
    /// 4.
    Year,
}

impl Interval {
    const fn to_wire(self) -> &'static str {
        match self {
            Self::Day => "1",
            Self::Week => "2",
            Self::Month => "3",
            Self::Year => "4",
        }
    }

    /// The longest stretch of these that the gateway takes: 365 days, 52 weeks, 12 months, one year.
    #[must_use]
    pub const fn longest(self) -> u16 {
        match self {
            Self::Day => 365,
            Self::Week => 52,
            Self::Month => 12,
            Self::Year => 1,
        }
    }

    pub(super) fn from_wire(text: &str) -> Option<Self> {
        [Self::Day, Self::Week, Self::Month, Self::Year]
            .into_iter()
            .find(|interval| interval.to_wire() == text)
    }
}

const FREE: &[&[When]] = &[
    &[When::Is("pinflag", &["Y"])],
    &[When::Is("paypalrecurrflag", &["Y"])],
];
const NEEDS_SERVICE: &[&[When]] = &[
    &[When::Is("pginfo", codes::NEEDS_SERVICE_NAME)],
    &[
        When::Is("pginfo", codes::PAYPAL),
        When::Is("recurringtype", &["Y"]),
    ],
];
const ISPP: &[&[When]] = &[&[When::Is("paypalisppflag", &["Y"])]];
const SUBSCRIBING: &[&[When]] = &[
    &[When::Present("intervaltype")],
    &[When::Present("intervalcnt")],
    &[When::Present("totalcycles")],
];

impl PaymentRequest {
    /// "결제 요청", "Request json data".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "storeid", "가맹점 아이디", 20).required(),
            Field::new("currency", "currency", "통화 코드", Kind::Currency).unless(FREE),
            Field::text("order_id", "storeorderno", "가맹점 주문 번호", 128).required(),
            Field::new("amount", "amount", "결제 금액", Kind::AmountIn("currency")).unless(FREE),
            Field::text("customer_id", "payerid", "결제자(회원) 아이디", 50)
                .ban(Ban::NonAscii)
                .required(),
            Field::new(
                "customer_email",
                "payeremail",
                "결제자(회원) 이메일",
                Kind::Email(50),
            )
            .required(),
            Field::new(
                "return_url",
                "returnurl",
                "결제 완료 후 연결할 URL",
                Kind::Url(256),
            )
            .required(),
            Field::new("notify_url", "notiurl", "Notification URL", Kind::Url(256)),
            Field::text("service_name", "servicename", "가맹점 서비스명", 100).when(NEEDS_SERVICE),
            // A billing agreement without amount exists for Direct Pay only.
            Field::text("method", "pginfo", "결제 요청 PG 정보", 40)
                .when(&[&[When::Is("paypalrecurrflag", &["Y"]), When::Absent("amount")]]),
            Field::text("extra", "payinfo", "추가 결제정보", 200),
            Field::flag("pin", "pinflag", "zGold-MOLPoints Direct Top Up"),
            Field::flag("recurring", "recurringtype", "자동 결제 신청 여부").when(&[
                &[When::Is("paypalrecurrflag", &["Y"])],
                &[When::Present("intervaltype")],
            ]),
            Field::text("custom", "custom", "가맹점이 전송하는 임의의 값", 2000).ban(Ban::Quotes),
            Field::text("city", "billaddrcity", "카드 청구지 도시", 64),
            Field::new(
                "country",
                "billaddrcountry",
                "카드 청구지 국가",
                Kind::Digits(3, 3),
            ),
            Field::text("line1", "billaddrline1", "카드 청구지 주소", 50),
            Field::text("postcode", "billaddrpostcode", "카드 청구지 우편 번호", 16),
            Ispp::ROWS[0],
            Ispp::ROWS[1],
            Ispp::ROWS[2],
            Ispp::ROWS[3],
            Ispp::ROWS[4],
            Ispp::ROWS[5],
            Field::flag(
                "cancel_to_return_url",
                "paypalcnlurlflag",
                "결제 취소 페이지 returnurl 사용 여부",
            ),
            Field::new(
                "interval",
                "intervaltype",
                "청구 주기",
                Kind::OneOf(&["1", "2", "3", "4"]),
            )
            .when(SUBSCRIBING),
            Field::new("every", "intervalcnt", "청구 간격", Kind::Digits(1, 3)).when(SUBSCRIBING),
            Field::new("cycles", "totalcycles", "청구 횟수", Kind::Digits(1, 3)).when(SUBSCRIBING),
            Field::flag(
                "billing",
                "paypalrecurrflag",
                "PayPal 자동결제(청구형) 사용 여부",
            ),
        ],
    };

    /// Does this ask for a billing agreement and nothing else? Its notification has its own hash form.
    #[must_use]
    pub const fn is_token_only(&self) -> bool {
        matches!((&self.paypal, self.amount), (Some(Paypal::Billing), None))
    }

    /// What is sent, in the manual's order.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let yes = |flag: bool| flag.then_some("Y");
        let mut fields = Fields::new();
        fields.push("storeid", &self.merchant_id);
        fields.push_some(
            "currency",
            self.amount.as_ref().map(|amount| amount.currency.as_str()),
        );
        fields.push("storeorderno", &self.order_id);
        fields.push_some("amount", self.amount);
        fields.push("payerid", &self.customer_id);
        fields.push("payeremail", &self.customer_email);
        fields.push("returnurl", &self.return_url);
        fields.push_some("notiurl", self.notify_url.as_ref());
        fields.push_some("servicename", self.service_name.as_ref());
        fields.push_some("pginfo", self.method.as_ref());
        fields.push_some("payinfo", self.extra.as_ref());
        fields.push_some("pinflag", yes(self.pin));
        fields.push_some("recurringtype", yes(self.recurring));
        fields.push_some("custom", self.custom.as_ref());
        if let Some(address) = &self.billing_address {
            fields.push_some("billaddrcity", address.city.as_ref());
            fields.push_some("billaddrcountry", address.country.as_ref());
            fields.push_some("billaddrline1", address.line1.as_ref());
            fields.push_some("billaddrpostcode", address.postcode.as_ref());
        }
        if let Some(ispp) = &self.ispp {
            ispp.push_to(&mut fields);
        }
        fields.push_some("paypalcnlurlflag", yes(self.cancel_to_return_url));
        match &self.paypal {
            Some(Paypal::Subscription {
                interval,
                every,
                cycles,
            }) => {
                fields.push("intervaltype", interval.to_wire());
                fields.push("intervalcnt", every.to_string());
                fields.push("totalcycles", cycles.to_string());
            }
            Some(Paypal::Billing) => fields.push("paypalrecurrflag", "Y"),
            None => {}
        }
        fields
    }

    /// Every row that is not kept, and the rules between rows: PayPal's ways of recurring are PayPal's, their
    /// intervals have limits, and not every method gives billing keys.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        let mut faults = self.fields().check(&Self::TABLE);
        let mut refuse = |field, wire, error| faults.push(Fault { field, wire, error });
        let not_for_method = |field| Error::FieldNotForMethod { field };
        let row = self.method.as_ref().and_then(codes::method);
        if self.recurring && row.is_some_and(|row| !row.recurring) {
            refuse("recurring", "recurringtype", not_for_method("recurring"));
        }
        let elsewhere = row.is_some_and(|row| !codes::among(codes::PAYPAL, row.code));
        match self.paypal {
            Some(Paypal::Billing) if elsewhere => {
                refuse("billing", "paypalrecurrflag", not_for_method("billing"));
            }
            Some(Paypal::Subscription { .. }) if elsewhere => {
                refuse("interval", "intervaltype", not_for_method("interval"));
            }
            _ => {}
        }
        if let Some(Paypal::Subscription {
            interval,
            every,
            cycles,
        }) = self.paypal
        {
            let range = |field, min, max| Error::FieldOutOfRange { field, min, max };
            if !(1..=interval.longest()).contains(&every) {
                refuse(
                    "every",
                    "intervalcnt",
                    range("every", 1, interval.longest()),
                );
            }
            // 0 has no end.
            if cycles == 1 || cycles > 999 {
                refuse("cycles", "totalcycles", range("cycles", 2, 999));
            }
        }
        faults
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let number = |name: &str| {
            fields
                .filled(name)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0)
        };
        let subscription = fields
            .filled("intervaltype")
            .and_then(|text| Interval::from_wire(&text));
        let address = BillingAddress {
            city: fields.filled("billaddrcity"),
            country: fields.filled("billaddrcountry"),
            line1: fields.filled("billaddrline1"),
            postcode: fields.filled("billaddrpostcode"),
        };
        Ok(Self {
            merchant_id: fields.needed("storeid", "merchant_id")?,
            amount: match fields.filled("amount") {
                Some(amount) => {
                    let currency = Currency::parse(&fields.needed("currency", "currency")?)?;
                    Some(Money::parse(&amount, &currency)?)
                }
                None => None,
            },
            order_id: fields.needed("storeorderno", "order_id")?,
            customer_id: fields.needed("payerid", "customer_id")?,
            customer_email: fields.or_empty("payeremail"),
            return_url: fields.needed("returnurl", "return_url")?,
            notify_url: fields.filled("notiurl"),
            service_name: fields.filled("servicename"),
            method: fields.filled("pginfo").map(Method::from),
            extra: fields.filled("payinfo"),
            pin: fields.is_yes("pinflag"),
            recurring: fields.is_yes("recurringtype"),
            custom: fields.filled("custom"),
            billing_address: (address != BillingAddress::default()).then_some(address),
            ispp: Ispp::read(fields),
            cancel_to_return_url: fields.is_yes("paypalcnlurlflag"),
            paypal: match subscription {
                Some(interval) => Some(Paypal::Subscription {
                    interval,
                    every: number("intervalcnt"),
                    cycles: number("totalcycles"),
                }),
                None => fields.is_yes("paypalrecurrflag").then_some(Paypal::Billing),
            },
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
