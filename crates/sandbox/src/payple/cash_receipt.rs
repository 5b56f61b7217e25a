//! Cash receipts of transfers: issuing one after the payment, and taking it back.

use jiff::Timestamp;
use paypair_protocol::{Currency, Money, payple};

use super::calls::{Refusal, broken, granted, refused, success};
use super::core::{CashReceipt, Purpose};
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};

/// `POST /php/taxsave/api/tsAct.php?ACT_=TSREG` and `TSCANCEL`.
pub(crate) fn act(world: &mut World, now: Timestamp, form: &Form, cancel: bool) -> Answer {
    let purpose = if cancel {
        Purpose::CashReceiptCancel
    } else {
        Purpose::CashReceipt
    };
    let order_id = form.text("PCD_PAY_OID");
    let noted = Some(order_id.clone());
    world.book.note(Gateway::Payple, purpose.path(), now, noted);
    if let Err(refusal) = granted(world, now, form, purpose) {
        return refused(refusal);
    }
    if let Some(fault) = form.broken_rule(&payple::CashReceipt::TABLE) {
        return refused(("TSRG0001", &broken(&fault)));
    }
    let no = world.seed.digits(9);
    match change(world, form, cancel, no) {
        Ok(receipt) => {
            let (work, said) = if cancel {
                ("TSCANCEL", ("0000", "현금영수증 발행취소 성공"))
            } else {
                ("TSREG", ("0000", "현금영수증 발행 성공"))
            };
            let answer = success(said)
                .text("PCD_PAY_WORK", work)
                .text("PCD_PAYER_ID", form.get("PCD_PAYER_ID"))
                .text("PCD_PAY_OID", &order_id)
                .raw("PCD_TAXSAVE_AMOUNT", &receipt.amount.to_wire())
                .text("PCD_TAXSAVE_MGTNUM", &receipt.no);
            Answer::php(answer)
        }
        Err(refusal) => refused(refusal),
    }
}

/// The receipt that was issued, or taken back.
fn change(
    world: &mut World,
    form: &Form,
    cancel: bool,
    no: String,
) -> Result<CashReceipt, Refusal> {
    let amount = Money::parse(form.get("PCD_TAXSAVE_AMOUNT"), &Currency::KRW).unwrap_or_default();
    let mut payments = world.payple.payments.iter_mut().rev();
    let payment = payments
        .find(|payment| {
            payment.order_id == form.get("PCD_PAY_OID")
                && payment.billing_key == form.get("PCD_PAYER_ID")
                && payment.means.method() == "transfer"
        })
        .ok_or(NO_TRANSFER)?;
    if cancel {
        return match &payment.cash_receipt {
            Some(receipt) if receipt.amount != amount => Err(OTHER_AMOUNT),
            _ => payment.cash_receipt.take().ok_or(NOT_ISSUED),
        };
    }
    if payment.cash_receipt.is_some() {
        return Err(ISSUED);
    }
    if amount.minor > payment.total.minor - payment.refunded.minor {
        return Err(OTHER_AMOUNT);
    }
    let receipt = CashReceipt { no, amount };
    payment.cash_receipt = Some(receipt.clone());
    Ok(receipt)
}

const NO_TRANSFER: Refusal = ("TSRG0002", "계좌이체 결제 내역을 찾을 수 없습니다.");
const ISSUED: Refusal = ("TSRG0003", "이미 현금영수증이 발행된 거래입니다.");
const NOT_ISSUED: Refusal = ("TSRG0004", "발행된 현금영수증이 없습니다.");
const OTHER_AMOUNT: Refusal = ("TSRG0005", "현금영수증 발행금액을 확인해주세요.");
