//! Charging a registered card or account: once a month (RePayCardAct, RePayAct), or at any time (SimplePayCardAct,
//! SimplePayAct).

use jiff::Timestamp;
use paypair_protocol::{Currency, Money, Table, payple};

use super::calls::{AmountAs, Refusal, described, granted_to, paid_from, refused, success};
use super::core::{Order, Purpose};
use super::messages::done_by;
use super::request::{TOO_LITTLE_FOR_TRANSFER, is_taken};
use super::webhook;
use super::window::capture;
use crate::core::wire::Form;
use crate::core::{Answer, Gateway, World};

/// `POST /php/RePayCardAct.php?ACT_=PAYM` and the other three.
pub(crate) fn charge(world: &mut World, now: Timestamp, form: &Form, purpose: Purpose) -> Answer {
    let codes = Codes::of(purpose);
    let order_id = form.text("PCD_PAY_OID");
    let path = purpose.path().split('?').next().unwrap_or_default();
    let noted = Some(order_id.clone());
    world.book.note(Gateway::Payple, path, now, noted);
    if let Err(refusal) = granted_to(world, now, form, purpose, codes.session_over) {
        return refused(refusal);
    }
    let billing_key = form.text("PCD_PAYER_ID");
    if let Some(refusal) = barred(world, form, codes) {
        return refused(refusal);
    }
    let kept = |registered: &&super::core::Registered| {
        registered.billing_key == billing_key
            && !registered.deleted
            && registered.means.method() == codes.method
    };
    let Some(registered) = world.payple.cards.iter().find(kept) else {
        return refused(codes.no_card);
    };
    let (means, customer_name) = (registered.means.clone(), registered.customer_name.clone());
    if let Some(grant) = world.payple.grants.get_mut(form.get("PCD_AUTH_KEY")) {
        grant.spent = true;
    }
    if world.struck(Gateway::Payple, &order_id, "charge_declined") {
        return refused(codes.declined);
    }
    let order = Order {
        id: &order_id,
        form,
        total: asked(form),
    };
    let payment = capture(world, now, &order, means, billing_key);
    let done = done_by(&payment.means, ("SPCD0000", "카드결제완료"));
    webhook::paid(world, now, &payment, done.0);
    let answer = success(done);
    let answer = described(answer, &payment, AmountAs::Number, Some(&customer_name));
    let answer = answer
        .text("PCD_PAY_YEAR", form.get("PCD_PAY_YEAR"))
        .text("PCD_PAY_MONTH", form.get("PCD_PAY_MONTH"))
        .text("PCD_SIMPLE_FLAG", if codes.monthly { "N" } else { "Y" })
        .text("PCD_USER_DEFINE1", form.get("PCD_USER_DEFINE1"))
        .text("PCD_USER_DEFINE2", form.get("PCD_USER_DEFINE2"));
    let answer = Answer::php(paid_from(answer, &payment));
    world.answer_to_charge(Gateway::Payple, &order_id, answer)
}

fn asked(form: &Form) -> Money {
    Money::parse(form.get("PCD_PAY_TOTAL"), &Currency::KRW).unwrap_or_default()
}

/// What stands against this charge, whoever's card it is.
fn barred(world: &World, form: &Form, codes: &'static Codes) -> Option<Refusal> {
    if let Some(fault) = form.broken_rule(codes.table) {
        return Some(match fault.wire {
            "PCD_PAYER_ID" => codes.no_payer,
            "PCD_PAY_TOTAL" => codes.too_little,
            "PCD_PAY_GOODS" => codes.no_goods,
            "PCD_PAY_YEAR" if codes.method == "card" => ("RPCD0004", "정기결제 년도(YYYY) 오류"),
            "PCD_PAY_MONTH" if codes.method == "card" => ("RPCD0005", "정기결제 월(MM) 오류"),
            _ => codes.wrong_access,
        });
    }
    let monthly = form.get("PCD_REGULER_FLAG") == "Y";
    if monthly != codes.monthly {
        return Some(codes.wrong_access);
    }
    if is_taken(&world.payple, form.get("PCD_PAY_OID")) {
        return Some(codes.taken);
    }
    let month = (form.get("PCD_PAY_YEAR"), form.get("PCD_PAY_MONTH"));
    let charged = world.payple.payments.iter().any(|payment| {
        payment.billing_key == form.get("PCD_PAYER_ID") && payment.charged_month() == Some(month)
    });
    (monthly && charged).then_some(("CPAY0202", "해당 월에 이미 결제된 정기결제입니다."))
}

