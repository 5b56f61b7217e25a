//! What a browser brought back. Nobody signed it.

use paypair_protocol::wire::Fields;
use paypair_protocol::{Gateway, payletter, payletter_global, payple};

use crate::write::Out;

/// Reads a return page's post, or Payple's result. It says which order to ask about, and proves nothing.
///
/// Keys are left out: Payple's `PCD_AUTH_KEY`, `PCD_PAY_REQKEY` and billing key belong to who confirms, the verifier.
#[must_use]
pub fn read_return(gateway: Gateway, fields: &Fields) -> Fields {
    match gateway {
        Gateway::Payple => payple_result(&payple::WindowResult::read(fields)),
        Gateway::Payletter => payletter_return(&payletter::Return::read(fields)),
        Gateway::PayletterGlobal => global_return(&payletter_global::Return::read(fields)),
    }
    .proven(&[])
    .0
}

fn payple_result(result: &payple::WindowResult) -> Out {
    let says = match result.outcome {
        payple::Outcome::Success => "succeeded",
        payple::Outcome::Error => "failed",
        payple::Outcome::Close => "closed",
    };
    Out::new()
        .put("says", says)
        .some("orderId", result.order_id.as_ref())
        .some("amount", result.amount.as_ref())
        .some("method", result.method.as_ref())
        .some("work", result.work.map(|work| work.as_str()))
        .some("customerId", result.customer_id.as_ref())
        .some("transactionId", result.transaction_id.as_ref())
        .some("gatewayCode", result.gateway_code.as_ref())
        .some("gatewayMessage", result.gateway_message.as_ref())
}

fn payletter_return(came: &payletter::Return) -> Out {
    Out::new()
        .put("says", said(came.succeeded))
        .some("orderId", came.order_id.as_ref())
        .some("amount", came.amount.as_ref())
        .some("method", came.method.as_ref())
        .some("customerId", came.customer_id.as_ref())
        .some("transactionId", came.transaction_id.as_ref())
        .some("custom", came.custom.as_ref())
        .some("gatewayCode", came.gateway_code.as_ref())
        .some("gatewayMessage", came.gateway_message.as_ref())
}

fn global_return(came: &payletter_global::Return) -> Out {
    Out::new()
        .put("says", said(came.succeeded))
        .some("orderId", came.order_id.as_ref())
        .some("amount", came.amount.as_ref())
        .some("method", came.method.as_ref())
        .some("custom", came.custom.as_ref())
        .some("gatewayCode", came.gateway_code.as_ref())
        .some("gatewayMessage", came.gateway_message.as_ref())
}

const fn said(succeeded: bool) -> &'static str {
    if succeeded { "succeeded" } else { "failed" }
}
