//! What became of a payment: its status, and the transaction list.

use crate::{
    CallError, Error, Fault, Field, Kind, Method, Money, Table,
    proof::Answered,
    session,
    wire::{Fields, Value},
};

/// `POST v1.0/payments/status`. Not in the manual, but in use; its answer has no amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// `client_id`.
    pub merchant_id: String,
    /// `order_no`.
    pub order_id: String,
}

/// How far a payment came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusAnswer {
    /// `order_no`.
    pub order_id: String,
    /// `token`.
    pub session_token: Option<String>,
    /// `tid`.
    pub transaction_id: Option<String>,
    /// `status_code`.
    pub status: PaymentStatus,
}

/// `status_code` of a status answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentStatus {
    /// 1: the window was asked for.
    Created,
    /// 2: the buyer came to it.
    Entered,
    /// 3: the buyer authenticated.
    Authenticated,
    /// 4: it failed.
    Failed,
    /// 5: it is paid.
    Completed,
    /// Something newer.
    Unknown(String),
}

impl Status {
    /// What the call takes.
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "client_id", "Client ID", 10).required(),
            Field::text("order_id", "order_no", "Order Number", 40).required(),
        ],
    };

    /// What is sent.
    #[must_use]
    pub fn fields(&self) -> Fields {
        Fields::from([
            ("client_id", &self.merchant_id),
            ("order_no", &self.order_id),
        ])
    }

    /// Every row that is not kept.
    #[must_use]
    pub fn check(&self) -> Vec<Fault> {
        self.fields().check(&Self::TABLE)
    }

    /// Reads what a merchant sent.
    pub fn from_fields(fields: &Fields) -> Result<Self, Error> {
        Ok(Self {
            merchant_id: fields.needed("client_id", "merchant_id")?,
            order_id: fields.needed("order_no", "order_id")?,
        })
    }

    /// Reads the answer.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<StatusAnswer>, CallError> {
        let fields = session::open(status, body)?;
        let unreadable = |error| CallError::unreadable(status, error);
        let status_code = fields.needed("status_code", "status").map_err(unreadable)?;
        Ok(Answered::new(StatusAnswer {
            order_id: fields.needed("order_no", "order_id").map_err(unreadable)?,
            session_token: fields.filled("token"),
            transaction_id: fields.filled("tid"),
            status: match status_code.as_str() {
                "1" => PaymentStatus::Created,
                "2" => PaymentStatus::Entered,
                "3" => PaymentStatus::Authenticated,
                "4" => PaymentStatus::Failed,
                "5" => PaymentStatus::Completed,
                _ => PaymentStatus::Unknown(status_code),
            },
        }))
    }
}

/// `GET v1.0/payments/transaction/list`: the payments of one day in Korea.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionList {
    /// `client_id`.
    pub merchant_id: String,
    /// `date`, `YYYYMMDD`.
    pub on: String,
    /// `date_type`.
    pub by: DateType,
    /// `pgcode`.
    pub method: Option<Method>,
    /// `order_no`; not in the manual, but taken.
    pub order_id: Option<String>,
}

/// Which day counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateType {
    /// `transaction`: the day of payment; a cancelled payment is one cancelled row there.
    Transaction,
    /// `settle`: payments by their day and cancellations by theirs. The only way to see today's cancellation of an
    /// older payment.
    Settle,
}

impl DateType {
    /// The gateway's word.
    #[must_use]
    pub const fn to_wire(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Settle => "settle",
        }
    }
}

/// The rows of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transactions {
    /// `total_count`, as the gateway counts.
    pub total: Option<u64>,
    /// `list`.
    pub rows: Vec<Transaction>,
}

/// A row of the list.
#[derive(derive_more::Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// `pgcode`.
    pub method: Method,
    /// `user_id`.
    pub customer_id: String,
    /// `user_name`.
    #[debug("[redacted]")]
    pub customer_name: Option<String>,
    /// `tid`.
    pub transaction_id: String,
    /// `cid`.
    pub approval_no: Option<String>,
    /// `order_no`.
    pub order_id: String,
    /// `amount`; of a cancellation, the cancelled amount.
    pub amount: Option<Money>,
    /// `taxfree_amount`; newer than the manual.
    pub tax_free_amount: Option<Money>,
    /// `tax_amount`; newer than the manual.
    pub tax_amount: Option<Money>,
    /// `product_name`.
    pub product_name: Option<String>,
    /// `status_code`.
    pub status: TransactionStatus,
    /// `transaction_date`, KST.
    pub paid_at: Option<String>,
    /// `cancel_date`, KST.
    pub cancelled_at: Option<String>,
}

