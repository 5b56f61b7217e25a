//! Orders as the merchant's servers see them.

use paypair_ledger::{
    BillingKey, ChargePlan, MoneyCall, OrderView, Reason, SecondPayment, Suspicion, TimelineRow,
};
use paypair_protocol::payple::Repeat;
use serde_json::{Value, json};

use super::CashReceiptShown;
use super::PaymentOptions;
use crate::{Outcome, RefundShown};

/// An order with everything that is known of it; for its merchant's eyes only, and still without a key.
pub(super) fn show(view: &OrderView, timeline: &[TimelineRow], calls: &[MoneyCall]) -> Value {
    let order = &view.order;
    json!({
        "order": {
            "orderId": order.id,
            "gateway": order.gateway,
            "method": order.method,
            "work": order.work,
            "cardFlow": order.card_flow,
            "amount": order.money.map(|money| money.to_wire()),
            "currency": order.money.map(|money| money.currency.as_str().to_owned()),
            "productName": order.product_name,
            "customer": {
                "id": order.customer.id,
                "name": order.customer.name,
                "phone": order.customer.phone,
                "email": order.customer.email,
            },
            "returnPage": order.result_page,
            "renews": order.renews,
            "charge": order.charge.as_ref().map(charge),
            "options": PaymentOptions::of(order),
            "createdAt": order.created_at,
        },
        "attempts": view.attempts.iter().map(|attempt| json!({
            "attempt": attempt.no,
            "state": attempt.state,
            "gatewayOrderId": attempt.gateway_order_id,
            "transactionId": attempt.transaction_id,
            "approvalNo": attempt.detail.approval_no,
            "cashReceipt": CashReceiptShown::of(attempt),
            "createdAt": attempt.created_at,
            "expiresAt": attempt.expires_at,
            "nextCheckAt": attempt.next_check_at,
            "reason": attempt.reason.as_ref().map(show_reason),
            "refunds": attempt.refunds.iter().map(RefundShown::of).collect::<Vec<_>>(),
            "secondPayments": attempt.second_payments.iter().map(second_payment).collect::<Vec<_>>(),
            "unproven": attempt.suspicions.iter().map(unproven).collect::<Vec<_>>(),
            "billingKeyId": attempt.billing_key_id(),
        })).collect::<Vec<_>>(),
        "status": view.status(),
        "outcome": Outcome::for_merchant(view),
        "timeline": timeline.iter().map(|row| json!({
            "seq": row.seq,
            "at": row.at,
            "kind": row.kind,
            "source": row.source,
            "from": row.from,
            "to": row.to,
            "attempt": row.key.no,
            "evidenceDigest": row.evidence,
            "note": row.note,
        })).collect::<Vec<_>>(),
        "moneyCalls": calls.iter().map(|call| json!({
            "id": call.id,
            "attempt": call.key.no,
            "op": call.op,
            "state": call.state.as_str(),
            "beganAt": call.began_at,
            "endedAt": call.ended_at,
        })).collect::<Vec<_>>(),
    })
}

/// A payment beside the attempt's own, captured under the same order id.
fn second_payment(second: &SecondPayment) -> Value {
    json!({
        "transactionId": second.transaction_id,
        "amount": second.money.to_wire(),
        "method": second.method,
        "seenAt": second.seen_at,
        "refunded": second.is_back,
    })
}

/// What we were told of after it had ended for us, and no lookup has shown.
fn unproven(suspicion: &Suspicion) -> Value {
    json!({
        "what": suspicion.what,
        "transactionId": suspicion.transaction_id,
        "amount": suspicion.money.map(|money| money.to_wire()),
        "since": suspicion.since,
    })
}

/// Which key an order charges, and for which month.
fn charge(plan: &ChargePlan) -> Value {
    let mut shown = json!({ "billingKeyId": BillingKey::id_of(plan.billing_key) });
    match plan.repeat {
        Some(Repeat::Monthly { year, month }) => {
            shown["repeat"] = json!({ "year": year, "month": month });
        }
        Some(Repeat::Freely) => shown["repeat"] = Value::from("freely"),
        None => {}
    }
    shown
}

/// Why something stands where it stands, with the gateway's own words.
pub(super) fn show_reason(reason: &Reason) -> Value {
    let mut shown = json!({ "code": reason.code });
    for (name, text) in [
        ("gatewayCode", &reason.gateway_code),
        ("gatewayMessage", &reason.gateway_message),
    ] {
        if let Some(text) = text {
            shown[name] = Value::from(text.as_str());
        }
    }
    shown
}
