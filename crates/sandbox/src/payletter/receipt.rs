//! The pages a merchant opens for its buyer: a cash receipt to be issued, and what was paid.

use jiff::Timestamp;
use paypair_protocol::payletter::{CashReceiptIssue, ReceiptInfo};

use super::core::{CashReceipt, Payment, ReceiptPage};
use super::request::{broken, error};
use crate::core::clock::korean_day;
use crate::core::handback::Handback;
use crate::core::wire::{Form, Json};
use crate::core::{Answer, Gateway, World};

/// `POST /v1.0/cashreceipt/issue/{tid}`. `form` has the `tid` of the path.
pub(crate) fn issue(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let tid = form.text("tid");
    let payment = note(world, now, "/v1.0/cashreceipt/issue", &tid);
    if let Some(wrong) = broken(form, &CashReceiptIssue::TABLE) {
        return error(406, 2001, &wrong);
    }
    let Some(payment) = payment.filter(|payment| payment.client.is(form)) else {
        return error(406, 2104, "결제 내역이 존재하지 않습니다.");
    };
    let refusal = match &payment {
        payment if payment.cash_receipt.is_some() => Some("이미 현금영수증이 발급된 거래입니다."),
        payment if payment.given_back() == payment.amount => Some("취소된 거래입니다."),
        payment if payment.is_card() => Some("현금영수증을 발급할 수 없는 결제수단입니다."),
        _ => None,
    };
    if let Some(refusal) = refusal {
        return error(406, 2301, refusal);
    }
    let token = world.payletter.next_token(now);
    let page = ReceiptPage {
        tid: tid.clone(),
        purpose: form.text("type"),
        return_url: form.text("return_url"),
    };
    world.payletter.receipt_pages.insert(token.clone(), page);
    let (base, flag) = (&world.options.base_url, form.get("tax_flag"));
    let url = format!(
        "{base}/payletter/PGSVC/Receipt/ReceiptForm.asp?id={tid}&type={}&taxflag={flag}&token={token}",
        form.get("type")
    );
    Answer::json(200, Json::default().text("receipt_url", &url).end())
}

/// `GET /v1.0/receipt/info/{tid}`. `form` has the `tid` of the path.
pub(crate) fn info(world: &mut World, now: Timestamp, form: &Form) -> Answer {
    let tid = form.text("tid");
    let payment = note(world, now, "/v1.0/receipt/info", &tid);
    if let Some(wrong) = broken(form, &ReceiptInfo::TABLE) {
        return error(406, 2001, &wrong);
    }
    let named = |payment: &Payment| {
        payment.client.is(form)
            && form.get("amount") == payment.amount.to_wire()
            && form.get("transaction_date") == korean_day(payment.at)
    };
    if !payment.is_some_and(|payment| named(&payment)) {
        return error(406, 2104, "결제 내역이 존재하지 않습니다.");
    }
    let base = &world.options.base_url;
    let url = format!("{base}/payletter/PGSVC/AllTheGate/Receipt_All.asp?id={tid}");
    Answer::json(200, Json::default().text("receipt_url", &url).end())
}

fn note(world: &mut World, now: Timestamp, path: &str, tid: &str) -> Option<Payment> {
    let payment = world.payletter.payment(tid);
    let order_id = payment.as_ref().map(|paid| paid.order_id().to_owned());
    world.book.note(Gateway::Payletter, path, now, order_id);
    payment
}

/// The buyer filled in the page: issued once, then back to the merchant.
pub(crate) fn press(world: &mut World, typed: &Form) -> Handback {
    let Some(page) = world.payletter.receipt_pages.remove(typed.get("token")) else {
        return Handback::already_done();
    };
    let approval_no = format!("E{}", world.seed.digits(8));
    let of_page = |payment: &&mut Payment| payment.tid == page.tid;
    let mut payments = world.payletter.payments.iter_mut();
    let Some(payment) = payments.find(of_page) else {
        return Handback::already_done();
    };
    let chosen = match page.purpose.as_str() {
        "1" => "01",
        "2" => "02",
        _ if typed.get("purpose") == "02" => "02",
        _ => "01",
    };
    payment.cash_receipt = Some(CashReceipt {
        approval_no,
        purpose: chosen,
        payer_id: typed.text("payer_id"),
    });
    Handback::Get {
        url: page.return_url,
    }
}
