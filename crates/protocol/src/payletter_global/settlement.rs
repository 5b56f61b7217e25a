//! The settlement list: what the gateway pays out, and what it keeps.

use crate::{
    CallError, Currency, Error, Fault, Field, Kind, Money, Table,
    proof::Answered,
    session,
    wire::{Fields, Value},
};

/// `POST settlement/detailslist`. A Private API.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettlementList {
    /// `storeid`.
    pub merchant_id: String,
    /// `pgcode`: `PL`.
    pub method_group: Option<String>,
    /// `pgsubcode`: `CreditCard`.
    pub method_kind: Option<String>,
    /// `currencytype`.
    pub currency: SettlementCurrency,
    /// `searchtype`.
    pub by: SettlementBy,
    /// `settlestate`.
    pub state: SettlementState,
    /// `settlesymd`, `YYYYMMDD`.
    pub from: String,
    /// `settleeymd`, `YYYYMMDD`.
    pub to: String,
}

/// 통화 타입.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SettlementCurrency {
    /// 1: in the currency of payment.
    #[default]
    Payment,
    /// 2: in the currency of settlement.
    Settlement,
}

/// 정산 타입.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SettlementBy {
    /// 1: a row for each method.
    #[default]
    Method,
    /// 2: a row for each payment.
    Detail,
}

/// 정산 상태.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum SettlementState {
    /// 1: 정산.
    #[default]
    Settled,
    /// 2: 정산 예정.
    Expected,
    /// 3: 정산 확정.
    Confirmed,
    /// 4: 정산 보류.
    Held,
    /// Something newer.
    Unknown(String),
}

impl SettlementState {
    /// The gateway's number.
    #[must_use]
    pub fn to_wire(&self) -> &str {
        match self {
            Self::Settled => "1",
            Self::Expected => "2",
            Self::Confirmed => "3",
            Self::Held => "4",
            Self::Unknown(text) => text,
        }
    }

    fn from_wire(text: String) -> Self {
        match text.as_str() {
            "1" => Self::Settled,
            "2" => Self::Expected,
            "3" => Self::Confirmed,
            "4" => Self::Held,
            _ => Self::Unknown(text),
        }
    }
}

/// What the list holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlements {
    /// `datalist`.
    pub rows: Vec<Settlement>,
}

/// A row of the list. Figures are in `currency`, which rows that only move a reserve leave empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// `storeid`.
    pub merchant_id: Option<String>,
    /// `settleymd`, `YYYYMMDD`.
    pub settled_on: String,
    /// `pgcode`.
    pub method_group: Option<String>,
    /// `pgsubcode`.
    pub method_kind: Option<String>,
    /// `currency`.
    pub currency: Option<Currency>,
    /// `settlestate`.
    pub state: SettlementState,
    /// `paycnt`.
    pub count: Option<u64>,
    /// `payamt`.
    pub paid: Option<Figure>,
    /// `settleamt`.
    pub settled: Option<Figure>,
    /// `totalfee`.
    pub total_fee: Option<Figure>,
    /// `vat`.
    pub vat: Option<Figure>,
    /// `supplyamt`.
    pub supply: Option<Figure>,
    /// `storefee`.
    pub store_fee: Option<Figure>,
    /// `transactionfee`.
    pub transaction_fee: Option<Figure>,
    /// `chargebackfee`.
    pub chargeback_fee: Option<Figure>,
    /// `refundfee`.
    pub refund_fee: Option<Figure>,
    /// `etcfee`.
    pub other_fee: Option<Figure>,
    /// `note`: the rate of the fee, or a remark.
    pub note: Option<String>,
    /// `notedesc`.
    pub note_detail: Option<String>,
    /// `rollingreserve`: a number in one row of the manual's example, an empty string in the next.
    pub rolling_reserve: Option<Figure>,
    /// `paytoken`; none in rows that are not about one payment.
    pub transaction_id: Option<String>,
}

/// A decimal that may be below zero, as the text that came: there are no floats near it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Figure(String);

impl Figure {
    /// The text that came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In the smallest unit of a currency.
    pub fn minor(&self, currency: &Currency) -> Result<i64, Error> {
        let (negative, digits) = match self.0.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, self.0.as_str()),
        };
        let minor = Money::parse(digits, currency)?.minor;
        let minor = i64::try_from(minor).map_err(|_| Error::AmountTooLarge)?;
        Ok(if negative { -minor } else { minor })
    }
}