/// `status_code` of a row; not the numbers of the global gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionStatus {
    /// 0.
    Approved,
    /// 1.
    Cancelled,
    /// 2.
    PartlyCancelled,
    /// Something newer, or nothing that can be read.
    Unknown(String),
}

impl TransactionList {
    /// "Search Payment History".
    pub const TABLE: Table = Table {
        fields: &[
            Field::text("merchant_id", "client_id", "Client ID", 10).required(),
            Field::new("on", "date", "Searching Date", Kind::Date).required(),
            Field::new(
                "by",
                "date_type",
                "Transaction or settle date",
                Kind::OneOf(&["transaction", "settle"]),
            )
            .required(),
            Field::text("method", "pgcode", "Payment Method Code", 20),
            Field::text("order_id", "order_no", "Order Number", 40),
        ],
    };

    /// What is sent, as the query.
    #[must_use]
    pub fn fields(&self) -> Fields {
        let mut fields = Fields::new();
        fields.push("client_id", &self.merchant_id);
        fields.push("date", &self.on);
        fields.push("date_type", self.by.to_wire());
        fields.push_some("pgcode", self.method.as_ref());
        fields.push_some("order_no", self.order_id.as_ref());
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
            merchant_id: fields.needed("client_id", "merchant_id")?,
            on: fields.needed("date", "on")?,
            by: if fields.text("date_type").as_deref() == Some("settle") {
                DateType::Settle
            } else {
                DateType::Transaction
            },
            method: fields.filled("pgcode").map(Method::from),
            order_id: fields.filled("order_no"),
        })
    }

    /// Reads the answer. A body without a list is no answer, rather than an empty day.
    pub fn read(&self, status: u16, body: &[u8]) -> Result<Answered<Transactions>, CallError> {
        let fields = session::open(status, body)?;
        let Some(Value::List(items)) = fields.get("list") else {
            return Err(CallError::unreadable(
                status,
                Error::FieldMissing { field: "rows" },
            ));
        };
        let rows = items
            .iter()
            .map(Transaction::read)
            .collect::<Result<_, _>>();
        Ok(Answered::new(Transactions {
            total: fields
                .filled("total_count")
                .and_then(|count| count.parse().ok()),
            rows: rows.map_err(|error| CallError::unreadable(status, error))?,
        }))
    }
}

impl Transactions {
    /// Does it tell of more rows than it has? Then who is not in it may be in what is missing. No document says whether a list has
    /// a limit; the manual's own `total_count` counts the rows, a cancelled payment once.
    #[must_use]
    pub fn is_cut_short(&self) -> bool {
        session::is_cut_short(self.total, self.rows.len())
    }
}

impl Answered<Transactions> {
    /// The rows, each with the proof of the list.
    pub fn into_rows(self) -> impl Iterator<Item = Answered<Transaction>> {
        self.into_inner().rows.into_iter().map(Answered::new)
    }
}

impl Transaction {
    fn read(item: &Value) -> Result<Self, Error> {
        let Value::Object(row) = item else {
            return Err(Error::BodyMalformed);
        };
        // Of a row without its id nothing can be made; it must not hide the other orders of the day.
        let transaction_id = row.or_empty("tid");
        let status = match transaction_id.is_empty() {
            true => String::new(),
            false => row.or_empty("status_code"),
        };
        Ok(Self {
            method: Method::from(row.or_empty("pgcode")),
            customer_id: row.or_empty("user_id"),
            customer_name: row.filled("user_name"),
            transaction_id,
            approval_no: row.filled("cid"),
            order_id: row.or_empty("order_no"),
            amount: row.won("amount"),
            tax_free_amount: row.won("taxfree_amount"),
            tax_amount: row.won("tax_amount"),
            product_name: row.filled("product_name"),
            status: match status.as_str() {
                "0" => TransactionStatus::Approved,
                "1" => TransactionStatus::Cancelled,
                "2" => TransactionStatus::PartlyCancelled,
                _ => TransactionStatus::Unknown(status),
            },
            paid_at: row.filled("transaction_date"),
            cancelled_at: row.filled("cancel_date"),
        })
    }
}
