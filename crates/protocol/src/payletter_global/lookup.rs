//! The sales list: what the gateway itself believes was paid and cancelled.

use crate::{
    CallError, Currency, Error, Fault, Field, Kind, Method, Money, Table,
    proof::Answered,
    session,
    wire::{Fields, Value},
};

/// `POST payment/cpdaesalist`. A Private API: without permission it answers 403.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SalesList {
    /// `storeid`.
    pub merchant_id: String,
    /// `pgcode`: `PL`.
    pub method_group: Option<String>,
    /// `pgsubcode`: `CreditCard`.
    pub method_kind: Option<String>,
    /// `currency`.
    pub currency: Option<Currency>,
    /// `datefrom`, `YYYYMMDD`.
    pub from: String,
    /// `dateto`, `YYYYMMDD`.
    pub to: String,
    /// `searchtype`.
    pub search: Search,
}

/// 조회 기준.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Search {
    /// 0.
    #[default]
    All,
    /// 1: payments, by their day.
    Paid,
    /// 2: cancellations, by theirs.
    Cancelled,
    /// 3: cancellations in part, by theirs.
    PartlyCancelled,
}

/// What the list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sales {
    /// `rowcount.total`.
    pub total: Option<u64>,
    /// `rowcount.success`.
    pub succeeded: Option<u64>,
    /// `rowcount.cancel`; the manual's example spells it `cacnel`.
    pub cancelled: Option<u64>,
    /// `datalist`.
    pub rows: Vec<Sale>,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sale {
    /// `paytoken`.
    pub transaction_id: String,
    /// `pginfo`, without its group: `CreditCard` for `PLCreditCard`.
    pub method: Method,
    /// `storeorderno`.
    pub order_id: String,
    /// `payerid`.
    pub customer_id: String,
    /// `amount` in `currency`.
    pub amount: Option<Money>,
    /// `state`.
    pub status: SaleStatus,
    /// `ymd`.
    pub paid_on: Option<String>,
    /// `regdate`.
    pub paid_at: Option<String>,
    /// `cnldate`.
    pub cancelled_at: Option<String>,
    /// `pgtoken`: the provider's number.
    pub provider_id: Option<String>,
}

/// `state` of a row; not the numbers of the domestic gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaleStatus {
    /// 1.
    Paid,
    /// 2.
    Cancelled,
    /// 3.
    PartlyCancelled,
    /// Something newer, or nothing that can be read.
    Unknown(String),
}

impl Search {
    const fn to_wire(self) -> u64 {
        match self {
            Self::All => 0,
            Self::Paid => 1,
            Self::Cancelled => 2,
            Self::PartlyCancelled => 3,
        }
    }
}

impl SalesList {
    /// "결제 내역 조회", "Request json data".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "storeid", "가맹점 아이디", 20).required(),
            Field::text("method_group", "pgcode", "PG 코드", 20),
            Field::text("method_kind", "pgsubcode", "PG 서브 코드", 20),
            Field::new("currency", "currency", "통화 코드", Kind::Currency),
            Field::new("from", "datefrom", "시작일", Kind::Date).required(),
            Field::new("to", "dateto", "종료일", Kind::Date).required(),
            Field::new(
                "search",
                "searchtype",
                "조회 기준",
                Kind::OneOf(&["0", "1", "2", "3"]),
            )
            .required(),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("storeid", &self.merchant_id);
        fields.push_some("pgcode", self.method_group.as_ref());
        fields.push_some("pgsubcode", self.method_kind.as_ref());
        fields.push_some("currency", self.currency.as_ref().map(Currency::as_str));
        fields.push("datefrom", &self.from);
        fields.push("dateto", &self.to);
        fields.push("searchtype", self.search.to_wire());
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        let currency = fields.filled("currency");
        Ok(Self {
            merchant_id: fields.needed("storeid", "merchant_id")?,
            method_group: fields.filled("pgcode"),
            method_kind: fields.filled("pgsubcode"),
            currency: currency.map(|code| Currency::parse(&code)).transpose()?,
            from: fields.needed("datefrom", "from")?,
            to: fields.needed("dateto", "to")?,
            search: match fields.or_empty("searchtype").as_str() {
                "1" => Search::Paid,
                "2" => Search::Cancelled,
                "3" => Search::PartlyCancelled,
                _ => Search::All,
            },
        })
    }

    /// Reads the answer. A body without a list is no answer, rather than an empty day.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Sales>, CallError> {
        let fields = session::open(status, body)?;
        let data = fields.object("data").unwrap_or(&fields);
        let Some(Value::List(items)) = data.get("datalist") else {
            return Err(CallError::unreadable(
                status,
                Error::FieldMissing { field: "rows" },
            ));
        };
        let rows = items.iter().map(Sale::read).collect::<Result<_, _>>();
        let count = |names: &[&str]| data.object("rowcount")?.any(names)?.parse().ok();
        Ok(Answered::new(Sales {
            total: count(&["total"]),
            succeeded: count(&["success"]),
            cancelled: count(&["cancel", "cacnel"]),
            rows: rows.map_err(|error| CallError::unreadable(status, error))?,
        }))
    }
}

impl Sales {
    /// Does it tell of more rows than it has? Then who is not in it may be in what is missing. No document says whether the list has
    /// a limit, nor whether a cancelled sale counts twice: it is taken for the count of the rows, as in the manual's example.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        session::is_cut_short(self.total, self.rows.len())
    }
}

impl Answered<Sales> {
    /// The rows, each with the proof of the list.
    pub fn into_rows(self) -> impl Iterator<Item = Answered<Sale>> {
        self.into_inner().rows.into_iter().map(Answered::new)
    }
}

impl Sale {
    fn read(item: &Value) -> Result<Self, Error> {
        let Value::Object(row) = item else {
            return Err(Error::BodyMalformed);
        };
        // Of a row without its id nothing can be made; it must not hide the other orders of the day.
        let transaction_id = row.or_empty("paytoken");
        let status = match transaction_id.is_empty() {
            true => String::new(),
            false => row.or_empty("state"),
        };
        Ok(Self {
            transaction_id,
            method: Method::from(row.or_empty("pginfo")),
            order_id: row.or_empty("storeorderno"),
            customer_id: row.or_empty("payerid"),
            amount: money(row),
            status: match status.as_str() {
                "1" => SaleStatus::Paid,
                "2" => SaleStatus::Cancelled,
                "3" => SaleStatus::PartlyCancelled,
                _ => SaleStatus::Unknown(status),
            },
            paid_on: row.filled("ymd"),
            paid_at: row.filled("regdate"),
            cancelled_at: row.filled("cnldate"),
            provider_id: row.filled("pgtoken"),
        })
    }
}

/// `amount` in `currency`, if both can be read.
pub(super) fn money(fields: &Fields) -> Option<Money> {
    let currency = Currency::parse(&fields.text("currency")?).ok()?;
    Money::parse(&fields.text("amount")?, &currency).ok()
}
