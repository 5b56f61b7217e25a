//! Is this a request that the gateway would take?

use paypair_protocol::wire::Fields;
use paypair_protocol::{Error, Fault, Gateway, Table, payletter, payletter_global, payple};

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Our name of the field, or the name that was given if no row has it.
    pub field: String,
    /// What is wrong.
    pub error: Error,
}

impl From<Fault> for Wrong {
    fn from(fault: Fault) -> Self {
        Self {
            field: fault.field.to_owned(),
            error: fault.error,
        }
    }
}

/// Everything that is wrong with a request, by the table it will be sent with. Names may be ours (`productName`) or the
/// gateway's (`product_name`, `PCD_PAY_GOODS`).
///
/// # Errors
/// The request is not a JSON object.
pub fn check(gateway: Gateway, request: &[u8]) -> Result<Vec<Wrong>, Error> {
    let given = Fields::from_json(request)?;
    Ok(match gateway {
        Gateway::Payple => check_window(&given),
        Gateway::Payletter => {
            let fields = in_wire_names(&given, &payletter::PaymentRequest::TABLE);
            let faults = fields.check(&payletter::PaymentRequest::TABLE);
            then(faults, || {
                payletter::PaymentRequest::from_fields(&fields).map(|request| request.check())
            })
        }
        Gateway::PayletterGlobal => {
            let fields = in_wire_names(&given, &payletter_global::PaymentRequest::TABLE);
            let faults = fields.check(&payletter_global::PaymentRequest::TABLE);
            then(faults, || {
                payletter_global::PaymentRequest::from_fields(&fields)
                    .map(|request| request.check())
            })
        }
    })
}

fn check_window(given: &Fields) -> Vec<Wrong> {
    let mut window = payple::Window::new();
    let mut wrong = Vec::new();
    for (name, value) in given.iter() {
        if let Err(error) = window.set(name, &value.text().unwrap_or_default()) {
            let field = name.to_owned();
            wrong.push(Wrong { field, error });
        }
    }
    wrong.extend(window.check().into_iter().map(Wrong::from));
    wrong
}

fn in_wire_names(given: &Fields, table: &Table) -> Fields {
    given
        .iter()
        .map(|(name, value)| {
            let wire = table.field(name).map_or(name, |field| field.wire);
            (wire.to_owned(), value.clone())
        })
        .collect()
}

/// The rules of the method are asked only of a request whose rows are kept.
fn then(rows: Vec<Fault>, rules: impl FnOnce() -> Result<Vec<Fault>, Error>) -> Vec<Wrong> {
    let faults = if rows.is_empty() { rules() } else { Ok(rows) };
    match faults {
        Ok(faults) => faults.into_iter().map(Wrong::from).collect(),
        Err(error) => {
            let field = String::new();
            vec![Wrong { field, error }]
        }
    }
}