/// The four acts say the same under different numbers.
struct Codes {
    table: &'static Table,
    method: &'static str,
    monthly: bool,
    no_payer: Refusal,
    too_little: Refusal,
    no_goods: Refusal,
    session_over: Refusal,
    no_card: Refusal,
    declined: Refusal,
    taken: Refusal,
    wrong_access: Refusal,
}

impl Codes {
    fn of(purpose: Purpose) -> &'static Self {
        match purpose {
            Purpose::ChargeMonthly => &MONTHLY,
            Purpose::TransferMonthly => &TRANSFER_MONTHLY,
            Purpose::TransferFreely => &TRANSFER_FREELY,
            _ => &FREELY,
        }
    }
}

static FREELY: Codes = Codes {
    table: &payple::Charge::TABLE,
    method: "card",
    monthly: false,
    no_payer: (
        "SPCD0001",
        "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.",
    ),
    too_little: ("SPCD0002", "결제가능 최저금액은 100원 입니다."),
    no_goods: (
        "SPCD0003",
        "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.",
    ),
    session_over: ("SPCD0004", "인증세션이 만료되었습니다. 다시 시도해주세요."),
    no_card: (
        "SPCD0011",
        "결제 진행 중 오류가 발생하였습니다. 상점에 문의해주세요.",
    ),
    declined: ("SPCD0009", "카드 한도가 초과하였습니다."),
    taken: ("SPCD0014", "이미 처리된 거래입니다. 다시 시도해주세요."),
    wrong_access: ("SPCD9998", "잘못된 접근입니다."),
};

static MONTHLY: Codes = Codes {
    table: &payple::Charge::TABLE,
    method: "card",
    monthly: true,
    no_payer: (
        "RPCD0001",
        "결제 진행 중 오류가 발생하였습니다. 다시 시도해주세요.",
    ),
    too_little: ("RPCD0002", "결제가능 최저금액은 100원 입니다."),
    no_goods: ("RPCD0003", "결제상품명이 존재하지 않습니다."),
    session_over: ("RPCD0006", "인증세션이 만료되었습니다. 다시 시도해주세요."),
    no_card: (
        "RPCD0011",
        "결제 진행 중 오류가 발생하였습니다. 상점에 문의해주세요.",
    ),
    declined: ("RPCD1003", "카드사 승인이 거절되었습니다."),
    taken: ("RPCD0015", "이미 처리된 거래입니다. 다시 시도해주세요."),
    wrong_access: ("RPCD9998", "잘못된 접근입니다."),
};

static TRANSFER_FREELY: Codes = Codes {
    table: &payple::TransferCharge::TABLE,
    method: "transfer",
    monthly: false,
    no_payer: NO_ACCOUNT,
    too_little: TOO_LITTLE_FOR_TRANSFER,
    no_goods: TRANSFER_WRONG,
    session_over: ("SPAY0001", "인증실패 : MEM INFO ERROR"),
    no_card: NO_ACCOUNT,
    declined: ("SPAY0012", "출금이체 실패!!"),
    taken: TRANSFER_TAKEN,
    wrong_access: TRANSFER_WRONG,
};

static TRANSFER_MONTHLY: Codes = Codes {
    table: &payple::TransferCharge::TABLE,
    method: "transfer",
    monthly: true,
    no_payer: ("CPAY0002", "출금이체 대상자 정보 없음!!"),
    too_little: TOO_LITTLE_FOR_TRANSFER,
    no_goods: ("CPAY0007", "정기결제요청내역 등록 실패!!"),
    session_over: ("CPAY0001", "출금이체 MEM ERROR!!"),
    no_card: ("CPAY0004", "정기결제 대상자 정보 없음!!"),
    declined: ("CPAY0022", "출금이체 실패!!"),
    taken: TRANSFER_TAKEN,
    wrong_access: ("CPAY0007", "정기결제요청내역 등록 실패!!"),
};

const NO_ACCOUNT: Refusal = ("SPAY0005", "등록된 계좌정보를 찾을 수 없습니다.");

const TRANSFER_WRONG: Refusal = ("SPAY0019", "간편결제 출금이체 실패 : 잘못된 접근입니다.!!");

/// The institution's number: no document tells Payple's own for transfers.
const TRANSFER_TAKEN: Refusal = ("1103", "이미 처리된 거래입니다.");
