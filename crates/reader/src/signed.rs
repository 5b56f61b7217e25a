//! What a gateway signed with the merchant's key. `proven` names what the signature covers; a caller compares all of it
//! with the order, and the rest too, since it may have been changed on the way.

use paypair_protocol::payletter::{Callback, Return};
use paypair_protocol::payletter_global::{Notice, NoticeEvent, NoticeForm};
use paypair_protocol::wire::Fields;
use paypair_protocol::{Error, Secret};

use crate::write::Out;

/// Payletter's callback (`callback_url`, JSON).
///
/// # Errors
/// Unreadable, unsigned, or signed with another key.
pub fn read_callback(body: &[u8], payment_key: &Secret) -> Result<Fields, Error> {
    let callback = Callback::verify(&Fields::from_json(body)?, payment_key)?;
    Ok(Out::new()
        .put("orderId", &callback.order_id)
        .money(Some(callback.amount))
        .put("customerId", &callback.customer_id)
        .put("transactionId", &callback.transaction_id)
        .put("method", &callback.method)
        .some("custom", callback.custom.as_ref())
        .some("approvalNo", callback.approval_no.as_ref())
        .some("paidAt", callback.paid_at.as_ref())
        .some("billingKey", callback.billing_key.as_ref())
        .some(
            "cardNumber",
            callback
                .card_number
                .as_ref()
                .map(|number| number.as_str().to_owned()),
        )
        .proven(&["amount", "customerId", "transactionId"])
        .0)
}

/// Payletter's return of a registration without payment, which has no callback.
///
/// # Errors
/// Unsigned, or signed with another key.
pub fn read_registration(body: &[u8], payment_key: &Secret) -> Result<Fields, Error> {
    let card = Return::verify_registration(&Fields::from_form(body)?, payment_key)?;
    Ok(Out::new()
        .put("orderId", &card.order_id)
        .put("customerId", &card.customer_id)
        .put("billingKey", &card.billing_key)
        .put("method", &card.method)
        .some("custom", card.custom.as_ref())
        .some("cardName", card.card_name.as_ref())
        .some(
            "cardNumber",
            card.card_number
                .as_ref()
                .map(|number| number.as_str().to_owned()),
        )
        .proven(&["customerId", "billingKey"])
        .0)
}

/// Payletter Global's notification (`notiurl`, a form), in the form that was asked for.
///
/// # Errors
/// Unreadable, unsigned, or signed with another key.
pub fn read_notice(body: &[u8], api_key: &Secret, form: NoticeForm) -> Result<Fields, Error> {
    let notice = Notice::verify(&Fields::from_form(body)?, api_key, form)?;
    let proven: &[&str] = match form {
        NoticeForm::Payment => &[
            "merchantId",
            "currency",
            "orderId",
            "amount",
            "customerId",
            "sentAt",
        ],
        NoticeForm::TokenOnly => &["merchantId", "orderId", "customerId", "sentAt"],
    };
    Ok(Out::new()
        .put("event", event(notice.event))
        .put("merchantId", &notice.merchant_id)
        .put("orderId", &notice.order_id)
        .money(notice.amount)
        .put("customerId", &notice.customer_id)
        .some("transactionId", notice.transaction_id.as_ref())
        .some("notificationId", notice.notification_id.as_ref())
        .some("method", notice.method.as_ref())
        .some("custom", notice.custom.as_ref())
        .some("paidAt", notice.paid_at.as_ref())
        .some("billingKey", notice.billing_key.as_ref())
        .some(
            "cardNumber",
            notice
                .card_number
                .as_ref()
                .map(|number| number.as_str().to_owned()),
        )
        .put("sentAt", &notice.sent_at)
        .proven(proven)
        .0)
}

const fn event(event: NoticeEvent) -> &'static str {
    match event {
        NoticeEvent::Paid => "paid",
        NoticeEvent::Cancelled => "cancelled",
        NoticeEvent::ChargedBack => "charged_back",
        NoticeEvent::PartlyCancelled => "partly_cancelled",
        NoticeEvent::SubscriptionCreated => "subscription_created",
        NoticeEvent::Pending => "pending",
        NoticeEvent::BillingKeyIssued => "billing_key_issued",
        NoticeEvent::Unknown(_) => "unknown",
    }
}
