//! Why a call to a gateway brought nothing: the way there, or the gateway itself.

use paypair_ledger::{Attempt, Event, Reason};
use paypair_protocol::{CallError, Error, Fault, payletter_global::codes::detail_code};

use crate::{ApiError, network::NetworkError, supervisor::MoneyAnswer};

/// An answer with the bytes it was read from: evidence keeps their digest.
pub(crate) struct Read<T> {
    pub(crate) answer: T,
    pub(crate) body: Vec<u8>,
}

/// The rows of an order in one list or several. Was one of them cut short, there may be more: who is not in it is not absent.
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<Read<T>>,
    pub(crate) cut_short: bool,
}

impl<T> Rows<T> {
    pub(crate) const fn new() -> Self {
        Self {
            rows: Vec::new(),
            cut_short: false,
        }
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.rows.extend(more.rows);
        self.cut_short |= more.cut_short;
    }

    /// The rows. What a list has, it has; only from what it lacks nothing follows if it was cut short.
    pub(crate) fn found(self) -> Result<Vec<Read<T>>, Failure> {
        if self.cut_short && self.rows.is_empty() {
            return Err(Failure::CutShort);
        }
        Ok(self.rows)
    }

    /// Of an attempt of which more is suspected than its own payment, which is in the list: a list that was cut short does not disprove
    /// it. So this look learnt nothing, before it learns what the rows say.
    pub(crate) fn left_out(&self, attempt: &Attempt) -> Option<Event> {
        let suspects = self.cut_short && attempt.suspects();
        suspects.then(|| {
            tracing::warn!(failure = %Failure::CutShort, "a lookup lacks rows");
            Event::list_cut_short()
        })
    }

    /// The rows, if these are all.
    pub(crate) fn whole(self) -> Result<Vec<Read<T>>, Failure> {
        if self.cut_short {
            return Err(Failure::CutShort);
        }
        Ok(self.rows)
    }
}

/// Why a call brought nothing.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// No answer came.
    Network(NetworkError),
    /// The gateway said no, or something that cannot be read.
    Gateway(CallError),
    /// The configuration or the attempt lacks what the call needs; nothing was sent.
    Lacking(&'static str),
    /// An answer came, about another order than was asked for.
    OtherOrder,
    /// A list told of more rows than it had.
    CutShort,
}

impl From<NetworkError> for Failure {
    fn from(error: NetworkError) -> Self {
        Self::Network(error)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Gateway(error)
    }
}

impl From<Error> for Failure {
    /// Only hosts and URLs are refused with a bare protocol error, and always before anything is sent.
    fn from(error: Error) -> Self {
        Self::Network(NetworkError::NotSent(error.to_string()))
    }
}

impl From<Vec<Fault>> for Failure {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Lacking(faults.first().map_or("a field", |fault| fault.field))
    }
}

impl Failure {
    /// For the ledger.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Network(NetworkError::NotSent(_)) => Reason::new("not_sent"),
            Self::Network(_) => Reason::new("no_answer"),
            Self::Gateway(CallError::Refused {
                gateway_code,
                gateway_message,
                detail,
                ..
            }) => {
                let (code, message) = said(gateway_code, gateway_message, detail.as_deref());
                Reason::new("gateway_refused").said(code, message)
            }
            Self::Gateway(_) | Self::CutShort => Reason::new("answer_unreadable"),
            Self::Lacking(_) => Reason::new("not_configured"),
            Self::OtherOrder => Reason::new("order_id_differs"),
        }
    }

    /// As the outcome of a lookup: nothing was learnt.
    pub(crate) fn lookup_event(&self) -> Event {
        tracing::warn!(failure = %self, "a lookup failed");
        Event::LookupFailed {
            reason: self.reason(),
        }
    }

    /// As the outcome of a question about a billing key: nothing was learnt.
    pub(crate) fn key_check_event(&self) -> Event {
        tracing::warn!(failure = %self, "a billing key could not be looked up");
        Event::BillingKeyCheckFailed {
            reason: self.reason(),
        }
    }

    /// As the outcome of a step before a money call (fetching its tokens): the money call itself was not sent.
    pub(crate) fn before_money(self) -> MoneyAnswer {
        match &self {
            Self::Gateway(error) if !error.is_uncertain() => MoneyAnswer::Refused(self.reason()),
            Self::Lacking(_) => MoneyAnswer::Refused(self.reason()),
            _ => MoneyAnswer::NotSent(self.to_string()),
        }
    }

    /// As the outcome of the money call.
    pub(crate) fn of_money(self) -> MoneyAnswer {
        match &self {
            Self::Network(NetworkError::NotSent(why)) => MoneyAnswer::NotSent(why.clone()),
            Self::Gateway(error) if !error.is_uncertain() => MoneyAnswer::Refused(self.reason()),
            Self::Lacking(_) => MoneyAnswer::Refused(self.reason()),
            _ => {
                tracing::warn!(failure = %self, "the outcome of a money call is not known");
                MoneyAnswer::Unknown(self.reason())
            }
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(error) => error.fmt(f),
            Self::Gateway(error) => error.fmt(f),
            Self::Lacking(what) => write!(f, "the call lacks {what}"),
            Self::OtherOrder => f.write_str("the answer is about another order"),
            Self::CutShort => f.write_str("the list has fewer rows than it tells of"),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Gateway(CallError::Refused {
                gateway_code,
                gateway_message,
                detail,
                ..
            }) => {
                let (code, message) = said(&gateway_code, &gateway_message, detail.as_deref());
                Self::GatewayRefused {
                    code: code.to_owned(),
                    message: message.to_owned(),
                }
            }
            other => {
                tracing::warn!(failure = %other, "a gateway call failed");
                Self::GatewayDown
            }
        }
    }
}

/// The gateway's own words. Payletter Global says "invalid" to everything, and why in the detail.
fn said<'a>(code: &'a str, message: &'a str, detail: Option<&'a str>) -> (&'a str, &'a str) {
    let number = detail.and_then(detail_code);
    (number.unwrap_or(code), detail.unwrap_or(message))
}