impl SettlementList {
    /// "정산 내역 조회", "Request json data".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "storeid", "가맹점 아이디", 20).required(),
            Field::text("method_group", "pgcode", "PG 코드", 20),
            Field::text("method_kind", "pgsubcode", "PG 서브 코드", 20),
            Field::new(
                "currency",
                "currencytype",
                "통화 타입",
                Kind::OneOf(&["1", "2"]),
            )
            .required(),
            Field::new("by", "searchtype", "정산 타입", Kind::OneOf(&["1", "2"])).required(),
            Field::new(
                "state",
                "settlestate",
                "정산 상태",
                Kind::OneOf(&["1", "2", "3", "4"]),
            )
            .required(),
            Field::new("from", "settlesymd", "정산 시작일", Kind::Date).required(),
            Field::new("to", "settleeymd", "정산 종료일", Kind::Date).required(),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let number = |one: bool| if one { 1_u64 } else { 2 };
        let mut fields = Fields::new();
        fields.push("storeid", &self.merchant_id);
        fields.push_some("pgcode", self.method_group.as_ref());
        fields.push_some("pgsubcode", self.method_kind.as_ref());
        let by_payment = self.currency == SettlementCurrency::Payment;
        fields.push("currencytype", number(by_payment));
        fields.push("searchtype", number(self.by == SettlementBy::Method));
        fields.push("settlestate", Value::number(self.state.to_wire()));
        fields.push("settlesymd", &self.from);
        fields.push("settleeymd", &self.to);
        fields
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            merchant_id: fields.needed("storeid", "merchant_id")?,
            method_group: fields.filled("pgcode"),
            method_kind: fields.filled("pgsubcode"),
            currency: match fields.or_empty("currencytype").as_str() {
                "2" => SettlementCurrency::Settlement,
                _ => SettlementCurrency::Payment,
            },
            by: match fields.or_empty("searchtype").as_str() {
                "2" => SettlementBy::Detail,
                _ => SettlementBy::Method,
            },
            state: SettlementState::from_wire(fields.needed("settlestate", "state")?),
            from: fields.needed("settlesymd", "from")?,
            to: fields.needed("settleeymd", "to")?,
        })
    }

    /// Reads the answer. A body without a list is no answer, rather than an empty one.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Settlements>, CallError> {
        let fields = session::open(status, body)?;
        let data = fields.object("data").unwrap_or(&fields);
        let Some(Value::List(items)) = data.get("datalist") else {
            return Err(CallError::unreadable(
                status,
                Error::FieldMissing { field: "rows" },
            ));
        };
        let rows = items.iter().map(Settlement::read).collect::<Result<_, _>>();
        Ok(Answered::new(Settlements {
            rows: rows.map_err(|error| CallError::unreadable(status, error))?,
        }))
    }
}

impl Settlement {
    fn read(item: &Value) -> Result<Self, Error> {
        let Value::Object(row) = item else {
            return Err(Error::BodyMalformed);
        };
        let figure = |name: &str| row.filled(name).map(Figure);
        let currency = row.filled("currency");
        Ok(Self {
            merchant_id: row.filled("storeid"),
            settled_on: row.needed("settleymd", "settled_on")?,
            method_group: row.filled("pgcode"),
            method_kind: row.filled("pgsubcode"),
            currency: currency.and_then(|code| Currency::parse(&code).ok()),
            state: SettlementState::from_wire(row.needed("settlestate", "state")?),
            count: row.filled("paycnt").and_then(|count| count.parse().ok()),
            paid: figure("payamt"),
            settled: figure("settleamt"),
            total_fee: figure("totalfee"),
            vat: figure("vat"),
            supply: figure("supplyamt"),
            store_fee: figure("storefee"),
            transaction_fee: figure("transactionfee"),
            chargeback_fee: figure("chargebackfee"),
            refund_fee: figure("refundfee"),
            other_fee: figure("etcfee"),
            note: row.filled("note"),
            note_detail: row.filled("notedesc"),
            rolling_reserve: figure("rollingreserve"),
            transaction_id: row.filled("paytoken"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_go_below_zero_without_floats() {
        let minor = |text: &str| Figure(text.to_owned()).minor(&Currency::USD);
        assert_eq!(minor("-414.0"), Ok(-41400));
        assert_eq!(minor("73.94"), Ok(7394));
        assert_eq!(minor("0"), Ok(0));
        for text in ["", "-", "--1", "- 1", "1e3", "4.00%"] {
            assert_eq!(minor(text), Err(Error::AmountMalformed), "{text}");
        }
    }
}
